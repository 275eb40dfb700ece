// The making and removing of the links that enable, mask and their kin are made of.

import { lstatSync, mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Makes a link, and the directories that it needs; what is there is replaced at once. */
export function makeLink(root: string, path: string, target: string): void {
  const at = join(root, path);
  mkdirSync(dirname(at), { recursive: true });
  const draft = `${at}.${process.pid}~`;
  symlinkSync(target, draft);
  renameSync(draft, at);
}

/** Removes a link and, where it was the last one, its `.wants` or `.requires` directory. */
export function removeLink(root: string, path: string): void {
  const at = join(root, path);
  unlinkSync(at);
  if (!/\.(wants|requires|upholds|d)$/.test(dirname(at))) return;
  try {
    rmdirSync(dirname(at));
  } catch {
    // Others are still in it.
  }
}

/** Whether there is anything at the path, a link that leads nowhere included. */
export function isThere(root: string, path: string): boolean {
  return lstatSync(join(root, path), { throwIfNoEntry: false }) !== undefined;
}
