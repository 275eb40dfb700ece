// What systemd.generator(7) describes: before units are read, programs of packages make some (postgresql's one for each
// cluster, tor's, postfix's), and init scripts become units. All of it lands below /run, and is made anew each time.

import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { System } from '../os/system.ts';
import { scanUnitFiles, SEARCH_PATH } from '../units/search.ts';
import { sysvUnits, type InitScript } from '../units/sysv.ts';
import type { UnitSource } from '../units/unit-source.ts';
import { collectOutput } from './collect-output.ts';

/** In the order of their priority: a program of the same name in an earlier one is the one that is run. */
const PROGRAMS = ['/run', '/etc', '/usr/local/lib', '/lib', '/usr/lib'].map(
  (base) => `${base}/systemd/system-generators`,
);

const NORMAL = '/run/systemd/generator';
const LATE = `${NORMAL}.late`;
const DIRECTORIES = [NORMAL, `${NORMAL}.early`, LATE];

const TIMEOUT_MS = 30_000;

/** By this directory, scripts (`service`, `invoke-rc.d`, Ansible) see that there is a systemctl to ask: sd_booted(3). */
const BOOTED = '/run/systemd/system';

/** Says what fails, and goes on without it: what other packages bring is worth running all the same. */
export async function runGenerators(
  system: System,
  source: UnitSource,
  environment: Readonly<Record<string, string>>,
  onTrouble: (message: string) => void,
): Promise<void> {
  try {
    mkdirSync(BOOTED, { recursive: true });
  } catch (error) {
    return onTrouble(`cannot make ${BOOTED}: ${(error as Error).message}`);
  }
  const programs = programsOf();
  const scripts = initScripts();
  if (programs.length === 0 && scripts.length === 0) return;
  try {
    for (const directory of DIRECTORIES) {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
    }
  } catch (error) {
    onTrouble(`cannot generate units: ${(error as Error).message}`);
    return;
  }
  await Promise.all(programs.map((program) => runOne(system, program, environment, onTrouble)));
  const { ids } = scanUnitFiles(
    source,
    SEARCH_PATH.filter((path) => path !== LATE),
  );
  for (const [path, made] of Object.entries(sysvUnits(scripts, (name) => ids.has(name)))) {
    const file = join(LATE, path);
    mkdirSync(dirname(file), { recursive: true });
    if ('link' in made) symlinkSync(made.link, file);
    else writeFileSync(file, made.text);
  }
}

async function runOne(
  system: System,
  program: string,
  environment: Readonly<Record<string, string>>,
  onTrouble: (message: string) => void,
): Promise<void> {
  const running = collectOutput(system, {
    argv: [program, NORMAL, `${NORMAL}.early`, LATE],
    environment: { ...environment, SYSTEMD_SCOPE: 'system', SYSTEMD_VIRTUALIZATION: 'container:docker' },
    descriptor: 1,
    timeoutMs: TIMEOUT_MS,
  });
  const result = await running.result;
  if (result.kind === 'timed out')
    onTrouble(`${program} was ended: it took longer than ${TIMEOUT_MS / 1000} s`);
  else if (result.kind === 'failed') onTrouble(`cannot run ${program}: ${result.message}`);
  else if (result.status.code !== 0)
    onTrouble(`${program} failed: ${result.status.code ?? result.status.signal}`);
}

/** Those of systemd itself ask about disks, the kernel's command line and consoles. */
function programsOf(): string[] {
  const found = new Map<string, string>();
  for (const directory of PROGRAMS) {
    for (const name of listed(directory)) if (!found.has(name)) found.set(name, join(directory, name));
  }
  return [...found].flatMap(([name, path]) =>
    name.startsWith('systemd-') || !isExecutable(path) ? [] : [path],
  );
}

const LEVELS = [2, 3, 4, 5];

function initScripts(): InitScript[] {
  const started = new Map(LEVELS.map((level) => [level, listed(`/etc/rc${level}.d`)]));
  return listed('/etc/init.d').flatMap((name) => {
    const path = join('/etc/init.d', name);
    const text = isExecutable(path) ? readText(path) : null;
    if (text === null) return [];
    const isLink = (link: string): boolean => /^S\d\d/.test(link) && link.slice(3) === name;
    return [{ name, text, levels: LEVELS.filter((level) => started.get(level)?.some(isLink) === true) }];
  });
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
