// Everything at once, from a seed: programs killed at random while clients call and configurations reload.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, mustDocker, startContainer, type Container } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';
import { SEED, seeded } from '../support/random.ts';
import { processes, residentKib, zombies } from '../support/pid1.ts';

const test = suite('under fire: everything at once');
test.after(cleanUp);

const ROUNDS = 60;
const MEMORY_KIB = 256 * 1024;
const DIRECTORY = '/etc/supervisor/conf.d';

const NAMES = Array.from({ length: 12 }, (_, index) => `p${index}`);

/** Each writes a line per run and one at its orderly end; the priority is what a reload changes. */
function configuration(name: string, priority: number): string {
  const command = `/bin/sh -c 'trap "echo ${name} ends; exit 0" TERM; echo ${name} runs as $$; while :; do sleep 0.05; done'`;
  return `[program:${name}]\\ncommand=${command.replaceAll('\\n', '')}\\nstartsecs=0\\nautorestart=true\\npriority=${priority}\\nlog_format=prefix\\nstdout_logfile=/dev/fd/1\\nstdout_logfile_maxbytes=0\\n`;
}

function writes(name: string, priority: number): string {
  return `printf '%b' "${configuration(name, priority).replaceAll('$', '\\$').replaceAll('"', '\\"')}" > ${DIRECTORY}/${name}.conf`;
}

async function inside(container: Container, script: string): Promise<void> {
  await container.exec('sh', '-c', script);
}

test(`kills, clients and reloads at random leave everything in order (SEED=${SEED})`, async () => {
  const draw = seeded();
  const random = (limit: number): number => Math.floor(draw() * limit);
  const pick = (): string => NAMES[random(NAMES.length)] ?? 'p0';
  const container = await startContainer({ options: ['--tmpfs', DIRECTORY] });
  await container.waitForLog(/no program is configured/);
  await inside(container, NAMES.map((name) => writes(name, 999)).join('\n'));
  await inside(container, 'kill -HUP 1');
  const acts: readonly (() => string)[] = [
    () => `kill -KILL $(initkit pid ${pick()})`,
    () => `kill -SEGV $(initkit pid ${pick()}) $(initkit pid ${pick()})`,
    () => `initkit restart ${pick()}`,
    () => `initkit stop ${pick()}; initkit start all`,
    () => `initkit start ${pick()}`,
    () => `initkit status`,
    () => `initkit signal HUP ${pick()}`,
    () => `${writes(pick(), random(1000))}; kill -HUP 1`,
    () => `${writes(pick(), random(1000))}; initkit update`,
    () => `rm ${DIRECTORY}/${pick()}.conf; initkit update`,
    () => `kill -USR2 1`,
    () => `(sleep 0.0${random(10)} &)`,
  ];
  for (let round = 0; round < ROUNDS; round += 4) {
    const scripts = Array.from({ length: 4 }, () => acts[random(acts.length)]?.() ?? '');
    await Promise.all(scripts.map((script) => inside(container, script)));
  }
  await inside(container, NAMES.map((name) => writes(name, 999)).join('\n'));
  await inside(container, 'initkit update; initkit start all');
  await eventually(
    'all programs RUNNING',
    async () => {
      const { stdout } = await container.exec('initkit', 'status');
      return stdout.match(/RUNNING/g)?.length === NAMES.length;
    },
    async () => `${(await container.exec('initkit', 'status')).stdout}\n${await container.logs()}`,
  );
  await eventually('no zombie', async () => (await zombies(container)) === 0);
  const shells = (await processes(container)).filter(({ name, parent }) => name === 'sh' && parent === 1);
  assert.is(shells.length, NAMES.length, 'one process for each program');
  assert.ok((await residentKib(container)) < MEMORY_KIB);
  await mustDocker('stop', '-t', '60', container.id);
  assert.is(await container.wait(), 0);

  const logs = await container.logs();
  const count = (pattern: RegExp): number => logs.match(pattern)?.length ?? 0;
  assert.not.match(logs, /defect/);
  // Every run is told from its first line to its end.
  const spawned = count(/spawned: 'p\d+' with pid/g);
  assert.is(count(/(exited|stopped): p\d+ \(/g), spawned);
  for (const [, name] of logs.matchAll(/stopped: (p\d+) \(exit status 0\)/g)) assert.ok(name);
  assert.is(
    count(/^p\d+ \| p\d+ ends$/gm),
    count(/stopped: p\d+ \(exit status 0\)/g),
    'no last word is lost',
  );
});

test.run();
