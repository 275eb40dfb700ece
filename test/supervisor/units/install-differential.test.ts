// enable, disable, mask and their kin beside `systemctl --root`: what is said, what is linked, and each unit's state.

import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hostFacts, unitSource } from '../../../supervisor/os/unit-source.ts';
import { applyInstallChanges } from '../../../supervisor/os/unit-links.ts';
import { changeText, type InstallResult } from '../../../supervisor/units/install-changes.ts';
import type { InstallContext } from '../../../supervisor/units/install-info.ts';
import * as install from '../../../supervisor/units/install.ts';
import { preset } from '../../../supervisor/units/presets.ts';
import { SEARCH_PATH, scanUnitFiles } from '../../../supervisor/units/search.ts';
import { unitFileState } from '../../../supervisor/units/unit-file-state.ts';
import { mangleUnitName } from '../../../supervisor/units/unit-names.ts';
import { tool } from './systemd-tools.ts';
import { fc } from '../../support/random.ts';

const test = suite('units enable and disable, beside systemd');
const scratch = mkdtempSync(join(tmpdir(), 'initkit-install-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Path → text of a file, or `-> target` of a link. */
type Tree = Readonly<Record<string, string>>;

function make(tree: Tree, root: string): void {
  for (const directory of ['/etc/systemd/system', '/usr/lib/systemd/system', '/run/systemd/system']) {
    mkdirSync(root + directory, { recursive: true });
  }
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(root + path), { recursive: true });
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), root + path);
    else writeFileSync(root + path, content);
  }
}

function linksOf(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => lstatSync(join(root, path)).isSymbolicLink())
    .map((path) => `/${path} -> ${readlinkSync(join(root, path))}`)
    .toSorted();
}

type Verb = 'enable' | 'disable' | 'reenable' | 'mask' | 'unmask' | 'preset' | 'link' | 'set-default';
interface Move {
  readonly verb: Verb;
  readonly names: readonly string[];
  readonly runtime: boolean;
  readonly force: boolean;
}

const host = hostFacts({});

function contextOf(root: string): InstallContext {
  const source = unitSource(root);
  return { source, files: scanUnitFiles(source, SEARCH_PATH), host };
}

interface Outcome {
  readonly said: readonly string[];
  readonly links: readonly string[];
  readonly states: string;
}

function ours({ verb, names, runtime, force }: Move, root: string, units: readonly string[]): Outcome {
  const context = contextOf(root);
  const options = { runtime, force };
  const full = names.map((name) => (name.startsWith('/') ? name : (mangleUnitName(name) ?? name)));
  const operations: Readonly<Record<Verb, () => InstallResult>> = {
    enable: () => install.enable(context, full, options),
    disable: () => install.disable(context, full, options),
    reenable: () => install.reenable(context, full, options),
    mask: () => install.mask(context, full, options),
    unmask: () => install.unmask(context, full, options),
    preset: () => preset(context, full, options),
    link: () => install.link(context, full, options),
    'set-default': () => install.setDefault(context, mangleUnitName(names[0] ?? '', '.target') ?? ''),
  };
  const { changes } = operations[verb]();
  applyInstallChanges(changes, root);
  const said = changes.map((change) => changeText(change, verb));
  const after = contextOf(root);
  const states = units.map((name) => `${name}=${unitFileState(after, name) ?? 'missing'}`).join(' ');
  return { said: said.toSorted(), links: linksOf(root), states };
}

function systemds({ verb, names, runtime, force }: Move, root: string, units: readonly string[]): Outcome {
  const flags = [...(runtime ? ['--runtime'] : []), ...(force ? ['--force'] : [])];
  const run = tool('systemctl', [`--root=${root}`, ...flags, verb, ...names]);
  const output = `${run.stdout}${run.stderr}`;
  const said = output
    .replaceAll(root, '')
    .split('\n')
    .filter((line) => /^(Created|Removed|Unit|Failed)/.test(line))
    .toSorted();
  return { said, links: linksOf(root), states: statesOf(root, units) };
}

