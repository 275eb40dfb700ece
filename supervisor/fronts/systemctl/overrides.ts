// revert and edit: drop-ins and copies that override what a package has installed.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findFragment, SEARCH_PATH } from '../../units/search.ts';
import { directoryOf, joinPath } from '../../units/unit-source.ts';
import { Failure } from './failure.ts';
import { fileContext, rootOf } from './file-context.ts';
import { fullName } from './names.ts';
import type { Session } from './session.ts';

/** Where a person, or `systemctl edit`, overrides what the vendor says. */
const OVERRIDING = SEARCH_PATH.filter((path) => /^\/(etc|run)\/systemd\/system(\.control)?$/.test(path));

export async function revert(session: Session, words: readonly string[]): Promise<number> {
  const { io, options, client } = session;
  const root = rootOf(session);
  const { source, files } = fileContext(session);
  for (const word of words) {
    const name = fullName(session, word);
    const paths = files.searchPath
      .map((directory) => joinPath(directory, name))
      .filter((path) => source.kind(path) !== null);
    const hasVendor = paths.some((path) => !OVERRIDING.includes(directoryOf(path)) && path.includes('/lib/'));
    const directories = OVERRIDING.map((directory) => joinPath(directory, `${name}.d`)).filter(
      (path) => source.kind(path) === 'directory',
    );
    const removed = directories.flatMap((path) => [
      ...source.listDirectory(path).map((entry) => joinPath(path, entry)),
      path,
    ]);
    if (hasVendor) removed.push(...paths.filter((path) => OVERRIDING.includes(directoryOf(path))));
    for (const path of removed) {
      rmSync(join(root, path), { recursive: true, force: true });
      if (!options.quiet) io.err(`Removed "${path}".\n`);
    }
  }
  if (client !== null && options.root === null) await client.daemonReload();
  return 0;
}

/** Without a terminal to edit on there is one way, as later versions of systemd have it: `edit --stdin`. */
export async function editUnit(session: Session, words: readonly string[]): Promise<number> {
  const { io, options, client } = session;
  if (!options.stdin) {
    throw new Failure(
      'Cannot edit units if not on a tty: give the text with systemctl edit --stdin, or put a file into /etc/systemd/system/NAME.d/',
    );
  }
  const root = rootOf(session);
  const { files } = fileContext(session);
  const text = readFileSync(0, 'utf8');
  const base = options.runtime ? '/run/systemd/system' : '/etc/systemd/system';
  for (const word of words) {
    const name = fullName(session, word);
    const isNew = findFragment(files, name).kind === 'none';
    if (isNew && options.force === 0)
      throw new Failure(
        `No files found for ${name}.\nRun 'systemctl edit --force --full ${name}' to create a new unit.`,
      );
    const path = options.full ? `${base}/${name}` : `${base}/${name}.d/${options.dropIn}`;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    if (!options.quiet) io.err(`Successfully installed edited file '${path}'.\n`);
  }
  if (client !== null && options.root === null) await client.daemonReload();
  return 0;
}
