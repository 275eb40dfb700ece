// What a start loads of node: each of these modules costs milliseconds and hundreds of kilobytes, and is for later or for never.

import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('start');

const NOT_AT_THE_START = [
  'child_process',
  'crypto',
  'fs/promises',
  'http',
  'https',
  'perf_hooks',
  'readline',
  'internal/deps/undici/undici',
];

/** Loaded when the first program has been started. */
const NOT_BEFORE_THE_FIRST_PROGRAM = ['net', 'tty'];

/** node's own modules that are loaded once this code has run, and were not before. */
function loadedBy(code: string): string[] {
  const print = "process.getBuiltinModule('fs').writeSync(1, JSON.stringify(process.moduleLoadList))";
  const run = (script: string): string[] =>
    JSON.parse(
      execFileSync(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
        { encoding: 'utf8' },
      ),
    ) as string[];
  const before = new Set(run(`await import('./supervisor/version.ts'); ${print}`));
  return run(`${code}; ${print}`)
    .filter((name) => !before.has(name))
    .map((name) => name.replace(/^NativeModule /, ''));
}

test('a start loads what it needs, and not what only some need later', () => {
  const loaded = loadedBy(
    `await import('./supervisor/fronts/init.ts'); await import('./supervisor/live/listen.ts')`,
  );
  assert.ok(loaded.includes('net'), loaded.join(' '));
  assert.equal(
    loaded.filter((name) => NOT_AT_THE_START.includes(name)),
    [],
  );
});

test('sockets and streams are for when the first program has been started', () => {
  const loaded = loadedBy(`await import('./supervisor/fronts/init.ts')`);
  assert.ok(loaded.includes('ffi'), loaded.join(' '));
  assert.equal(
    loaded.filter((name) => NOT_BEFORE_THE_FIRST_PROGRAM.includes(name)),
    [],
  );
});

test.run();
