// RuntimeDirectory= and its kin: made with their owner and mode before a process starts, and some of them removed after
// the last one has ended (systemd.exec(5), "Sandboxing").

import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ExecSettings, ManagedDirectories } from '../../units/model.ts';

type Kind =
  | 'runtimeDirectory'
  | 'stateDirectory'
  | 'cacheDirectory'
  | 'logsDirectory'
  | 'configurationDirectory';

interface Place {
  readonly base: string;
  readonly variable: string;
  /** What a failure to make it is called (systemd.exec(5), "Process Exit Codes"). */
  readonly exitCode: number;
}

const PLACES: Readonly<Record<Kind, Place>> = {
  runtimeDirectory: { base: '/run', variable: 'RUNTIME_DIRECTORY', exitCode: 233 },
  stateDirectory: { base: '/var/lib', variable: 'STATE_DIRECTORY', exitCode: 238 },
  cacheDirectory: { base: '/var/cache', variable: 'CACHE_DIRECTORY', exitCode: 239 },
  logsDirectory: { base: '/var/log', variable: 'LOGS_DIRECTORY', exitCode: 240 },
  configurationDirectory: { base: '/etc', variable: 'CONFIGURATION_DIRECTORY', exitCode: 241 },
};

const KINDS = Object.keys(PLACES) as Kind[];

/** The variables that tell a process of its directories; several are joined by a colon. */
export function directoryVariables(settings: ExecSettings): Record<string, string> {
  return Object.fromEntries(
    KINDS.filter((kind) => settings[kind].names.length > 0).map((kind) => [
      PLACES[kind].variable,
      settings[kind].names.map((name) => join(PLACES[kind].base, name)).join(':'),
    ]),
  );
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Makes them all; else why not, with the exit code that systemd gives. */
export function makeDirectories(
  settings: ExecSettings,
  owner: Owner | null,
): { readonly exitCode: number; readonly message: string } | null {
  for (const kind of KINDS) {
    const { base, exitCode } = PLACES[kind];
    try {
      makeAll(base, settings[kind], owner, kind !== 'configurationDirectory');
    } catch (error) {
      return { exitCode, message: (error as Error).message };
    }
  }
  return null;
}

/** `adopts`: one that is there already gets the mode and the owner, too; a configuration is left as its owner has it. */
function makeAll(
  base: string,
  { names, mode, symlinks }: ManagedDirectories,
  owner: Owner | null,
  adopts: boolean,
): void {
  for (const name of names) {
    const path = join(base, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    const isNew = mkdirSync(path, { recursive: true, mode }) !== undefined;
    if (!isNew && !adopts) continue;
    chmodSync(path, mode);
    const { uid, gid } = owner ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const found = lstatSync(path);
    if (found.uid !== uid || found.gid !== gid) giveAll(path, uid, gid);
  }
  for (const [name, link] of symlinks) {
    const path = join(base, link);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    rmSync(path, { force: true });
    symlinkSync(relative(dirname(path), join(base, name)), path);
  }
}

/** What another user's service left there becomes this one's, as with systemd. */
function giveAll(path: string, uid: number, gid: number): void {
  chownSync(path, uid, gid);
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    lchownSync(join(entry.parentPath, entry.name), uid, gid);
  }
}

/** Removes the runtime directories of a unit that has ended. */
export function removeRuntimeDirectories({ runtimeDirectory }: ExecSettings): void {
  const { base } = PLACES.runtimeDirectory;
  const paths = [...runtimeDirectory.symlinks.map(([, link]) => link), ...runtimeDirectory.names];
  for (const path of paths) {
    try {
      rmSync(join(base, path), { recursive: true, force: true });
    } catch {
      // A mount in it, or a read-only root: it stays, as with systemd.
    }
  }
}
