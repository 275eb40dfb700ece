// Where the bytes of an image are: layer by layer, what it shares with its parent, what later layers throw away.

import type { Layer } from '../model/engine.ts';

export interface Sizes {
  readonly totalBytes: number;
  /** In layers that the image adds to its parent. */
  readonly ownBytes: number;
  /** Of the image that had the name before; undefined where there was none. */
  readonly previousBytes: number | undefined;
  readonly layers: readonly {
    readonly bytes: number;
    readonly createdBy: string;
    readonly isShared: boolean;
  }[];
  /** Only known where the layers were read. */
  readonly waste: Waste | undefined;
}

export interface Waste {
  readonly bytes: number;
  /** Of all bytes that were written, how many are still to be seen. */
  readonly efficiency: number;
  /** The largest first. */
  readonly paths: readonly { readonly path: string; readonly bytes: number }[];
}

export interface LayerFile {
  readonly path: string;
  readonly size: number;
}

const SHOWN_PATHS = 20;

export function sizesOf(
  history: readonly Layer[],
  parentBytes: number,
  previousBytes: number | undefined,
  waste: Waste | undefined,
): Sizes {
  const totalBytes = history.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  let below = 0;
  const layers = history
    .filter((layer) => layer.sizeBytes > 0)
    .map(({ sizeBytes, createdBy }) => {
      below += sizeBytes;
      return { bytes: sizeBytes, createdBy: shortCommand(createdBy), isShared: below <= parentBytes };
    });
  return { totalBytes, ownBytes: Math.max(0, totalBytes - parentBytes), previousBytes, layers, waste };
}

/** A file that a later layer writes again, or deletes (".wh.name", or ".wh..wh..opq" for all of a folder), was in vain. */
export function wasteOf(layers: readonly (readonly LayerFile[])[]): Waste {
  const seen = new Map<string, number>();
  const wasted = new Map<string, number>();
  let written = 0;
  const discard = (path: string): void => {
    const size = seen.get(path) ?? 0;
    seen.delete(path);
    if (size > 0) wasted.set(path, (wasted.get(path) ?? 0) + size);
  };
  const discardBelow = (folder: string): void => {
    for (const path of seen.keys()) if (path.startsWith(`${folder}/`)) discard(path);
  };
  for (const files of layers) {
    const gone = files.flatMap(({ path }) => {
      const [, folder = '', name = ''] = /^(?:(.*)\/)?\.wh\.([^/]*)$/.exec(path) ?? [];
      return name === '' ? [] : [{ folder, name }];
    });
    for (const { folder, name } of gone) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name === '.wh..opq') discardBelow(folder);
      else {
        discard(path);
        discardBelow(path);
      }
    }
    for (const { path, size } of files) {
      if (/(^|\/)\.wh\./.test(path)) continue;
      discard(path);
      seen.set(path, size);
      written += size;
    }
  }
  const bytes = [...wasted.values()].reduce((sum, size) => sum + size, 0);
  const paths = [...wasted]
    .map(([path, size]) => ({ path: `/${path}`, bytes: size }))
    .toSorted((left, right) => right.bytes - left.bytes || (left.path < right.path ? -1 : 1));
  return {
    bytes,
    efficiency: written === 0 ? 1 : Number(((written - bytes) / written).toFixed(4)),
    paths: paths.slice(0, SHOWN_PATHS),
  };
}

/** All images together: what each adds, and what they stand on counted once. */
export function familyBytes(own: readonly number[], bases: readonly number[]): number {
  return [...own, ...bases].reduce((sum, bytes) => sum + bytes, 0);
}

function shortCommand(text: string): string {
  const clean = text
    .replace(/^\/bin\/sh -c (#\(nop\) )?\s*/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return clean.length <= 120 ? clean : `${clean.slice(0, 119)}…`;
}
