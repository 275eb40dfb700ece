// build/model/entry-list.ts and paths.ts: what the buffers hold is what a list of objects would hold, in the order of a walk.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { memoryFile, type Entry } from '../../../build/model/context.ts';
import { entryList, entryListBuilder, mayHold, overlay } from '../../../build/model/entry-list.ts';
import { comparePaths } from '../../../build/model/paths.ts';
import { fc } from '../../support/random.ts';

const test = suite('entry list');

const pathsOf = (entries: Iterable<Entry>): string[] => [...entries].map(({ path }) => path);

test('what is in a folder comes right behind it, names by their bytes', () => {
  const names = ['b/c', 'B', 'b.txt', 'b-', 'é', 'z', 'b/a/x', '\u{1f600}', '\ufffd'];
  assert.equal(pathsOf(entryList(names.map((name) => memoryFile(name, '')))), [
    'B',
    'b',
    'b/a',
    'b/a/x',
    'b/c',
    'b-',
    'b.txt',
    'z',
    'é',
    '\ufffd',
    '\u{1f600}',
  ]);
});

test('a later entry takes the place of an earlier one', () => {
  const [entry, ...rest] = entryList([memoryFile('a', 'old'), memoryFile('a', 'new!')]);
  assert.is(rest.length, 0);
  assert.is(entry?.kind === 'file' && entry.size, 4);
});

test('a folder is added where it is missing, and stands in for a file that is in its way', () => {
  assert.equal(pathsOf(entryList([memoryFile('a', ''), memoryFile('a/b/c', '')])), ['a', 'a/b', 'a/b/c']);
  const below = entryList([memoryFile('a', ''), { kind: 'directory', path: 'd', mode: 0o700 }]);
  assert.equal(
    [...overlay(below, [memoryFile('a/x', ''), memoryFile('d/x', '')])].map((entry) => [
      entry.path,
      entry.kind,
    ]),
    [
      ['a', 'directory'],
      ['a/x', 'file'],
      ['d', 'directory'],
      ['d/x', 'file'],
    ],
  );
  const [, , folder] = overlay(below, [memoryFile('a/x', ''), memoryFile('d/x', '')]);
  assert.is(folder?.kind === 'directory' && folder.mode, 0o700);
});

test('what comes out of order is refused', () => {
  const builder = entryListBuilder('/r');
  builder.add(memoryFile('b', ''));
  assert.throws(() => builder.add(memoryFile('a', '')), /no order of a walk/);
  assert.throws(() => builder.add(memoryFile('b', '')), /no order of a walk/);
});

const name = fc.constantFrom('a', 'b', 'a.txt', 'B', 'é', '\u{1f600}', '\ue000', 'x y', 'a-b');
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const sha256 = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const entry: fc.Arbitrary<Entry> = fc.oneof(
  path.map((at): Entry => ({ kind: 'directory', path: at })),
  fc
    .tuple(path, fc.constantFrom(0o700, 0o1777))
    .map(([at, mode]): Entry => ({ kind: 'directory', path: at, mode })),
  fc.tuple(path, path).map(([at, target]): Entry => ({ kind: 'symlink', path: at, target })),
  fc
    .tuple(path, sha256, fc.constantFrom(0o644, 0o4755), fc.constantFrom('/r', '/elsewhere'))
    .map(([at, hash, mode, root]): Entry => ({
      kind: 'file',
      path: at,
      mode,
      size: 2 ** 40 + mode,
      sha256: hash,
      content: { from: 'disk', path: `${root}/${at}` },
    })),
  path.map((at) => memoryFile(at, at)),
);

test('the order is that of the bytes of the path, with slashes before everything', () => {
  const key = (text: string): Buffer => Buffer.from(text.replaceAll('/', '\0'));
  fc.assert(
    fc.property(path, path, (one, other) => {
      assert.is(Math.sign(comparePaths(one, other)), Buffer.compare(key(one), key(other)));
    }),
  );
});

test('any entries come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), fc.array(entry, { maxLength: 8 }), (below, above) => {
      const list = entryList(below);
      // Nothing below something that is no folder, as on a disk.
      const isUnder = ({ path: at }: Entry, other: Entry): boolean =>
        other.kind !== 'directory' && at.startsWith(`${other.path}/`);
      const plain = [...list].filter((each) => ![...list].some((other) => isUnder(each, other)));
      const builder = entryListBuilder('/r');
      for (const each of plain) builder.add(each);
      const again = builder.finish();
      assert.equal([...again], plain);
      assert.is(again.length, plain.length);
      plain.forEach((each, index) => {
        assert.equal(again.at(index), each);
        assert.is(again.pathAt(index), each.path);
        assert.is(again.isSymlink(index), each.kind === 'symlink');
      });
      const wanted = new Map(plain.map((each) => [each.path, each]));
      for (const each of entryList(above)) {
        const isImplied = each.kind === 'directory' && !above.some((other) => other.path === each.path);
        if (!isImplied || wanted.get(each.path)?.kind !== 'directory') wanted.set(each.path, each);
      }
      const expected = [...wanted.values()].toSorted((left, right) => comparePaths(left.path, right.path));
      assert.equal([...overlay(again, above)].map(String), expected.map(String));
      assert.equal(
        pathsOf(overlay(again, above)),
        expected.map((each) => each.path),
      );
    }),
  );
});

test('a path is found wherever it is, and beyond a symbolic link it may be', () => {
  const names = ['a', 'a.txt', 'b/c/d', 'b.c', 'é/x', 'z'];
  const link: Entry = { kind: 'symlink', path: 'b/link', target: '../elsewhere' };
  const list = entryList([...names.map((name) => memoryFile(name, '')), link]);
  for (const path of ['', ...names, 'b', 'b/c', 'b/link', 'b/link/far']) assert.ok(mayHold(list, path), path);
  for (const path of ['A', 'a/x', 'b/c/e', 'c', 'zz', 'é/y']) assert.not.ok(mayHold(list, path), path);
  assert.not.ok(mayHold(entryList([]), 'a'));
});

test.run();
