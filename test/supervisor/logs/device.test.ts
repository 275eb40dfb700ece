// Logs that are no files, with real FIFOs: nobody reads, somebody reads late, the reader changes.

import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openLogFile } from '../../../supervisor/logs/file.ts';
import { eventually } from '../../support/eventually.ts';

const test = suite('log devices');
const folder = mkdtempSync(join(tmpdir(), 'initkit-device-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

function aFifo(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

/** What can be read now. */
function readSome(descriptor: number): string {
  const chunk = Buffer.alloc(1 << 16);
  try {
    return chunk.toString('utf8', 0, readSync(descriptor, chunk));
  } catch {
    return '';
  }
}

function openToRead(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

test('a FIFO that nobody reads delays neither its opening nor a write, and asks its writer to pause', () => {
  const log = openLogFile({ path: aFifo('unread'), maxBytes: 0, backups: 0, onTrouble: () => {} });
  assert.ok(log.write(Buffer.from('first\n')));
  let taken = 0;
  while (log.write(Buffer.alloc(64 * 1024, 'x'))) taken++;
  assert.ok(taken < 10, 'a pipe and a quarter of a megabyte');
  for (let count = 0; count < 100; count++) assert.not(log.write(Buffer.alloc(64 * 1024, 'x')));
  log.close();
});

test('who comes late to a FIFO reads every byte, in order, and the writer goes on', async () => {
  const path = aFifo('late');
  const log = openLogFile({ path, maxBytes: 0, backups: 0, onTrouble: () => {} });
  let written = '';
  for (let number = 0; ; number++) {
    const line = `line ${number} ${'y'.repeat(1000)}\n`;
    written += line;
    if (!log.write(Buffer.from(line))) break;
  }
  let drained = false;
  assert.ok(log.whenDrained);
  log.whenDrained(() => (drained = true));
  const reader = openToRead(path);
  let text = '';
  await eventually('the last line', () => {
    text += readSome(reader);
    return drained && text.length >= written.length;
  });
  assert.is(text, written);
  closeSync(reader);
  const next = openToRead(path);
  assert.ok(log.write(Buffer.from('for the next reader\n')));
  assert.is(readSome(next), 'for the next reader\n');
  closeSync(next);
  log.close();
});

test('clients read its last bytes from memory, and take nothing from its reader', () => {
  const log = openLogFile({ path: aFifo('tail'), maxBytes: 0, backups: 0, onTrouble: () => {} });
  log.write(Buffer.from('hello\n'));
  assert.is(log.place.kind, 'memory');
  assert.is(log.place.kind === 'memory' && Buffer.from(log.place.bytes()).toString(), 'hello\n');
  log.close();
});

test('/dev/null takes everything, /dev/full loses it', () => {
  for (const path of ['/dev/null', '/dev/full']) {
    const log = openLogFile({ path, maxBytes: 10, backups: 1, onTrouble: () => {} });
    for (let count = 0; count < 10; count++) assert.ok(log.write(Buffer.alloc(64 * 1024)));
    log.close();
  }
});

test.run();
