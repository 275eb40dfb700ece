// A million lines, while files are rotated and forwarder and servers are killed: every line is counted at both ends.

import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../support/build.ts';
import { makeAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import {
  createTail,
  killPrograms,
  startForwarder,
  startServerProgram,
  type Program,
} from '../support/forwarder.ts';
import { seeded } from '../support/random.ts';

const test = suite('a million lines');

test.after(killPrograms);

const LINES = Number(process.env['INITKIT_TEST_LINES'] ?? 1_000_000);
/** Written at a time; so many lines are in a file when it is rotated, about. */
const CHUNK = 2000;
const FILES = ['renamed', 'renamed-in-sight', 'copied', 'moved-away'] as const;

test('none is lost, and only what is in flight at a kill comes twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'initkit-million-'));
  const logs = join(folder, 'logs');
  const random = seeded();
  const issued = makeAuthority(folder).issue('localhost', ['IP:127.0.0.1']);
  const ports = [await freePort(), await freePort()];
  const outputs = ports.map((port) => join(folder, `received-${port}`));
  const tails = outputs.map(createTail);
  const serve = (index: number): Promise<Program> =>
    startServerProgram(ports[index] ?? 0, { ...issued, output: outputs[index] ?? '' });
  const config = {
    network: {
      servers: ports.map((port) => `127.0.0.1:${port}`),
      'ssl ca': join(folder, 'ca.crt'),
      timeout: 30,
    },
    files: [
      { paths: [join(logs, '*.log')], fields: { type: 'a' } },
      { paths: [join(logs, 'renamed-in-sight.log.*')], fields: { type: 'b' } },
    ],
  };
  const servers = [await serve(0), await serve(1)];
  let forwarder = startForwarder({ folder, config });

  const received = new Uint16Array(LINES);
  let distinct = 0;
  let total = 0;
  const count = (): number => {
    for (const line of tails.flatMap((tail) => tail.next())) {
      const id = Number(/^(\d+) \w+$/.exec(line)?.[1] ?? NaN);
      assert.ok(id < LINES, `a line that nobody wrote: ${line.slice(0, 100)}`);
      if (received[id] === 0) distinct += 1;
      received[id] = (received[id] ?? 0) + 1;
      total += 1;
    }
    return distinct;
  };

  let written = 0;
  let rotations = 0;
  /** The first line of each file as it is now. */
  const firstLine = new Map<string, number>();
  const lastLine = new Map<string, number>();
  /** The last line that was moved out of the directory: only who has the file open can read it there. */
  let outOfReach = -1;
  let kills = 0;
  const write = (): void => {
    const name = FILES[Math.floor(random() * FILES.length)] ?? 'renamed';
    const path = join(logs, `${name}.log`);
    if (!firstLine.has(name)) firstLine.set(name, written);
    const end = Math.min(LINES, written + CHUNK);
    lastLine.set(name, end - 1);
    let text = '';
    for (; written < end; written += 1) text += `${written} ${'x'.repeat(20 + (written % 40))}\n`;
    // Half lines, too: the forwarder must wait for the rest.
    const cut = Math.floor(random() * text.length);
    appendFileSync(path, text.slice(0, cut));
    appendFileSync(path, text.slice(cut));
  };
  const rotate = async (): Promise<void> => {
    const name = FILES[rotations % FILES.length] ?? 'renamed';
    const path = join(logs, `${name}.log`);
    const first = firstLine.get(name);
    rotations += 1;
    if (first === undefined) return;
    firstLine.delete(name);
    if (name === 'copied') {
      // Whoever truncates a file takes from the forwarder what it has not read: it is given the time to.
      await eventually('everything so far', () => count() === written, forwarder.output);
      copyFileSync(path, `${path}.${rotations}`);
      truncateSync(path);
      return;
    }
    // Under its new name no pattern finds it: the forwarder must have seen it before.
    await eventually('the first line', () => count() > 0 && received[first] !== 0, forwarder.output);
    if (name === 'moved-away') outOfReach = lastLine.get(name) ?? -1;
    renameSync(path, name === 'moved-away' ? join(folder, `moved.${rotations}`) : `${path}.${rotations}`);
  };
  mkdirSync(logs);
  const startedAt = performance.now();
  for (let step = 1; written < LINES; step += 1) {
    write();
    // Neither disk nor memory is to hold all of it: the writers of a real host wait as well.
    await eventually('the forwarder to keep up', () => written - count() < 100_000, forwarder.output);
    if (step % 12 === 0) await rotate();
    if (step % 60 === 0) {
      kills += 1;
      if (kills % 2 === 0) {
        await eventually(
          'what is out of reach',
          () => count() > 0 && received[outOfReach] !== 0,
          forwarder.output,
        );
        await forwarder.stop('SIGKILL');
        forwarder = startForwarder({ folder, config });
      } else {
        const index = (kills >> 1) % 2;
        await servers[index]?.stop('SIGKILL');
        servers[index] = await serve(index);
      }
    }
  }
  await eventually(
    'all lines',
    () => count() === LINES,
    () => `${distinct} of ${LINES}\n${forwarder.output()}`,
  );
  const seconds = (performance.now() - startedAt) / 1000;
  assert.is(await forwarder.stop(), 0, forwarder.output());
  await Promise.all(servers.map((server) => server.stop()));
  count();
  const twice = total - LINES;
  console.log(
    `${LINES} lines, ${rotations} rotations, ${kills} kills, ${twice} came twice, ${seconds.toFixed(0)} s`,
  );
  // Two batches of 1,024 lines are in flight at most.
  assert.ok(twice <= kills * 2 * 1024, `${twice} came twice after ${kills} kills`);
  rmSync(folder, { recursive: true, force: true });
});

test.run();
