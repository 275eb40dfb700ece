// Reading units where there is no oracle: what no container has, what is built in, and text that is no unit at all.

import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hostFacts, unitSource } from '../../../supervisor/os/unit-source.ts';
import { expandArgv } from '../../../supervisor/units/exec-line.ts';
import { KNOWN_SECTIONS, keysOf } from '../../../supervisor/units/keys.ts';
import { loadUnits } from '../../../supervisor/units/load.ts';
import type { Unit } from '../../../supervisor/units/model.ts';
import type { UnitSource } from '../../../supervisor/units/unit-source.ts';
import { unitDirectory } from './dump.ts';
import { fc } from '../../support/random.ts';

const test = suite('units as loaded');
const host = hostFacts({});

/** Units from nothing but text: names of files in one directory. */
function inMemory(files: Readonly<Record<string, string>>, directory = '/etc/systemd/system'): UnitSource {
  const at = (path: string): string | undefined => files[path.slice(directory.length + 1)];
  return {
    readText: (path) => ({ text: at(path) ?? '' }),
    listDirectory: (path) => (path === directory ? Object.keys(files) : []),
    readLink: () => null,
    kind: (path) => (at(path) === undefined ? null : 'file'),
    size: (path) => at(path)?.length ?? null,
    changedAt: () => null,
  };
}

function load(name: string, files: Readonly<Record<string, string>>, directory?: string): Unit {
  return loadUnits(inMemory(files, directory), { host }).load(name);
}

test('what no container can honour is named once, with file and line', () => {
  const unit = load('x.service', {
    'x.service':
      '[Service]\nExecStart=/bin/x\nMemoryMax=1G\nPrivateTmp=yes\nMemoryMax=2G\nProtectSystem=full\nPrivateDevices=no\nDelegate=yes\nSlice=a.slice\n',
  });
  const said = unit.problems.map(({ message, origin }) => `${origin?.file}:${origin?.line}: ${message}`);
  assert.equal(said, [
    '/etc/systemd/system/x.service:3: MemoryMax= has no effect in this container, ignoring.',
    '/etc/systemd/system/x.service:4: The container itself is the sandbox, ignoring: PrivateTmp=, ProtectSystem=',
    '/etc/systemd/system/x.service:8: Delegate= has no effect in this container, ignoring.',
  ]);
  assert.is(unit.loadState, 'loaded');
});

test('the units of systemd.special(7) are there without a file, and a file wins', () => {
  const units = loadUnits(inMemory({ 'network.target': '[Unit]\nDescription=mine\n' }), { host });
  assert.is(units.load('default.target').id, 'multi-user.target');
  assert.ok(units.load('default.target').names.includes('default.target'));
  assert.equal(units.load('basic.target').dependencies.requires, ['sysinit.target']);
  assert.is(units.load('syslog.socket').socket?.listen[0]?.address, '/run/systemd/journal/syslog');
  assert.is(units.load('network.target').description, 'mine');
  assert.is(units.load('nope.target').loadState, 'not-found');
});

test('types that no container runs are known by name', () => {
  for (const name of ['-.mount', 'dev-sda.device', 'system.slice', 'x.swap', 'y.automount', 'z.scope']) {
    const unit = load(name, {});
    assert.is(unit.type, 'other', name);
    assert.is(unit.loadState, 'loaded', name);
  }
});

test("the units of the systemd package that the supervisor replaces are masked, unless they are the administrator's", () => {
  const text = {
    'systemd-journald.service': '[Service]\nExecStart=/bin/x\n',
    'getty@.service': '[Service]\nExecStart=/bin/x\n',
  };
  const vendors = '/usr/lib/systemd/system';
  assert.is(load('systemd-journald.service', text, vendors).loadState, 'masked');
  assert.is(load('getty@tty1.service', text, vendors).loadState, 'masked');
  assert.is(load('systemd-journald.service', text).loadState, 'loaded');
});

test('a template by itself, and what is no name, cannot be loaded', () => {
  assert.is(load('a@.service', { 'a@.service': '[Service]\nExecStart=/x\n' }).loadState, 'error');
  assert.is(load('a b', {}).loadState, 'error');
});

