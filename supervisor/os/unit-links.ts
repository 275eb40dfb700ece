// Makes and removes the links that enable, mask and their kin have computed.

import { mkdirSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { InstallChange } from '../units/install-changes.ts';

/** Carries out the changes in their order; throws the error of the first that cannot be made. `root` as in unitSource. */
export function applyInstallChanges(changes: readonly InstallChange[], root = ''): void {
  for (const change of changes) {
    if (change.kind === 'symlink') {
      mkdirSync(dirname(root + change.path), { recursive: true });
      symlinkSync(change.target, root + change.path);
    } else if (change.kind === 'unlink') {
      unlinkSync(root + change.path);
      removeIfEmpty(dirname(root + change.path));
    }
  }
}

/** `x.target.wants` goes with its last link; a unit directory itself stays. */
function removeIfEmpty(directory: string): void {
  if (!/\.(wants|requires|upholds|d)$/.test(directory)) return;
  try {
    rmdirSync(directory);
  } catch {
    // It is not empty, or somebody else's.
  }
}
