// Takes an image out of the engine, layer by layer, makes it repeatable, and puts it back.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256Of } from '../model/context.ts';
import type { Engine } from '../model/engine.ts';
import { clampLayer, type LayerEntry } from './clamp.ts';
import { repeatableConfig, type ImageJson } from './image-config.ts';

export interface RepeatableImage {
  /** `sha256:…` */
  readonly id: string;
  readonly layers: readonly RepeatableLayer[];
}

export interface RepeatableLayer {
  readonly diffId: string;
  readonly entries: readonly LayerEntry[];
}

interface Manifest {
  readonly Config: string;
  readonly Layers: readonly string[];
}

/** Layers of the parent, which are repeatable already or from elsewhere, stay as they are. */
export async function makeRepeatable(
  engine: Engine,
  id: string,
  parentLayers: readonly string[],
  epoch: number,
  signal: AbortSignal,
): Promise<RepeatableImage> {
  const folder = await mkdtemp(join(tmpdir(), 'initkit-layers-'));
  try {
    const files = await unpack(await engine.save(id), folder, signal);
    const [manifest] = JSON.parse(await readFile(files.path('manifest.json'), 'utf8')) as Manifest[];
    if (manifest === undefined) throw new Error(`the engine gave no manifest of ${id}`);
    const image = JSON.parse(await readFile(files.path(manifest.Config), 'utf8')) as ImageJson;
    const kept = commonLayers(image.rootfs.diff_ids, parentLayers);
    const layers: RepeatableLayer[] = [];
    for (const name of manifest.Layers.slice(kept)) {
      const draft = files.path(name);
      layers.push(await clampFile(draft, `${draft}.out`, epoch));
      signal.throwIfAborted();
    }
    const diffIds = [...image.rootfs.diff_ids.slice(0, kept), ...layers.map(({ diffId }) => diffId)];
    const config = repeatableConfig(image, diffIds, kept, new Date(epoch * 1000).toISOString());
    const made = `sha256:${sha256Of(config)}`;
    if (made !== id)
      await load(
        engine,
        config,
        [
          // The engine has them, and looks at the digest first.
          ...manifest.Layers.slice(0, kept).map(() => undefined),
          ...manifest.Layers.slice(kept).map((name) => `${files.path(name)}.out`),
        ],
        signal,
      );
    return { id: made, layers };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An image out of a configuration and its layers' files; undefined stands for one that the engine has. */
export async function load(
  engine: Engine,
  config: string,
  layers: readonly (string | undefined)[],
  signal: AbortSignal,
): Promise<void> {
  const { pack } = await import('tar-stream');
  const tar = pack();
  const hash = sha256Of(config);
  const names = layers.map((_, index) => `${index}/layer.tar`);
  const manifest = JSON.stringify([{ Config: `${hash}.json`, RepoTags: null, Layers: names }]);
  const write = async (): Promise<void> => {
    tar.entry({ name: `${hash}.json` }, config);
    for (const [index, path] of layers.entries()) {
      if (path === undefined) continue;
      const entry = tar.entry({ name: names[index] ?? '', size: (await stat(path)).size });
      await pipeline(createReadStream(path, { highWaterMark: 1 << 18 }), entry);
    }
    tar.entry({ name: 'manifest.json' }, manifest);
    tar.finalize();
  };
  const writing = write();
  writing.catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))));
  await engine.load(Readable.from(tar, { objectMode: false }), signal);
  await writing;
}

async function clampFile(from: string, to: string, epoch: number): Promise<RepeatableLayer> {
  const entries: LayerEntry[] = [];
  const hash = createHash('sha256');
  const source = createReadStream(from, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>;
  const hashed = async function* (): AsyncGenerator<Buffer> {
    for await (const bytes of clampLayer(source, epoch, (entry) => entries.push(entry))) {
      hash.update(bytes);
      yield bytes;
    }
  };
  await pipeline(hashed, createWriteStream(to));
  return { diffId: `sha256:${hash.digest('hex')}`, entries };
}

/** Every file of the archive, under a name without folders. */
async function unpack(
  stream: NodeJS.ReadableStream,
  folder: string,
  signal: AbortSignal,
): Promise<{ path(name: string): string }> {
  const names = new Map<string, string>();
  const path = (name: string): string => {
    const known = names.get(name) ?? join(folder, String(names.size));
    names.set(name, known);
    return known;
  };
  const { extract } = await import('tar-stream');
  const tar = extract();
  const reading = pipeline(stream, tar, { signal });
  const links = new Map<string, string>();
  for await (const entry of tar) {
    const { name, type, linkname } = entry.header;
    // The same layer twice is a link to the first.
    if (type === 'symlink' && linkname !== undefined && linkname !== null)
      links.set(name, join(name, '..', linkname));
    else if (type === 'file') await pipeline(entry, createWriteStream(path(name)));
    entry.resume();
  }
  await reading;
  for (const [name, target] of links) await writeFile(path(name), await readFile(path(target)));
  return { path };
}

export function commonLayers(layers: readonly string[], parent: readonly string[]): number {
  const differs = parent.findIndex((layer, index) => layers[index] !== layer);
  return differs < 0 ? Math.min(parent.length, layers.length) : differs;
}
