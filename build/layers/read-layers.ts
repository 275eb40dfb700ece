// Lists the files of an image, layer by layer, out of the archive that the engine makes of it.

import type { Engine } from '../model/engine.ts';
import type { LayerFile } from '../report/sizes.ts';
import { listLayer } from './clamp.ts';

/** From the first layer to the last. */
export async function readLayers(engine: Engine, id: string): Promise<LayerFile[][]> {
  const lists = new Map<string, LayerFile[]>();
  let manifest: { Layers?: readonly string[] } = {};
  const { extract } = await import('tar-stream');
  const stream = await engine.save(id);
  const tar = extract();
  stream.on('error', (error) => tar.destroy(error));
  stream.pipe(tar);
  for await (const entry of tar) {
    const { name, type } = entry.header;
    if (name === 'manifest.json') {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      [manifest = {}] = JSON.parse(Buffer.concat(chunks).toString()) as { Layers?: string[] }[];
    } else if (type === 'file' && (name.endsWith('/layer.tar') || name.startsWith('blobs/'))) {
      lists.set(name, await listLayer(entry as AsyncIterable<Buffer>));
    }
    entry.resume();
  }
  return (manifest.Layers ?? []).map((name) => lists.get(name) ?? []);
}
