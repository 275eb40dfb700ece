// The container's own output: what a full disk, a reader that has gone and one that does not read make of it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SystemError } from '../../../supervisor/errors.ts';
import { createConsoleStream, type ConsoleStream } from '../../../supervisor/logs/console.ts';

const test = suite('console');

interface Place {
  readonly stream: ConsoleStream;
  text(): string;
  /** How many bytes it takes from now on, or why it takes none. */
  room: number | 'ENOSPC' | 'EPIPE';
  /** The next time that it is tried again. */
  retry(): void;
}

function aPlace(): Place {
  let text = '';
  const retries: (() => void)[] = [];
  const place: Place = {
    text: () => text,
    room: Infinity,
    retry: () => retries.shift()?.(),
    stream: createConsoleStream(
      {
        openOutput: () => ({
          pollable: null,
          write(bytes) {
            if (typeof place.room === 'string') throw new SystemError('cannot write', place.room);
            const taken = bytes.subarray(0, place.room);
            place.room -= taken.length;
            text += taken.toString();
            return taken.length;
          },
        }),
        after(_delay, run) {
          retries.push(run);
          return () => {};
        },
      },
      1,
    ),
  };
  return place;
}

test('a full disk loses lines, says how many bytes, and is written to again when it has room', () => {
  const place = aPlace();
  place.stream.write(Buffer.from('one\n'));
  place.room = 'ENOSPC';
  assert.ok(place.stream.write(Buffer.from('two\n')), 'nobody is asked to wait for a disk');
  place.stream.write(Buffer.from('three\n'));
  place.room = Infinity;
  place.stream.write(Buffer.from('four\n'));
  assert.is(place.text(), 'one\n\ninitkit: 10 bytes of output were lost: there was no room\nfour\n');
});

test('a reader that has gone is not written to any more, and nobody waits for it', () => {
  const place = aPlace();
  place.room = 'EPIPE';
  assert.ok(place.stream.write(Buffer.from('one\n')));
  place.room = Infinity;
  place.stream.write(Buffer.from('two\n'));
  assert.is(place.text(), '');
  let drained = 0;
  place.stream.whenDrained(() => drained++);
  assert.is(drained, 1);
});

test('a reader that does not read pauses the programs, and costs only lines of our own, which are counted', () => {
  const place = aPlace();
  place.room = 0;
  let asked = 0;
  while (place.stream.write(Buffer.alloc(1024, 'x'))) asked++;
  assert.is(asked, 256);
  let drained = 0;
  place.stream.whenDrained(() => drained++);
  const line = 'y'.repeat(1023);
  for (let count = 0; count < 2000; count++) place.stream.note(line);
  place.room = Infinity;
  place.retry();
  assert.is(drained, 1);
  const [, programs = '', ours = '', count = ''] =
    /^(x*)((?:y*\n)*)initkit: (\d+) lines of the supervisor were dropped: nobody read them\n$/.exec(
      place.text(),
    ) ?? [];
  assert.is(programs.length, 257 * 1024);
  assert.is(ours.length / 1024 + Number(count), 2000);
});

test.run();
