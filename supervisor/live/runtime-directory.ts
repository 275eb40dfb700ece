// Where the control socket and the state live: /run/initkit, or a directory of our own below /tmp for a user who may not
// write there (docker run --user, with and without --read-only).

import { lstatSync, mkdirSync, accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '../model.ts';

const PREFERRED = '/run/initkit';
/** Programs of other users reach their notification sockets in it; what is in it has modes of its own. */
const MODE = 0o711;

/** The directory to use, made if it is not there; null where no place may be written to. */
export function makeRuntimeDirectory(): string | null {
  return candidates().find((directory) => isUsable(directory)) ?? null;
}

/** Every place where a supervisor of this user may have left something. */
export function candidates(): readonly string[] {
  return [PREFERRED, join(tmpdir(), `initkit-${process.getuid?.() ?? 0}`)];
}

/** The plan with its socket below the directory that we have, where it was to be below the one that we have not. */
export function relocate(plan: Plan, directory: string | null): Plan {
  const { unixServer } = plan;
  if (unixServer === null || directory === null || !unixServer.file.startsWith(`${PREFERRED}/`)) return plan;
  const file = join(directory, unixServer.file.slice(PREFERRED.length));
  return { ...plan, unixServer: { ...unixServer, file } };
}

/** A directory that somebody else has prepared for us below /tmp is not used. */
function isUsable(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: MODE });
    const stat = lstatSync(directory);
    accessSync(directory, constants.W_OK);
    return stat.isDirectory() && (directory === PREFERRED || stat.uid === process.getuid?.());
  } catch {
    return false;
  }
}
