// Becoming another user for good, as supervisord does where [supervisord] has user=.

import { SystemError } from '../errors.ts';
import type { Credentials } from './system.ts';

/** initgroups, setgid and setuid for all our threads; throws SystemError where the kernel refuses. */
export function becomeUser({ uid, gid, groups }: Credentials): void {
  const { setgroups, setgid, setuid } = process;
  if (setgroups === undefined || setgid === undefined || setuid === undefined) return;
  attempt('Could not set groups of effective user', () => setgroups([...groups]));
  attempt('Could not set group id of effective user', () => setgid(gid));
  attempt(`Could not set user id ${uid}`, () => setuid(uid));
}

function attempt(failure: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    throw new SystemError(failure, (error as NodeJS.ErrnoException).code ?? 'EPERM', { cause: error });
  }
}
