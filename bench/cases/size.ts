// What a supervisor adds to an image: bytes on disk and compressed, and of every further image of the family.

import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import type { Case, Metric } from '../case.ts';
import { atEnd, baseImage, docker, program, removeImages, RUN, TOOLKIT_SOURCES } from '../engine.ts';

/** From Debian, with all that they need; our own is in the base image already. */
const PACKAGES = { supervisord: 'supervisor', s6: 's6', runit: 'runit', tini: 'tini' };

const MIB = 1 << 20;

export const size: Case = {
  name: 'size',
  title: 'what a supervisor adds to an image',
  place: 'host',
  rounds: 1,
  metrics: [
    ...(['on disk', 'compressed'] as const).map((name): Metric => ({
      name,
      title: `added to an image, ${name}`,
      unit: 'MiB',
      better: 'lower',
      contenders: ['initkit', 'supervisord', 's6', 'runit', 'tini'],
      aims: [],
    })),
    {
      name: 'further',
      title: 'added to each further image of the family, on disk',
      unit: 'kiB',
      better: 'lower',
      contenders: ['initkit'],
      aims: [{ of: 'initkit', atMost: 0 }],
    },
  ],
  async run(bench) {
    const folder = mkdtempSync(join(tmpdir(), 'initkit-bench-'));
    atEnd(() => rmSync(folder, { recursive: true, force: true }));
    bench.note('building a further image');
    const further = await bytesOver(await furtherImage(folder), baseImage(), folder);
    bench.sample({ metric: 'further', contender: 'initkit', round: 0, value: further / 1024 });
    const ours = await layersOf(baseImage(), folder);
    const [root] = ours;
    if (root === undefined) throw new Error(`${baseImage()} has no layers`);
    await report('initkit', ours.slice(1));
    const rootImage = await importLayer(root.file, folder);
    for (const [contender, name] of Object.entries(PACKAGES)) {
      bench.note(`installing ${name}`);
      await report(contender, (await layersOf(await installed(name, rootImage, folder), folder)).slice(1));
    }

    async function report(contender: string, layers: readonly Layer[]): Promise<void> {
      let disk = 0;
      let compressed = 0;
      for (const layer of layers) {
        disk += statSync(layer.file).size;
        compressed += await gzipSize(layer.file);
      }
      bench.sample({ metric: 'on disk', contender, round: 0, value: disk / MIB });
      bench.sample({ metric: 'compressed', contender, round: 0, value: compressed / MIB });
    }
  },
};

interface Layer {
  /** A tar file. */
  readonly file: string;
}

/** The layers of an image, the lowest first. */
async function layersOf(image: string, parent: string): Promise<Layer[]> {
  const folder = mkdtempSync(join(parent, 'saved-'));
  await docker('save', '--output', join(folder, 'image.tar'), image);
  await program('tar', ['--extract', '--file', 'image.tar'], { cwd: folder });
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { Layers: string[] }[];
  return (manifest[0]?.Layers ?? []).map((layer) => ({ file: join(folder, layer) }));
}

/** An image of the family that adds nothing of its own, as our toolkit builds it. */
async function furtherImage(parent: string): Promise<string> {
  const repository = mkdtempSync(join(parent, 'repository-'));
  const name = `${RUN}-further`;
  atEnd(() => removeImages(name));
  const folder = join(repository, 'images/further');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'image.ini'), `[image]\nname = ${name}\n`);
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${baseImage()}\n`);
  execFileSync('git', ['init', '--quiet', repository]);
  await program(process.execPath, [...TOOLKIT_SOURCES, 'build', '--dir', repository], { cwd: repository });
  return name;
}

/** The bytes of those layers of an image that another one does not have. */
async function bytesOver(image: string, other: string, folder: string): Promise<number> {
  const shared = new Set(await layerIds(other));
  const [ids, layers] = [await layerIds(image), await layersOf(image, folder)];
  return layers.reduce(
    (bytes, { file }, index) => bytes + (shared.has(ids[index] ?? '') ? 0 : statSync(file).size),
    0,
  );
}

/** Hashes of what the layers hold, the lowest first. */
async function layerIds(image: string): Promise<string[]> {
  return JSON.parse(
    await docker('image', 'inspect', '--format', '{{json .RootFS.Layers}}', image),
  ) as string[];
}

/** The root file system alone, as an image of its own. */
async function importLayer(file: string, folder: string): Promise<string> {
  const name = `${RUN}-root`;
  atEnd(async () => void (await docker('rmi', '--force', name)));
  await docker('import', file, name);
  writeFileSync(join(folder, 'Dockerfile'), '');
  return name;
}

async function installed(debianPackage: string, from: string, folder: string): Promise<string> {
  const name = `${RUN}-${debianPackage}`;
  atEnd(async () => void (await docker('rmi', '--force', name)));
  const context = mkdtempSync(join(folder, 'context-'));
  const clean =
    'rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /var/cache/debconf/*-old /var/cache/ldconfig/aux-cache';
  writeFileSync(
    join(context, 'Dockerfile'),
    `FROM ${from}\nRUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ${debianPackage} && ${clean}\n`,
  );
  await docker('build', '--force-rm', '--tag', name, context);
  return name;
}

async function gzipSize(file: string): Promise<number> {
  let bytes = 0;
  for await (const chunk of createReadStream(file).pipe(createGzip())) bytes += (chunk as Buffer).length;
  return bytes;
}
