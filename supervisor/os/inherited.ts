// The descriptors from 3 on that we were started with, for the one command that takes our place.
//
// Node marks all of them close-on-exec when it starts, and opens its own among their numbers: those are told apart by
// what they are. Its pipes have both ends here, an inherited one has its other end somewhere else.

import { readdirSync, readlinkSync } from 'node:fs';
import { orElse } from './or-else.ts';

export function inheritedDescriptors(): number[] {
  return chooseInherited(
    ownDescriptors().flatMap((name): [number, string][] => {
      try {
        return [[Number(name), readlinkSync(`/proc/self/fd/${name}`)]];
      } catch {
        // The descriptor of the listing itself.
        return [];
      }
    }),
  );
}

/** Without a /proc they cannot be told from node's, and none is handed on. */
function ownDescriptors(): string[] {
  return orElse(() => readdirSync('/proc/self/fd'), []);
}

/** Pure: which of the open descriptors, each with what it refers to, are not node's. */
export function chooseInherited(open: readonly (readonly [descriptor: number, target: string])[]): number[] {
  const targets = open.map(([, target]) => target);
  const hasBothEnds = (target: string): boolean => targets.indexOf(target) !== targets.lastIndexOf(target);
  return open
    .filter(([descriptor]) => descriptor > 2)
    .filter(([, target]) => !target.startsWith('anon_inode:') && target !== '/dev/null')
    .filter(([, target]) => !(target.startsWith('pipe:') && hasBothEnds(target)))
    .map(([descriptor]) => descriptor)
    .toSorted((one, two) => one - two);
}
