// poweroff, reboot, exit and their kin: they end the container, with an exit code that says which it was.

import { CTL_EXIT, Failure } from './failure.ts';
import { managerOf, type Session } from './session.ts';

/**
 * What the container ends with. Nothing can start a container from inside: after `reboot` it ends with the code by which
 * systemd-nspawn's containers ask for a new start, so that `docker run --restart=on-failure` gives them one.
 */
export const END_CODES: Readonly<Record<string, number>> = {
  halt: 0,
  poweroff: 0,
  exit: 0,
  reboot: 133,
  kexec: 133,
  'soft-reboot': 133,
};

export async function end(session: Session, verb: string, words: readonly string[]): Promise<number> {
  const code = verb === 'exit' && words.length > 0 ? readCode(words[0] ?? '') : (END_CODES[verb] ?? 0);
  const manager = managerOf(session);
  if (session.options.dryRun) return 0;
  await manager.end(code);
  return 0;
}

function readCode(word: string): number {
  if (/^\d+$/.test(word) && Number(word) <= 255) return Number(word);
  throw new Failure(`Invalid exit code: ${word}`, CTL_EXIT.failure);
}
