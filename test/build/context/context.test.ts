// build/walk.ts, context.ts and pack.ts: the same bytes from two checkouts, and nothing that is not to be in them.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packEntries } from '../../../build/context/pack.ts';
import { walkContext, type Walk } from '../../../build/context/walk.ts';
import type { HashMemory } from '../../../build/machine/hash-table.ts';
import { hashEntries, sha256Of } from '../../../build/model/context.ts';

const test = suite('context');
const folders: string[] = [];

test.after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function makeFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'initkit-context-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

function noMemory(): HashMemory {
  return { get: () => undefined, set: () => {} };
}

const walk = (folder: string): Promise<Walk> => walkContext(folder, folder, noMemory());
const pathsOf = async (folder: string): Promise<string[]> =>
  [...(await walk(folder)).entries].map((entry) => entry.path).toSorted();
const packed = async (folder: string): Promise<Buffer> => buffer(packEntries((await walk(folder)).entries));

test('two folders of the same content pack to the same bytes, whatever their times, modes and order of creation', async () => {
  const first = makeFolder({ 'b/x': 'one', a: 'two', 'é/ü': 'three' });
  const second = makeFolder({ 'é/ü': 'three', a: 'two', 'b/x': 'one' });
  for (const name of ['a', 'b/x', 'b']) utimesSync(join(second, name), 1, 1);
  chmodSync(join(first, 'a'), 0o664);
  chmodSync(join(second, 'a'), 0o600);
  chmodSync(join(first, 'b'), 0o700);
  assert.is(sha256Of(await packed(first)), sha256Of(await packed(second)));
});

test('the executable bit is content', async () => {
  const first = makeFolder({ a: 'x' });
  const second = makeFolder({ a: 'x' });
  chmodSync(join(second, 'a'), 0o744);
  assert.is.not(hashEntries((await walk(first)).entries), hashEntries((await walk(second)).entries));
  assert.is.not(sha256Of(await packed(first)), sha256Of(await packed(second)));
});

test('the tar has owner 0, the epoch as time and canonical modes, and tar can read it', async () => {
  const folder = makeFolder({ 'bin/run': '#!/bin/sh\n', 'bin/data': 'x' });
  chmodSync(join(folder, 'bin/run'), 0o775);
  symlinkSync('../nowhere', join(folder, 'bin/link'));
  const listing = execFileSync('tar', ['-tvf', '-', '--numeric-owner', '--utc'], {
    input: await packed(folder),
    encoding: 'utf8',
  });
  assert.equal(
    listing
      .trim()
      .split('\n')
      .map((line) => line.replace(/\s+/g, ' ')),
    [
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/',
      '-rw-r--r-- 0/0 1 1970-01-01 00:00 bin/data',
      'lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/link -> ../nowhere',
      '-rwxr-xr-x 0/0 10 1970-01-01 00:00 bin/run',
    ],
  );
});

test('long names and large files survive', async () => {
  const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'ü'.repeat(60)}`;
  const folder = makeFolder({ [long]: 'x'.repeat(1_000_001) });
  const listing = execFileSync('tar', ['-tf', '-', '--quoting-style=literal'], {
    input: await packed(folder),
    encoding: 'utf8',
  });
  assert.ok(listing.includes(long));
});

test('symbolic links are kept, not followed, also those that lead outside or in a ring', async () => {
  const folder = makeFolder({ a: 'x' });
  symlinkSync('/etc', join(folder, 'etc'));
  symlinkSync('ring', join(folder, 'ring'));
  const { entries } = await walk(folder);
  const targets = [...entries].flatMap((entry) =>
    entry.kind === 'symlink' ? [`${entry.path} -> ${entry.target}`] : [],
  );
  assert.equal(targets, ['etc -> /etc', 'ring -> ring']);
});

test('a pipe in the folder is a problem, and nothing waits for it', async () => {
  const folder = makeFolder({ a: 'x' });
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const { problems } = await walk(folder);
  assert.is(problems.length, 1);
  assert.is(problems[0]?.file, 'pipe');
});

test('a pipe that .dockerignore names is no problem', async () => {
  const folder = makeFolder({ '.dockerignore': 'pipe' });
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  assert.equal((await walk(folder)).problems, []);
});

test('ignored files stay out, exceptions below ignored folders stay in', async () => {
  const folder = makeFolder({
    '.dockerignore': 'x\n!x/keep\n*.md\n',
    'x/drop': '',
    'x/keep/this': '',
    'README.md': '',
    'sub/README.md': '',
  });
  assert.equal(await pathsOf(folder), [
    '.dockerignore',
    'sub',
    'sub/README.md',
    'x',
    'x/keep',
    'x/keep/this',
  ]);
});

for (const [how, content] of [
  ['shorter', 'x'],
  ['longer', 'x'.repeat(101)],
] as const) {
  test(`a file that becomes ${how} while it is packed is an error, not a damaged context`, async () => {
    const folder = makeFolder({ a: 'x'.repeat(100) });
    const { entries } = await walk(folder);
    writeFileSync(join(folder, 'a'), content);
    await buffer(packEntries(entries)).then(
      () => assert.unreachable('packed a file that is not what was hashed'),
      (error: Error) => assert.match(error.message, new RegExp(`became ${how}`)),
    );
  });
}

test('a name that is not UTF-8 is a problem, unless it is ignored; any other name is fine', async () => {
  const folder = makeFolder({ 'new\nline': '', 'back\\slash': '', '\ufffd': '', 'x y': '' });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), '');
  const { entries, problems } = await walk(folder);
  assert.is(entries.length, 4);
  assert.equal(
    problems.map(({ message }) => message),
    ['has a name that is not UTF-8'],
  );
  writeFileSync(join(folder, '.dockerignore'), 'caf?\n');
  assert.equal((await walk(folder)).problems, []);
});

test('an unchanged file is not read twice', async () => {
  const folder = makeFolder({ a: 'x' });
  const hashes = new Map<string, string>();
  const remembered = 'ab'.repeat(32);
  const memory: HashMemory = {
    get: (key) => hashes.get(key),
    set: (key, value) => void hashes.set(key, value),
  };
  await walkContext(folder, folder, memory);
  for (const key of hashes.keys()) hashes.set(key, remembered);
  const [entry] = (await walkContext(folder, folder, memory)).entries;
  assert.is(entry?.kind === 'file' && entry.sha256, remembered);
});

test.run();
