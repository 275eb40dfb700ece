// The door to other programs, opened only when one is needed: an unchanged family calls none but git.

import type { execa } from 'execa';

export async function loadExeca(): Promise<typeof execa> {
  return (await import('execa')).execa;
}
