// One file that is followed by its open descriptor, whatever happens to its name: reads its lines, knows how far it got.

import { closeSync, fstatSync, openSync, watch, type FSWatcher } from 'node:fs';
import { messageSource, type MessageSource } from '../decide/frames.ts';
import { statOf } from './directories.ts';
import {
  fingerprint,
  identityKey,
  NO_TRACES,
  sameTraces,
  tracesAfter,
  tracesOf,
  type Traces,
} from './identity.ts';
import { endOfZeros, readLines } from './reading.ts';
import { pathBytes } from './paths.ts';
import type { Position } from './registry.ts';
import type { Event, Source } from './source.ts';

/** How much of a hole is looked at in one go. */
const HOLE_STEP_BYTES = 64 * 1024 * 1024;

/** How long a file that lost its name is kept open for a writer that still has it: a removed one takes space until then. */
const ROTATED_MS = 10 * 60_000;

export interface FollowerOptions {
  readonly host: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly deadTimeMs: number;
  /** A longer line comes in pieces. */
  readonly longestLine: number;
  /** There may be something to read. */
  readonly onWake: (follower: Follower) => void;
  /** The position has changed. */
  readonly onArrived: () => void;
  readonly log: (message: string) => void;
  /** Milliseconds of any steady clock. */
  readonly now: () => number;
}

export interface Follower extends Source {
  readonly path: string;
  readonly key: string;
  /** It was found under this name: opens it again where it was closed for its silence. Says whether it is open. */
  wake(name: string): boolean;
  isOpen(): boolean;
  /** Closes it when it has been silent for too long. `gone`: it is closed for good, and needs no memory. */
  tidy(): 'kept' | 'gone';
  /** Whether inotify tells of its changes; otherwise somebody must look. */
  isWatched(): boolean;
  position(): Position;
  close(): void;
}

/**
 * Starts to follow an open file at an offset. The path is the one that events tell, and stays when the file is renamed.
 * Takes over the descriptor.
 */