/** systemctl answers for one name after the other, and ends at the first that has no file. */
function statesOf(root: string, units: readonly string[]): string {
  const states: string[] = [];
  while (states.length < units.length) {
    const rest = units.slice(states.length);
    const asked = tool('systemctl', [`--root=${root}`, 'is-enabled', ...rest]);
    const answers = asked.stdout.split('\n').filter((line) => line !== '');
    if (answers.length < rest.length) answers.push('missing');
    states.push(...answers);
  }
  return units.map((name, index) => `${name}=${states[index]}`).join(' ');
}

let trees = 0;

/** Both do the same moves, each in a copy of its own; what differs, as text. */
function play(tree: Tree, moves: readonly Move[], units: readonly string[]): string[] {
  trees += 1;
  const roots = [join(scratch, `${trees}-ours`), join(scratch, `${trees}-theirs`)] as const;
  make(tree, roots[0]);
  cpSync(roots[0], roots[1], { recursive: true, verbatimSymlinks: true });
  for (const [index, move] of moves.entries()) {
    const one = ours(move, roots[0], units);
    const two = systemds(move, roots[1], units);
    if (JSON.stringify(one) === JSON.stringify(two)) continue;
    const done = moves.slice(0, index + 1).map((each) => `${each.verb} ${each.names.join(' ')}`);
    return [
      `${JSON.stringify(tree)}\n${done.join('; ')}\nours    ${JSON.stringify(one)}\nsystemd ${JSON.stringify(two)}`,
    ];
  }
  return [];
}

const SERVICE = '[Service]\nExecStart=/bin/true\n';
const lib = (name: string): string => `/usr/lib/systemd/system/${name}`;
const etc = (name: string): string => `/etc/systemd/system/${name}`;
const TARGETS: Tree = {
  [lib('multi-user.target')]: '[Unit]\n',
  [lib('graphical.target')]: '[Unit]\n[Install]\nAlias=default.target\n',
  [lib('sockets.target')]: '[Unit]\n',
};
const simple = (verb: Verb, ...names: string[]): Move => ({ verb, names, runtime: false, force: false });

const FIXED: Tree = {
  ...TARGETS,
  [lib('foo.service')]:
    `${SERVICE}[Install]\nWantedBy=multi-user.target nothere.target\nAlias=bar.service\nAlso=baz.socket masked.service nope.service\n`,
  [lib('baz.socket')]: '[Socket]\nListenStream=/x\n[Install]\nWantedBy=sockets.target\n',
  [lib('masked.service')]: `${SERVICE}[Install]\nWantedBy=multi-user.target\n`,
  [etc('masked.service')]: '-> /dev/null',
  [lib('t@.service')]: `${SERVICE}[Install]\nWantedBy=multi-user.target\nDefaultInstance=d\n`,
  [lib('u@.service')]: `${SERVICE}[Install]\nWantedBy=multi-user.target\nRequiredBy=v@%i.service\n`,
  [lib('static.service')]: SERVICE,
  [lib('also.service')]: `${SERVICE}[Install]\nAlso=foo.service\n`,
  [lib('vendor.service')]: SERVICE,
  [lib('multi-user.target.wants/vendor.service')]: '-> ../vendor.service',
  [lib('old.service')]: '-> static.service',
  [etc('local.service')]: `${SERVICE}[Install]\nRequiredBy=multi-user.target\n`,
  [etc('foo.service.d/more.conf')]: '[Install]\nWantedBy=graphical.target\n',
  '/opt/linked.service': `${SERVICE}[Install]\nWantedBy=multi-user.target\n`,
  [etc('dangling.service')]: '-> gone.service',
  [lib('empty.service')]: '',
};
const FIXED_UNITS = Object.keys(FIXED)
  .filter((path) => /system\/[^/]+$/.test(path))
  .map((path) => path.slice(path.lastIndexOf('/') + 1))
  .concat('bar.service', 't@x.service', 't@d.service', 'u@y.service', 'linked.service', 'nope.service');

