// A log file that rotates itself and never takes the supervisor down: what cannot be written is counted and said.

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { openDevice } from './device.ts';
import { isDue, rotationSteps } from './rotation.ts';
import { createFollowers, type ReadableSink } from './sink.ts';

const DEFAULT_MODE = 0o644;

export interface LogFileOptions {
  readonly path: string;
  /** 0 means that the file is never rotated. */
  readonly maxBytes: number;
  readonly backups: number;
  /** Of a file that is created. */
  readonly mode?: number;
  /** Called once per kind of trouble until a write succeeds again: `cannot write /var/log/x: ENOSPC`. */
  readonly onTrouble: (message: string) => void;
}

/** Opens the file for appending; throws the error of open(2), so that a program with a bad log file does not start. */
export function openLogFile(options: LogFileOptions): ReadableSink {
  const { path, maxBytes, backups, mode = DEFAULT_MODE, onTrouble } = options;
  const device = openDevice(path, onTrouble);
  if (device !== null) return device;
  const followers = createFollowers();
  let file = open(path, mode);
  let trouble: string | null = null;
  let lost = 0;
  let closed = false;

  const failed = (what: string, error: unknown): void => {
    const message = `cannot ${what} ${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
    if (message !== trouble) onTrouble(message);
    trouble = message;
  };
  const append = (chunk: Buffer): void => {
    // An orphan may still write to a program that was removed: by now the descriptor may be somebody else's.
    if (closed) return;
    let written = 0;
    try {
      while (written < chunk.length) written += writeSync(file.descriptor, chunk, written);
      if (trouble !== null) onTrouble(`can write ${path} again, after ${lost} bytes were lost`);
      trouble = null;
      lost = 0;
    } catch (error) {
      lost += chunk.length - written;
      failed('write', error);
    }
    file.size += written;
  };
  const reopen = (): void => {
    if (closed) return;
    try {
      const next = open(path, mode);
      closeSync(file.descriptor);
      file = next;
    } catch (error) {
      failed('reopen', error);
    }
  };
  const rotate = (): void => {
    for (const step of rotationSteps(path, backups)) {
      try {
        if (step.type === 'truncate') ftruncateSync(file.descriptor);
        else if (step.type === 'remove') rmSync(step.path, { force: true });
        else renameSync(step.from, step.to);
      } catch (error) {
        // A gap in the row of backups is no trouble.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') failed('rotate', error);
      }
    }
    if (backups > 0) reopen();
    else file.size = 0;
  };

  return {
    place: { kind: 'file', path },
    write(chunk) {
      append(chunk);
      followers.tell({ kind: 'data', chunk });
      if (!closed && file.rotates && isDue(file.size, maxBytes)) rotate();
      return true;
    },
    reopen,
    clear() {
      try {
        if (file.rotates) ftruncateSync(file.descriptor);
        file.size = 0;
        followers.tell({ kind: 'cleared' });
        return Promise.resolve({ kind: 'cleared' });
      } catch (error) {
        return Promise.resolve({ kind: 'failed', message: (error as Error).message });
      }
    },
    follow: (listener) => followers.add(listener),
    close() {
      if (!closed) closeSync(file.descriptor);
      closed = true;
    },
  };
}

interface OpenFile {
  readonly descriptor: number;
  size: number;
  /** Only a regular file has a size to look at; a FIFO or a device is written to as it is. */
  readonly rotates: boolean;
}

function open(path: string, mode: number): OpenFile {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, mode);
  const stat = fstatSync(descriptor);
  return { descriptor, size: stat.size, rotates: stat.isFile() };
}
