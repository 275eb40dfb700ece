// The files that the configuration's patterns name: found, followed, recognised under other names, and let go.

import { closeSync, fstatSync, openSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { FilesConfig } from '../decide/config.ts';
import { isDirectory, matchesOf } from './directories.ts';
import { follow, type Follower, type FollowerOptions } from './follower.ts';
import { identityKey, resumeOffset } from './identity.ts';
import { pathBytes } from './paths.ts';
import type { Pattern } from '../decide/patterns.ts';
import type { Position, Registry } from './registry.ts';
import { createRemembered } from './remembered.ts';

export interface FileGroup {
  readonly patterns: readonly Pattern[];
  readonly config: FilesConfig;
}

export interface FilesOptions {
  readonly groups: readonly FileGroup[];
  readonly registry: Registry;
  readonly host: string;
  readonly longestLine: number;
  readonly onWake: (follower: Follower) => void;
  /** What is to be remembered has changed. */
  readonly onArrived: () => void;
  readonly log: (message: string) => void;
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
  /** Milliseconds since 1970, which the files' times are compared with. */
  readonly wallClock: () => number;
}

export interface Files {
  /** Looks at everything that the patterns name; the first time, also for what was renamed while nobody looked. */
  scan(): void;
  /** Looks at one path, which may be new, gone, or another file than before. */
  examine(path: string): void;
  /** Closes what has been silent for too long, and looks at what inotify does not watch. */
  tidy(): void;
  /** Whether there are open files that inotify does not tell of. */
  hasUnwatched(): boolean;
  positions(): Position[];
  close(): void;
}

export function createFiles(options: FilesOptions): Files {
  const { groups, registry, log } = options;
  /** By device and inode; several names may lead to one. */
  const followers = new Map<string, Follower>();
  const remembered = createRemembered(registry.positions);
  const complaints = new Map<string, string>();

  const groupOf = (path: string): FileGroup | undefined =>
    groups.find(({ patterns }) => patterns.some((pattern) => pattern.matches(path)));

  const examine = (path: string): void => {
    const group = groupOf(path);
    if (group === undefined) return;
    let stats: Stats | undefined;
    try {
      stats = statSync(pathBytes(path), { throwIfNoEntry: false });
    } catch (error) {
      return complain(path, error);
    }
    // What is not there any more is read to its end by its descriptor.
    if (stats === undefined || !stats.isFile()) return;
    const known = followers.get(identityKey(stats));
    if (known === undefined) return begin(path, group);
    if (known.wake(path)) options.onWake(known);
  };

  const begin = (path: string, group: FileGroup): void => {
    let fd: number | undefined;
    let follower: Follower;
    try {
      fd = openSync(pathBytes(path), 'r');
      const stats = fstatSync(fd);
      if (followers.has(identityKey(stats)) || !stats.isFile()) return closeSync(fd);
      const position = remembered.take(path, fd, stats);
      follower = follow(path, fd, startOf(fd, path, stats, group, position), followerOptions(group));
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      return complain(path, error);
    }
    complaints.delete(path);
    followers.set(follower.key, follower);
    // Remembered from the first: it may be renamed, and we be killed, before anything of it has arrived.
    options.onArrived();
    options.onWake(follower);
  };

  const startOf = (fd: number, path: string, stats: Stats, group: FileGroup, position?: Position): number => {
    if (position !== undefined) return resumeOffset(fd, position);
    const silentMs = options.wallClock() - stats.mtimeMs;
    // With the memory lost, all may be unsent.
    if (silentMs < group.config.deadTimeMs || registry.damaged) return 0;
    log(
      `${path} was last written ${Math.round(silentMs / 1000)} s ago, before its dead time: only what comes is sent`,
    );
    return stats.size;
  };

  const followerOptions = (group: FileGroup): FollowerOptions => ({
    host: options.host,
    fields: group.config.fields,
    deadTimeMs: group.config.deadTimeMs,
    longestLine: options.longestLine,
    onWake: options.onWake,
    onArrived: options.onArrived,
    log,
    now: options.now,
  });

  const complain = (path: string, error: unknown): void => {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || complaints.get(path) === code) return;
    complaints.set(path, code);
    log(`cannot read ${path}: ${message}`);
  };

  /** A file that was renamed while nobody looked, to a name that no pattern has: its rest is still unsent. */
  const followRest = (position: Position, path: string): void => {
    const group = groupOf(position.path);
    if (group === undefined) return remembered.keep(position);
    try {
      const fd = openSync(pathBytes(path), 'r');
      const key = identityKey(fstatSync(fd));
      if (followers.has(key) || resumeOffset(fd, position) < position.offset) return closeSync(fd);
      log(`${position.path} is ${path} now: sending its rest`);
      const follower = follow(position.path, fd, position.offset, followerOptions(group));
      followers.set(key, follower);
      follower.wake(path);
      options.onWake(follower);
    } catch (error) {
      remembered.keep(position);
      complain(path, error);
    }
  };

  let scanned = false;
  return {
    scan() {
      const without: string[] = [];
      for (const pattern of groups.flatMap(({ patterns }) => patterns)) {
        const paths = matchesOf(pattern, complain);
        for (const path of paths) examine(path);
        if (!scanned && paths.every((path) => isDirectory(path))) without.push(pattern.text);
      }
      if (scanned) return;
      scanned = true;
      for (const { position, path } of remembered.findRenamed()) followRest(position, path);
      if (without.length > 0) log(`no files yet: ${without.map(adviceFor).join(', ')}`);
    },
    examine,
    tidy() {
      for (const [key, follower] of followers) {
        if (follower.isOpen() && !follower.isWatched()) options.onWake(follower);
        if (follower.tidy() === 'gone') {
          followers.delete(key);
          remembered.keep(follower.position());
          options.onArrived();
        }
      }
    },
    hasUnwatched: () => [...followers.values()].some((each) => each.isOpen() && !each.isWatched()),
    positions: () => [
      ...[...followers.values()].map((follower) => follower.position()),
      ...remembered.positions(),
    ],
    close() {
      for (const follower of followers.values()) follower.close();
    },
  };
}

function adviceFor(path: string): string {
  return isDirectory(path) ? `${path} (a directory: ${join(path, '*')} are the files in it)` : path;
}
