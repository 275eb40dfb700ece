// build/arguments.ts: the command line, right and wrong.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCommandLine } from '../../../build/commands/arguments.ts';
import type { BuildOptions } from '../../../build/plan/build-options.ts';

const test = suite('arguments');

const parse = (line: string, environment: Record<string, string> = {}) =>
  parseCommandLine(
    line.split(' ').filter((word) => word !== ''),
    environment,
    4,
  );

function optionsOf(line: string, environment: Record<string, string> = {}): BuildOptions {
  const parsed = parse(line, environment);
  if (!parsed.ok || parsed.command.name !== 'build') throw new Error(`not a build: ${line}`);
  return parsed.command.options;
}

test('a build without anything builds all, as many at once as there are processors', () => {
  const options = optionsOf('build');
  assert.equal(options.names, []);
  assert.is(options.jobs, 4);
  assert.is(options.useCache, true);
  assert.is(options.isPush, false);
});

test('names and options may stand in any order', () => {
  const options = optionsOf(
    'build --jobs 2 web -t a --tag b api --software x=/y --software z=w=1 --no-cache --force',
  );
  assert.equal(options.names, ['web', 'api']);
  assert.equal(options.tags, ['a', 'b']);
  assert.equal(options.software, ['x=/y', 'z=w=1']);
  assert.is(options.jobs, 2);
  assert.is(options.useCache, false);
  assert.is(options.isForced, true);
});

test('REGISTRY names the registry, --registry wins, an empty one is none', () => {
  assert.equal(optionsOf('build', { REGISTRY: 'a:1' }).registries, ['a:1']);
  assert.equal(optionsOf('build', { REGISTRY: 'a:1 b:2/x' }).registries, ['a:1', 'b:2/x']);
  assert.equal(optionsOf('build --registry b:2 --registry c', { REGISTRY: 'a:1' }).registries, ['b:2', 'c']);
  assert.equal(optionsOf('build', { REGISTRY: '' }).registries, []);
});

test('plan is build --print', () => {
  assert.is(optionsOf('plan').isPrint, true);
  assert.is(optionsOf('build --print').isPrint, true);
});

const COMMANDS: [line: string, command: object][] = [
  ['', { name: 'help', topic: '' }],
  ['--help', { name: 'help', topic: '' }],
  ['help engine', { name: 'help', topic: 'engine' }],
  ['build --help', { name: 'help', topic: 'build' }],
  ['engine -h', { name: 'help', topic: 'engine' }],
  ['engine status', { name: 'engine', action: 'status' }],
  ['engine stop', { name: 'engine', action: 'stop' }],
];
for (const [line, command] of COMMANDS)
  test(`"${line}" is a command`, () => assert.equal(parse(line), { ok: true, command }));

const MISTAKES: [line: string, problems: RegExp[]][] = [
  ['bild', [/unknown command bild/]],
  ['build --pussh', [/unknown option --pussh/]],
  ['build --jobs', [/--jobs/]],
  ['build --jobs 0', [/--jobs 0/]],
  ['build --jobs x --tag .a --push', [/--jobs x/, /--tag \.a/, /--push: to which registry/]],
  ['build --registry https://x', [/--registry https:\/\/x: not a registry/]],
  ['build --watch --print', [/--watch goes with neither/]],
  ['clean web', [/takes no names/]],
  ['engine', [/no such action/]],
  ['engine restart', [/engine restart/]],
  ['engine stop now', [/no such action/]],
];
for (const [line, expected] of MISTAKES) {
  test(`"${line}" is ${expected.length} mistake(s), each told`, () => {
    const parsed = parse(line);
    if (parsed.ok) throw new Error('accepted');
    assert.is(parsed.problems.length, expected.length);
    expected.forEach((pattern, index) => assert.match(parsed.problems[index]?.message ?? '', pattern));
  });
}

test('a mistyped command or option gets the one that was meant', () => {
  const command = parse('biuld');
  const option = parse('build --regisrty x');
  assert.is(!command.ok && command.problems[0]?.remedy, 'did you mean build?');
  assert.is(!option.ok && option.problems[0]?.remedy, 'did you mean --registry?');
});

test.run();
