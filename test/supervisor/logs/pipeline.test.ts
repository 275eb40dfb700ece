// From a real pipe to a sink: every byte, in order, however the writer and the sink go about it.

import { closeSync, readlinkSync, writeSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readPipe } from '../../../supervisor/logs/pipeline.ts';
import { enlargePipe, pipe, readNow } from '../../../supervisor/os/libc-pipes.ts';
import { fc } from '../../support/random.ts';

const test = suite('pipeline');

const system = {
  now: () => performance.now(),
  after(delayMs: number, run: () => void) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  readNow,
  enlargePipe,
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A pipe that is read into a text; while `isFull`, its sink asks for a pause after every piece. */
function aPipe() {
  const [readEnd, writeEnd] = pipe();
  const place = {
    text: '',
    isFull: false,
    resume: () => {},
    writesInPause: 0,
    write: (text: string) => writeSync(writeEnd, text),
    end: () => closeSync(writeEnd),
    readEnd,
  };
  let paused = false;
  const write = (chunk: Buffer): boolean => {
    if (paused) place.writesInPause++;
    place.text += chunk.toString('latin1');
    paused = place.isFull;
    return !paused;
  };
  const whenDrained = (listener: () => void): void => {
    place.resume = () => {
      if (!paused) return;
      paused = false;
      listener();
    };
  };
  const reader = readPipe(readEnd, { write, reopen: () => {}, close: () => {} }, whenDrained, system);
  return { reader, place };
}

/** What a writer and a sink may do, one after the other. */
const step = fc.oneof(
  fc.record({ does: fc.constant('write' as const), bytes: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({ does: fc.constantFrom('turn', 'fill', 'empty', 'drain' as const) }),
);

test('every byte in order, whatever pauses and bursts there are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { place, reader } = aPipe();
      let written = '';
      let held = 0;
      for (const each of steps) {
        if (each.does === 'write') {
          // More than a pipe holds would block us, who are its reader as well.
          if (held + each.bytes > 60_000) continue;
          const text = String.fromCharCode(0x61 + (written.length % 26)).repeat(each.bytes);
          held += each.bytes;
          written += text;
          place.write(text);
        } else if (each.does === 'turn') await turn();
        else if (each.does === 'drain') reader.drain();
        else place.isFull = each.does === 'fill';
        if (!place.isFull) place.resume();
        held = written.length - place.text.length;
      }
      place.isFull = false;
      place.resume();
      place.end();
      await reader.ended;
      assert.ok(place.text === written, 'what came is what was written');
      assert.is(place.writesInPause, 0, 'nothing is handed on to a sink that has asked for a pause');
    }),
    { numRuns: 300 },
  );
});

test('draining takes what is there, and closing leaves the rest', async () => {
  const { place, reader } = aPipe();
  place.write('last words');
  reader.drain();
  assert.is(place.text, 'last words');
  place.write('to nobody');
  reader.close();
  await reader.ended;
  assert.is(place.text, 'last words');
  assert.throws(() => readlinkSync(`/proc/self/fd/${place.readEnd}`), /ENOENT/);
  place.end();
});

test.run();
