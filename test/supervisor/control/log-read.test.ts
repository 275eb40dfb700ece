import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import type { Log } from '../../../supervisor/control/commands.ts';
import { lastBytes, readLog, tailLog } from '../../../supervisor/control/log-read.ts';
import { dropPartialCharacter, splitAtCharacter } from '../../../supervisor/control/utf8.ts';
import { FakeLog } from '../../fakes/commands.ts';
import { PYTHON, requireSupervisor, run, withDirectory } from '../../fakes/control.ts';
import { fc } from '../../support/random.ts';

const test = suite('log-read');

test('reads and tails as supervisord does, for any offset and length', async () => {
  requireSupervisor();
  await withDirectory(async (directory) => {
    const log = new FakeLog(join(directory, 'log'), '0123456789'.repeat(5));
    const memory = new FakeLog(null, '0123456789'.repeat(5));
    const cases = fc.sample(
      fc.tuple(fc.integer({ min: -70, max: 70 }), fc.integer({ min: -70, max: 70 })),
      500,
    );
    const script = `
import sys, json
from supervisor.options import readFile, tailFile
def read(o, l):
    try:
        return readFile(sys.argv[1], o, l).decode()
    except ValueError as e:
        return 'fault ' + e.args[0]
print(json.dumps([[read(o, l), tailFile(sys.argv[1], o, l)] for o, l in json.loads(sys.argv[2])]))
`;
    const oracle = await run(PYTHON, ['-c', script, join(directory, 'log'), JSON.stringify(cases)]);
    assert.is(oracle.code, 0, oracle.stderr);
    const expected = JSON.parse(oracle.stdout) as [string, [string, number, boolean]][];
    for (const [index, [offset, length]] of cases.entries()) {
      for (const each of [log, memory]) {
        const outcome = await readLog(each, offset, length);
        const read = outcome.kind === 'read' ? textOf(outcome.bytes) : outcome.kind;
        const tail = await tailLog(each, offset, length);
        const title = `offset ${offset}, length ${length}`;
        assert.is(read.replace('bad-arguments', 'fault BAD_ARGUMENTS'), expected[index]?.[0], title);
        assert.equal([textOf(tail.bytes), tail.offset, tail.overflow], expected[index]?.[1], title);
      }
    }
  });
});

test('says when there is no log', async () => {
  await withDirectory(async (directory) => {
    const gone: Log = new FakeLog(join(directory, 'log'), 'x');
    rmSync(join(directory, 'log'));
    assert.equal(await readLog(null, 0, 0), { kind: 'no-file' });
    assert.equal(await readLog(gone, 0, 0), { kind: 'no-file' });
    assert.equal(await readLog(gone, -1, 5), { kind: 'no-file' });
    assert.is((await tailLog(gone, 0, 10)).offset, 0);
    assert.is(lastBytes(gone, 10), null);
  });
});

test('does not wait for a writer when the log is a FIFO', async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, 'fifo');
    await run('mkfifo', [path]);
    const fifo: Log = {
      place: { kind: 'file', path },
      clear: () => Promise.resolve({ kind: 'cleared' }),
      follow: () => () => undefined,
    };
    assert.is((await readLog(fifo, 0, 0)).kind, 'failed');
  });
});

test('begins a tail at a whole character', async () => {
  const log = new FakeLog(null, 'ääää');
  const outcome = await readLog(log, -3, 0);
  assert.is(outcome.kind === 'read' && textOf(outcome.bytes), 'ä');
});

test('cuts streams between characters, and loses nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 7 }), (text, size) => {
      const bytes = Buffer.from(text);
      const pieces: string[] = [];
      let rest: Uint8Array = new Uint8Array();
      for (let at = 0; at < bytes.length; at += size) {
        const cut = splitAtCharacter(Buffer.concat([rest, bytes.subarray(at, at + size)]));
        pieces.push(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(cut.whole));
        rest = cut.rest;
      }
      assert.is(pieces.join(''), text);
      assert.is(rest.length, 0);
    }),
  );
});

test('holds back no more than the beginning of one character, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const { whole, rest } = splitAtCharacter(bytes);
      assert.ok(rest.length <= 3);
      assert.equal([...whole, ...rest], [...bytes]);
      assert.ok(bytes.length - dropPartialCharacter(bytes).length <= 3);
    }),
  );
});

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

test.run();
