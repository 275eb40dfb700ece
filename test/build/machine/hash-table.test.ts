// build/machine/hash-table.ts: as a Map would do, across being written and read.

import { randomBytes } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hashTable } from '../../../build/machine/hash-table.ts';
import { fc } from '../../support/random.ts';

const test = suite('hash table');

const key = fc.integer({ min: 0, max: 3000 }).map((number) => `path ${number}`);
const move = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('set' as const), key }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const), key }) },
);

test('any sequence of moves gives what a Map gives, and only what was used is kept', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 3000 }), (moves) => {
      let table = hashTable(undefined);
      let known = new Map<string, string>();
      let used = new Map<string, string>();
      for (const { kind, key: at } of moves) {
        if (kind === 'set') {
          const value = randomBytes(32).toString('hex');
          table.set(at, value);
          known.set(at, value);
          used.set(at, value);
        } else if (kind === 'get') {
          const value = known.get(at);
          assert.is(table.get(at), value);
          if (value !== undefined) used.set(at, value);
        } else {
          table = hashTable(table.toBytes());
          known = used;
          used = new Map();
        }
      }
      for (const [at, value] of known) assert.is(table.get(at), value);
    }),
    { numRuns: 50 },
  );
});

for (const [what, bytes] of [
  ['nothing', undefined],
  ['no bytes', Buffer.alloc(0)],
  ['something else', Buffer.from('{"a": 1}')],
  ['half a record', Buffer.concat([hashTable(undefined).toBytes(), Buffer.alloc(20)])],
] as const) {
  test(`${what} is an empty table`, () => {
    const table = hashTable(bytes);
    assert.is(table.get('a'), undefined);
    assert.not(table.isNew());
    table.set('a', '00'.repeat(32));
    assert.is(table.get('a'), '00'.repeat(32));
    assert.ok(table.isNew());
  });
}

test.run();
