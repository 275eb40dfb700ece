// Four images built cold, again unchanged, and with one file changed: our toolkit beside docker's own builders.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interleave, type Bench, type Case } from '../case.ts';
import { atEnd, baseImage, program, removeImages, RUN } from '../engine.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** As npm installs it. */
const TOOLKIT = join(ROOT, 'dist/initkit.cjs');

/** A large file, a small one, many files, and a command. */
const IMAGES = ['big', 'small', 'many', 'command'];
const BIG_BYTES = 150 << 20;
const MANY_FILES = 500;

const STEPS = ['cold', 'unchanged', 'one file'] as const;
type Step = (typeof STEPS)[number];

const BOUNDS: Readonly<Record<Step, number>> = { cold: 0.9, unchanged: 0.25, 'one file': 0.5 };

interface Builder {
  readonly name: string;
  build(folder: string, prefix: string, step: Step): Promise<void>;
}

export const build: Case = {
  name: 'build',
  title: 'four images built',
  place: 'host',
  rounds: 2,
  metrics: STEPS.map((step) => ({
    name: step,
    title: `four images, ${step}`,
    unit: 's',
    better: 'lower',
    contenders: ['initkit', 'docker classic', 'docker BuildKit'],
    aims: ['docker classic', 'docker BuildKit'].map((to) => ({ of: 'initkit', to, atMost: BOUNDS[step] })),
  })),
  async run(bench) {
    await program(process.execPath, [join(ROOT, 'build/release.ts')], { cwd: ROOT });
    const kit = await buildKitClient();
    if (kit === null) bench.note('no docker client here can use BuildKit: it is left out');
    const builders = [ours, ...(kit === null ? [classic('docker')] : [classic(kit), buildKit(kit)])];
    await interleave(bench, builders, (builder, round) => measure(bench, builder, round));
  },
};

async function measure(bench: Bench, builder: Builder, round: number): Promise<void> {
  const prefix = `${RUN}-${builder.name.toLowerCase().replaceAll(' ', '-')}-${round}`;
  const folder = makeRepository(prefix);
  atEnd(async () => {
    for (const image of IMAGES) await removeImages(`${prefix}-${image}`);
  });
  for (const step of STEPS) {
    if (step === 'one file') writeFileSync(join(folder, 'images/many/files/7'), 'changed');
    const startedAt = performance.now();
    await builder.build(folder, prefix, step);
    bench.sample({
      metric: step,
      contender: builder.name,
      round,
      value: (performance.now() - startedAt) / 1000,
    });
  }
  for (const image of IMAGES) await removeImages(`${prefix}-${image}`);
  rmSync(folder, { recursive: true });
}

const ours: Builder = {
  name: 'initkit',
  async build(folder, _prefix, step) {
    const options = step === 'cold' ? ['--no-cache'] : [];
    const parameters = [TOOLKIT, 'build', '--dir', folder, ...options];
    await program(process.execPath, parameters, { cwd: folder });
  },
};

function classic(client: string): Builder {
  return { name: 'docker classic', build: inTurn(client, '0') };
}

function buildKit(client: string): Builder {
  return { name: 'docker BuildKit', build: inTurn(client, '1') };
}

/** As a script does it: one after the other. */
function inTurn(client: string, buildkit: '0' | '1'): Builder['build'] {
  return async (folder, prefix, step) => {
    for (const image of IMAGES) {
      const options = ['--tag', `${prefix}-${image}`, ...(step === 'cold' ? ['--no-cache'] : [])];
      const environment = { DOCKER_BUILDKIT: buildkit };
      await program(client, ['build', ...options, join(folder, 'images', image)], { environment });
    }
  };
}

/** Every round has content of its own: nothing of it is in any cache. */
function makeRepository(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'initkit-bench-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const write = (path: string, content: string | Buffer): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  for (const image of IMAGES) {
    write(`images/${image}/image.ini`, `[image]\nname = ${prefix}-${image}\n`);
    const copy =
      image === 'command' ? 'RUN echo $(date +%s%N) >/made && cp -a /etc /copied' : 'COPY files/ /srv/';
    write(`images/${image}/Dockerfile`, `FROM ${baseImage()}\n${copy}\n`);
  }
  write('images/big/files/big', randomBytes(BIG_BYTES));
  write('images/small/files/small', randomBytes(300 << 10));
  for (let number = 0; number < MANY_FILES; number++) write(`images/many/files/${number}`, randomBytes(1024));
  execFileSync('git', ['init', '--quiet', folder]);
  return folder;
}

/** A client with BuildKit of its own, or with buildx; null where there is none. */
async function buildKitClient(): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'initkit-bench-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${baseImage()}\n`);
  const clients = (process.env['PATH'] ?? '').split(delimiter).map((each) => join(each, 'docker'));
  for (const client of new Set(clients.filter((each) => existsSync(each)))) {
    try {
      await program(client, ['build', '--quiet', folder], { environment: { DOCKER_BUILDKIT: '1' } });
      return client;
    } catch {
      // Another one may have it.
    }
  }
  return null;
}
