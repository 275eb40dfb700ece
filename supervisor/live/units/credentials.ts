// SetCredential= and LoadCredential=: files below /run/credentials, made for a unit before its first process and removed
// after its last (systemd.exec(5), "Credentials"). systemd puts them on a file system of their own, in memory; here they
// are where /run is.

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { ExecSettings } from '../../units/model.ts';
import type { Owner } from './directories.ts';

type CredentialSettings = Pick<ExecSettings, 'setCredentials' | 'loadCredentials'>;

const PLACE = '/run/credentials';
/** Where a source that is no path is looked for, in this order. */
const STORES = [
  `${PLACE}/@system`,
  '/etc/credstore',
  '/run/credstore',
  '/usr/local/lib/credstore',
  '/usr/lib/credstore',
];
/** All credentials of a unit together. */
const MOST_BYTES = 1024 * 1024;

export function credentialVariables(unit: string, settings: CredentialSettings): Record<string, string> {
  return hasCredentials(settings) ? { CREDENTIALS_DIRECTORY: join(PLACE, unit) } : {};
}

function hasCredentials({ setCredentials, loadCredentials }: CredentialSettings): boolean {
  return setCredentials.length + loadCredentials.length > 0;
}

/**
 * Makes them, once for all commands of a run; only their owner may read them. Throws what the file system says, or
 * UserError.
 */
export function makeCredentials(unit: string, settings: CredentialSettings, owner: Owner | null): void {
  const place = join(PLACE, unit);
  if (!hasCredentials(settings) || existsSync(place)) return;
  const files = contentsOf(settings);
  const bytes = [...files].reduce((sum, [name, content]) => sum + name.length + content.length, 0);
  if (bytes > MOST_BYTES) throw new UserError(`more than ${MOST_BYTES} bytes`);
  // Nobody sees half of them: the directory gets its name when all are in it.
  const workshop = join(PLACE, `.#${unit}`);
  rmSync(workshop, { recursive: true, force: true });
  mkdirSync(PLACE, { recursive: true, mode: 0o755 });
  mkdirSync(workshop, { mode: 0o700 });
  for (const [name, content] of files) give(join(workshop, name), content, owner);
  chmodSync(workshop, 0o500);
  if (owner !== null) chownSync(workshop, owner.uid, -1);
  renameSync(workshop, place);
}

/** What LoadCredential= finds comes before what SetCredential= has for when it finds nothing. */
function contentsOf({ setCredentials, loadCredentials }: CredentialSettings): Map<string, Buffer> {
  const set = new Map(setCredentials);
  const files = new Map<string, Buffer>();
  for (const [id, source] of loadCredentials) {
    const isPath = source.startsWith('/');
    const path = isPath
      ? source
      : STORES.map((store) => join(store, source)).find((each) => existsSync(each));
    if (path !== undefined && existsSync(path)) addFrom(path, id, files);
    else if (isPath && !set.has(id)) throw new UserError(`cannot read ${source}: No such file or directory`);
  }
  for (const [id, value] of set) if (!files.has(id)) files.set(id, Buffer.from(value));
  return files;
}

/** A file as it is; of a directory all that is in it, the parts of their paths joined by `_`. */
function addFrom(path: string, id: string, files: Map<string, Buffer>): void {
  if (!statSync(path).isDirectory()) {
    files.set(id, readFileSync(path));
    return;
  }
  for (const name of readdirSync(path).toSorted()) addFrom(join(path, name), `${id}_${name}`, files);
}

function give(path: string, content: Buffer, owner: Owner | null): void {
  writeFileSync(path, content, { mode: 0o400, flag: 'wx' });
  // Whatever our umask is.
  chmodSync(path, 0o400);
  if (owner !== null) chownSync(path, owner.uid, -1);
}

/** Removes those of a unit that has ended. */
export function removeCredentials(unit: string, settings: CredentialSettings): void {
  if (!hasCredentials(settings)) return;
  const place = join(PLACE, unit);
  try {
    rmSync(place, { recursive: true, force: true });
  } catch {
    // A read-only /run: it had none.
  }
}