test('a dynamic user is named after the unit, without its instance', () => {
  const names: readonly (readonly [string, string])[] = [
    ['web.service', 'web'],
    ['web@1.service', 'web'],
    ['a.b.service', '_du'],
    [`${'x'.repeat(32)}.service`, '_du'],
  ];
  for (const [unit, start] of names) {
    const exec = load(unit, { [unit]: '[Service]\nExecStart=/x\nDynamicUser=yes\n' }).service?.exec;
    const name = exec?.user ?? '';
    assert.ok(start === '_du' ? /^_du[0-9a-f]{16}$/.test(name) : name === start, `${unit}: ${name}`);
    assert.is(exec?.group, name);
  }
});

test('an instance that is no path has no %f', () => {
  const files = { 'p@.service': '[Service]\nExecStart=/bin/x %f\n' };
  assert.is(load('p@-srv.service', files).loadState, 'bad-setting');
  assert.equal(load('p@srv-data.service', files).service?.execStart[0]?.argv, ['/bin/x', '/srv/data']);
});

test('loops of links, directories and empty files are no units', () => {
  const directory = unitDirectory({
    'a.service': '-> b.service',
    'b.service': '-> a.service',
    'empty.service': '',
  });
  writeFileSync(join(directory, 'bytes.service'), Buffer.from([0xff, 0xfe, 0, 1, 2, 0x5b, 0x0a, 0x80]));
  symlinkSync('/dev/zero', join(directory, 'zero.service'));
  const units = loadUnits(unitSource(), { host, searchPath: [directory] });
  assert.is(units.load('a.service').loadState, 'error');
  assert.is(units.load('empty.service').loadState, 'masked');
  assert.is(units.load('zero.service').loadState, 'masked');
  assert.not.equal(units.load('bytes.service').loadState, 'loaded');
});

test('variables are replaced when a command is run: words vanish, split, or stay whole', () => {
  const environment = new Map([
    ['ONE', 'a b'],
    ['QUOTED', '"x y" z'],
    ['EMPTY', ''],
  ]);
  const cases: readonly [string, readonly string[]][] = [
    ['$ONE', ['a', 'b']],
    ['${ONE}', ['a b']],
    ['x${ONE}y', ['xa by']],
    ['x$ONE', ['x$ONE']],
    ['$QUOTED', ['x y', 'z']],
    ['$EMPTY', []],
    ['${EMPTY}', ['']],
    ['$UNSET', []],
    ['${UNSET}', ['']],
    ['$$ONE', ['$ONE']],
    ['$${ONE}', ['${ONE}']],
    ['a$$b', ['a$b']],
    ['${ONE', ['${ONE']],
    ['${ONE:-x}', ['${ONE:-x}']],
    ['$', []],
  ];
  for (const [word, expected] of cases) assert.equal(expandArgv([word], environment), expected, word);
});

test('no text makes a reader throw', () => {
  const keys = KNOWN_SECTIONS.flatMap((section) => [...keysOf(section).keys()].map((key) => `${key}=`));
  const piece = fc.oneof(
    fc.constantFrom(
      ...keys,
      ...KNOWN_SECTIONS.map((section) => `[${section}]`),
      '\n',
      '\\\n',
      '"',
      "'",
      '\\',
      '%i',
      '%',
      '$',
      '/',
      '-',
      '1',
      'infinity',
      ' ',
    ),
    fc.string({ maxLength: 8, unit: 'binary' }),
  );
  const text = fc.array(piece, { maxLength: 40 }).map((parts) => parts.join(''));
  const names = ['x.service', 'x@y.service', 'x.socket', 'x.timer', 'x.path', 'x.target'];
  fc.assert(
    fc.property(text, text, (one, two) => {
      for (const name of names) {
        const file = name.replace('@y', '@');
        const unit = load(name, { [file]: `[Unit]\n${one}\n[Service]\n${two}` });
        assert.is(unit.names.includes(name), true);
      }
    }),
    { numRuns: 400 },
  );
});

test.run();