export function follow(path: string, opened: number, offset: number, options: FollowerOptions): Follower {
  const { now, log } = options;
  const source: MessageSource = messageSource(path, options.host, options.fields);
  const identity = fstatSync(opened);
  let name = path;
  let descriptor: number | null = null;
  let watcher: FSWatcher | null = null;
  /** Of what was read so far. */
  let traces = tracesOf(opened, offset);
  let sizeSeen = offset;
  let next = offset;
  /** How far a file of which nothing was read yet is known to hold zeros. */
  let hole = 0;
  let acknowledged = offset;
  /** What position() answered last, while it is still true. */
  let position: Position | null = null;
  /** Counts the times that the file began anew: what was read before says nothing about what is there now. */
  let generation = 0;
  let changedAt = now();
  /** The next read takes what is behind the last newline as well. */
  let takesRest = false;

  const attach = (fd: number): void => {
    descriptor = fd;
    try {
      // The descriptor's own link leads to the file itself, under whatever name it is, and without one.
      watcher = watch(`/proc/self/fd/${fd}`, () => options.onWake(follower));
      watcher.on('error', () => detach());
    } catch {
      watcher = null;
    }
  };
  const detach = (): void => {
    watcher?.close();
    watcher = null;
  };
  const close = (): void => {
    detach();
    if (descriptor !== null) closeSync(descriptor);
    descriptor = null;
  };
  const beginAnew = (why: string): void => {
    log(`${path} ${why}: reading it from its beginning`);
    generation += 1;
    next = 0;
    hole = 0;
    acknowledged = 0;
    traces = NO_TRACES;
    position = null;
    options.onArrived();
  };
  /** Notices a file that was truncated or written anew, by its size and by what it holds; gives its size. */
  const look = (fd: number): number => {
    const { size } = fstatSync(fd);
    if (size < next) beginAnew('was truncated');
    else if (!sameTraces(tracesOf(fd, next), traces)) beginAnew('was written anew');
    if (size !== sizeSeen) changedAt = now();
    sizeSeen = size;
    return size;
  };
  /** A writer that goes on where it was in a file that was truncated leaves a hole before its line, which reads as zeros. */
  const isBehindHole = (fd: number, size: number): boolean => {
    if (next > 0) return true;
    const until = Math.min(size, hole + HOLE_STEP_BYTES);
    hole = endOfZeros(fd, hole, until);
    if (hole === until) {
      // There may be much of it; others have their turn. All zeros are no line yet.
      if (until < size) setImmediate(() => options.onWake(follower));
      return false;
    }
    if (hole > 0) {
      log(`${path} begins with a hole of ${hole} bytes: reading what is behind it`);
      next = hole;
      acknowledged = hole;
      traces = tracesOf(fd, hole);
      position = null;
    }
    return true;
  };
  /** Below a container's image, the first write to a file makes a copy of it: the name leads to that one, we do not. */
  const reopenCopy = (size: number): void => {
    const named = statOf(name);
    if (named === undefined || named.size === size || identityKey(named) !== follower.key) return;
    close();
    follower.wake(name);
  };

  /** Of a file that cannot be read now nothing is known but its inode. */
  const tracesNow = (offset: number): Traces => {
    try {
      return descriptor === null ? NO_TRACES : tracesOf(descriptor, offset);
    } catch {
      return NO_TRACES;
    }
  };
  const sizeNow = (fd: number): number => {
    try {
      return fstatSync(fd).size;
    } catch {
      return sizeSeen;
    }
  };

  const readMore = (mostLines: number): ReturnType<Source['read']> => {
    if (descriptor === null) return NOTHING;
    let size = look(descriptor);
    if (size === next) reopenCopy(size);
    if (size === next && descriptor !== null) size = look(descriptor);
    if (size === next || descriptor === null) return NOTHING;
    if (!isBehindHole(descriptor, size)) return NOTHING;
    const { bytes, lines } = readLines(descriptor, next, size, options.longestLine, mostLines);
    // It may have been truncated and written again since we looked: then this is the middle of something else.
    if (!sameTraces(tracesOf(descriptor, next), traces)) return readMore(mostLines);
    const events = lines.map(({ start, end, text, continues }) => eventOf(start, end, text, continues));
    const [last] = lines.slice(-1);
    let read = last?.end ?? 0;
    if (takesRest && read < bytes.length && lines.length < mostLines && next + bytes.length >= size) {
      events.push(eventOf(read, bytes.length, bytes.subarray(read), false));
      read = bytes.length;
    }
    takesRest = false;
    next += read;
    traces = tracesAfter(traces, bytes.subarray(0, read));
    return { events, bytes: read, more: read > 0 && next < size };

    function eventOf(start: number, end: number, line: Uint8Array, continues: boolean): Event {
      const [at, until, of] = [next + start, next + end, generation];
      return {
        source,
        offset: at,
        line,
        continues,
        arrived() {
          if (of !== generation) return;
          acknowledged = until;
          position = null;
          options.onArrived();
        },
      };
    }
  };

  const follower: Follower = {
    path,
    key: identityKey(identity),
    read(mostLines) {
      try {
        return readMore(mostLines);
      } catch (error) {
        // A broken disk, a file server that is away: it is opened again when it is next looked at.
        log(`cannot read ${path}: ${(error as Error).message}`);
        close();
        return NOTHING;
      }
    },
    wake(at) {
      name = at;
      if (descriptor !== null) return true;
      try {
        const fd = openSync(pathBytes(name), 'r');
        if (identityKey(fstatSync(fd)) !== follower.key) {
          closeSync(fd);
          return false;
        }
        attach(fd);
        changedAt = now();
        return true;
      } catch {
        return false;
      }
    },
    isOpen: () => descriptor !== null,
    isWatched: () => watcher !== null,
    tidy() {
      if (descriptor === null) return isNamed(name, follower.key) ? 'kept' : 'gone';
      const hasName = isNamed(name, follower.key);
      const silentMs = now() - changedAt;
      const limitMs = hasName ? options.deadTimeMs : Math.min(ROTATED_MS, options.deadTimeMs);
      if (silentMs < limitMs) return 'kept';
      if (next < sizeNow(descriptor)) {
        // Nobody has ended this line for so long: it is sent as it stands.
        takesRest = true;
        options.onWake(follower);
        return 'kept';
      }
      if (acknowledged < next) return 'kept';
      close();
      return hasName ? 'kept' : 'gone';
    },
    position() {
      if (position !== null) return position;
      const before = acknowledged === next ? traces : tracesNow(acknowledged);
      position = {
        path,
        dev: String(identity.dev),
        ino: String(identity.ino),
        offset: acknowledged,
        head: fingerprint(before.head),
        tail: fingerprint(before.tail),
      };
      return position;
    },
    close,
  };
  attach(opened);
  return follower;
}

const NOTHING = { events: [], bytes: 0, more: false } as const;

function isNamed(path: string, key: string): boolean {
  const stats = statOf(path);
  return stats !== undefined && identityKey(stats) === key;
}
