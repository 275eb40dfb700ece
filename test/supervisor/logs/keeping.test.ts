// What is kept of a program's output: the ring in memory, files and their rotation, the main log.

import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openLogFile } from '../../../supervisor/logs/file.ts';
import { formatEntry } from '../../../supervisor/logs/main-log.ts';
import { createRing, lastLines } from '../../../supervisor/logs/ring.ts';
import { isDue, rotationSteps } from '../../../supervisor/logs/rotation.ts';
import { fc } from '../../support/random.ts';

const test = suite('keeping logs');

const folder = mkdtempSync(join(tmpdir(), 'initkit-logs-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A log of its own per test. */
function aLog(
  maxBytes: number,
  backups: number,
): { path: string; log: ReturnType<typeof openLogFile>; said: string[] } {
  const path = join(folder, `log-${files++}`);
  const said: string[] = [];
  return {
    path,
    said,
    log: openLogFile({ path, maxBytes, backups, onTrouble: (message) => said.push(message) }),
  };
}

test('a ring holds the last bytes, in order, whatever was written', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.array(fc.uint8Array({ maxLength: 2500 })),
      (capacity, chunks) => {
        const ring = createRing(capacity);
        for (const chunk of chunks) ring.write(chunk);
        assert.equal(ring.bytes(), Buffer.concat(chunks).subarray(-capacity));
      },
    ),
  );
});

test('the last lines of some bytes', () => {
  assert.equal(lastLines(Buffer.from('a\nb\nc\n'), 2), ['b', 'c']);
  assert.equal(lastLines(Buffer.from('a\nb'), 5), ['a', 'b']);
  assert.equal(lastLines(Buffer.from(''), 5), []);
});

for (const [size, maxBytes, due] of [
  [99, 100, false],
  [100, 100, true],
  [101, 100, true],
  [1 << 30, 0, false],
] as const) {
  test(`a file of ${size} bytes with maxbytes=${maxBytes} is ${due ? '' : 'not '}rotated`, () => {
    assert.is(isDue(size, maxBytes), due);
  });
}

test('rotation shifts the backups, the oldest first; without backups the file is emptied', () => {
  assert.equal(rotationSteps('x', 3), [
    { type: 'remove', path: 'x.3' },
    { type: 'rename', from: 'x.2', to: 'x.3' },
    { type: 'rename', from: 'x.1', to: 'x.2' },
    { type: 'rename', from: 'x', to: 'x.1' },
  ]);
  assert.equal(rotationSteps('x', 0), [{ type: 'truncate' }]);
});

test('a file rotates by itself, keeps as many backups as it should, and loses nothing of them', () => {
  const { path, log } = aLog(10, 2);
  for (const text of ['first-----', 'second----', 'third-----', 'rest']) log.write(Buffer.from(text));
  log.close();
  assert.is(readFileSync(path, 'utf8'), 'rest');
  assert.is(readFileSync(`${path}.1`, 'utf8'), 'third-----');
  assert.is(readFileSync(`${path}.2`, 'utf8'), 'second----');
  assert.not.ok(existsSync(`${path}.3`));
});

test('without backups a file that is due is emptied', () => {
  const { path, log } = aLog(10, 0);
  for (const text of ['first-----', 'rest']) log.write(Buffer.from(text));
  log.close();
  assert.is(readFileSync(path, 'utf8'), 'rest');
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith(path.slice(folder.length + 1))),
    [path.slice(folder.length + 1)],
  );
});

test('a file that was moved away is written on until it is opened anew', () => {
  const { path, log } = aLog(0, 0);
  log.write(Buffer.from('one'));
  renameSync(path, `${path}.moved`);
  log.write(Buffer.from('two'));
  log.reopen();
  log.write(Buffer.from('three'));
  log.close();
  assert.is(readFileSync(`${path}.moved`, 'utf8'), 'onetwo');
  assert.is(readFileSync(path, 'utf8'), 'three');
});

test('a log that cannot be written is said once, and takes nobody down', () => {
  const said: string[] = [];
  const log = openLogFile({
    path: '/dev/full',
    maxBytes: 0,
    backups: 0,
    onTrouble: (message) => said.push(message),
  });
  for (let count = 0; count < 5; count++) log.write(Buffer.from('lost'));
  log.close();
  assert.equal(said, ['cannot write /dev/full: ENOSPC']);
});

test('followers hear every byte, and of the clearing', async () => {
  const { log } = aLog(0, 0);
  const heard: string[] = [];
  const stop = log.follow((event) =>
    heard.push(event.kind === 'data' ? String(Buffer.from(event.chunk)) : event.kind),
  );
  log.write(Buffer.from('one'));
  assert.equal(await log.clear(), { kind: 'cleared' });
  log.write(Buffer.from('two'));
  stop();
  log.write(Buffer.from('three'));
  log.close();
  assert.equal(heard, ['one', 'cleared', 'two']);
});

test('a line of the main log has the shape of supervisord’s', () => {
  const at = new Date(2026, 10, 21, 5, 4, 3, 7).getTime();
  assert.is(formatEntry('warn', 'x', at), '2026-11-21 05:04:03,007 WARN x');
  assert.is(formatEntry('critical', 'x', at), '2026-11-21 05:04:03,007 CRIT x');
  assert.is(formatEntry('error', 'x', at), '2026-11-21 05:04:03,007 ERRO x');
  assert.is(formatEntry('debug', 'x', at), '2026-11-21 05:04:03,007 DEBG x');
});

test.run();
