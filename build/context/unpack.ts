// Lays the entries of a context out in a folder.

import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entry } from '../model/context.ts';

export async function unpackEntries(entries: Iterable<Entry>, folder: string): Promise<void> {
  for (const entry of entries) {
    const path = join(folder, entry.path);
    if (entry.kind === 'directory') await mkdir(path, { recursive: true });
    else if (entry.kind === 'symlink') await symlink(entry.target, path);
    else {
      if (entry.content.from === 'memory') await writeFile(path, entry.content.bytes);
      else await copyFile(entry.content.path, path);
      await chmod(path, entry.mode);
    }
  }
}