const SEQUENCES: readonly (readonly Move[])[] = [
  [simple('enable', 'foo'), simple('enable', 'foo'), simple('disable', 'bar'), simple('disable', 'foo')],
  [simple('enable', 't@'), simple('enable', 't@x'), simple('reenable', 't@'), simple('disable', 't@')],
  [simple('enable', 'u@'), simple('enable', 'u@y'), simple('disable', 'u@y')],
  [simple('enable', 'static', 'also'), simple('disable', 'also'), simple('enable', 'old')],
  [
    simple('enable', 'nope'),
    simple('disable', 'nope'),
    simple('enable', 'masked'),
    simple('disable', 'masked'),
  ],
  [simple('mask', 'static'), simple('enable', 'static'), simple('unmask', 'static'), simple('mask', 'local')],
  [
    simple('link', '/opt/linked.service'),
    simple('disable', 'linked'),
    simple('enable', '/opt/linked.service'),
  ],
  [
    simple('set-default', 'graphical'),
    simple('set-default', 'multi-user.target'),
    simple('enable', 'graphical.target'),
  ],
  [
    simple('enable', 'local', 'vendor'),
    simple('preset', 'local', 'vendor', 'foo'),
    simple('enable', 'dangling'),
  ],
  [
    { ...simple('enable', 'foo'), runtime: true },
    simple('enable', 'foo'),
    { ...simple('mask', 't@x'), runtime: true },
  ],
  [simple('mask', 'foo'), simple('unmask', 'foo'), simple('mask', 'nope'), simple('enable', 'empty')],
];

for (const moves of SEQUENCES) {
  test(`${moves.map(({ verb, names }) => `${verb} ${names.join(' ')}`).join(', ')}`, () => {
    assert.equal(play(FIXED, moves, FIXED_UNITS), []);
  });
}

const NAMES = ['a.service', 'b.service', 'c.socket', 't@.service', 's@.service'];
const sometimes = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary });
const unitText = fc
  .tuple(
    sometimes(
      fc.constantFrom(
        'WantedBy=multi-user.target\n',
        'WantedBy=multi-user.target sockets.target\n',
        'WantedBy=%p.target\n',
      ),
    ),
    sometimes(fc.constantFrom('RequiredBy=multi-user.target\n', 'RequiredBy=b.service t@%i.service\n')),
    sometimes(
      fc.constantFrom('Alias=x.service\n', 'Alias=x@%i.service\n', 'Alias=y.socket\n', 'Alias=x@.service\n'),
    ),
    sometimes(fc.constantFrom('Also=b.service\n', 'Also=c.socket a.service\n', 'Also=t@q.service\n')),
    sometimes(fc.constantFrom('DefaultInstance=d\n', 'DefaultInstance=e\n')),
  )
  .map((parts) => (parts.join('') === '' ? SERVICE : `${SERVICE}[Install]\n${parts.join('')}`));
const tree = fc
  .tuple(
    fc.array(unitText, { minLength: NAMES.length, maxLength: NAMES.length }),
    fc.subarray(NAMES.slice(0, 3)),
    fc.subarray(['a.service', 'b.service']),
  )
  .map(([texts, local, masked]): Tree => ({
    ...TARGETS,
    ...Object.fromEntries(NAMES.map((name, index) => [lib(name), texts[index] ?? SERVICE])),
    ...Object.fromEntries(local.map((name) => [etc(name), texts.at(-1) ?? SERVICE])),
    ...Object.fromEntries(masked.slice(0, 1).map((name) => [`/run/systemd/system/${name}`, '-> /dev/null'])),
  }));
const move = fc
  .tuple(
    fc.constantFrom<Verb>('enable', 'enable', 'disable', 'reenable', 'mask', 'unmask', 'preset'),
    fc.subarray([...NAMES, 't@i.service', 's@i.service', 'x.service', 'none.service'], {
      minLength: 1,
      maxLength: 3,
    }),
    fc.constantFrom(false, false, false, true),
    fc.constantFrom(false, false, true),
  )
  // systemd 252 reenables an instance as the default instance of its template.
  .filter(([verb, names]) => verb !== 'reenable' || !names.some((name) => name.includes('@i.')))
  .map(([verb, names, runtime, force]): Move => ({ verb, names, runtime, force }));
const RANDOM_UNITS = [...NAMES, 't@i.service', 's@i.service', 'x.service', 't@d.service'];

test('random trees and random moves', () => {
  const cases = fc.sample(fc.tuple(tree, fc.array(move, { minLength: 1, maxLength: 4 })), {
    numRuns: 40,
  });
  assert.equal(
    cases.flatMap(([units, moves]) => play(units, moves, RANDOM_UNITS)),
    [],
  );
});

test.run();
