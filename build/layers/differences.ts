// Compares two images that should be one, path by path.

import type { LayerEntry } from './clamp.ts';

interface Layer {
  readonly diffId: string;
  readonly entries: readonly LayerEntry[];
}

/** `layer 2: etc/shadow`, in the order of layers and paths; what only one of them has is marked. */
export function differences(left: readonly Layer[], right: readonly Layer[]): string[] {
  const count = Math.max(left.length, right.length);
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const [one, other] = [left[index], right[index]];
    if (one?.diffId === other?.diffId) return [];
    const [ones, others] = [byPath(one), byPath(other)];
    const paths = [...new Set([...ones.keys(), ...others.keys()])].toSorted();
    const told = paths.flatMap((path) => {
      const [a, b] = [ones.get(path), others.get(path)];
      if (a === b) return [];
      const how = a === undefined ? ' (second only)' : b === undefined ? ' (first only)' : '';
      return [`layer ${index + 1}: /${path}${how}`];
    });
    return told.length === 0 ? [`layer ${index + 1}: the same files in another order`] : told;
  });
}

function byPath(layer: Layer | undefined): Map<string, string> {
  return new Map((layer?.entries ?? []).map(({ path, fingerprint }) => [path, fingerprint]));
}
