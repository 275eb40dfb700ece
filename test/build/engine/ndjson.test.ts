// build/ndjson.ts: JSON lines from chunks that break anywhere.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readJsonLines } from '../../../build/engine/ndjson.ts';
import { fc } from '../../support/random.ts';

const test = suite('ndjson');

async function read(chunks: (Buffer | string)[]): Promise<object[]> {
  const messages: object[] = [];
  async function* source(): AsyncGenerator<Buffer | string> {
    yield* chunks;
  }
  for await (const message of readJsonLines(source())) messages.push(message);
  return messages;
}

test('lines, also with carriage returns, empty lines and no last newline', async () => {
  assert.equal(await read(['{"a":1}\r\n\n{"a":', '2}\n{"a":3}']), [{ a: 1 }, { a: 2 }, { a: 3 }]);
});

test('wherever the bytes are cut, the messages are the same', async () => {
  const message = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { maxLength: 5 }),
      fc.array(fc.nat(300), { maxLength: 8 }),
      async (messages, cuts) => {
        const bytes = Buffer.from(messages.map((item) => `${JSON.stringify(item)}\n`).join(''));
        const places = [
          0,
          ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((left, right) => left - right),
          bytes.length,
        ];
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        assert.is(JSON.stringify(await read(chunks)), JSON.stringify(messages));
      },
    ),
  );
});

for (const line of ['hello', '[1]', '3', 'null', '{"a":']) {
  test(`${line} is an error that shows the line`, async () => {
    await read([`{"ok":true}\n${line}\n`]).then(
      () => assert.unreachable(),
      (error: Error) => assert.ok(error.message.includes(line)),
    );
  });
}

test.run();
