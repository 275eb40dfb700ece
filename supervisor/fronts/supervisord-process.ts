// What supervisord does to its own process: user, limits, directory, umask, pidfile.

import { rmSync, writeFileSync } from 'node:fs';
import { UserError } from '../errors.ts';
import type { MainLog } from '../logs/main-log.ts';
import type { SupervisorConfig } from '../model.ts';
import { becomeUser } from '../os/identity.ts';
import { ensureLimit, ensureProgramFiles } from '../os/limits.ts';
import type { System } from '../os/system.ts';
import type { Message } from '../process/messages.ts';
import { limitMessage, REFUSED } from './supervisord-options.ts';

/** Takes on the user and the limits of [supervisord], and says so; throws UserError where they cannot be had. */
export function takeOn(config: SupervisorConfig, system: System): Message[] {
  const refuse = (message: string): never => {
    throw new UserError(message, REFUSED);
  };
  const notes: Message[] = [];
  const note = (text: string): void => void notes.push({ level: 'info', text });
  if (config.user !== null) {
    const account = system.credentialsOf(config.user);
    if (account.uid !== system.uid) {
      if (system.uid !== 0) refuse("Can't drop privilege as nonroot user");
      try {
        becomeUser(account);
      } catch (error) {
        refuse((error as Error).message);
      }
    }
    note(`Set uid to user ${account.uid} succeeded`);
  }
  const raised = ensureProgramFiles(config.minfds);
  for (const [limit, least] of [
    ['nofile', config.minfds],
    ['nproc', config.minprocs],
  ] as const) {
    const hard = ensureLimit(limit, least);
    if (hard !== null) refuse(limitMessage(limit, config, hard));
  }
  if (raised) note(`Increased RLIMIT_NOFILE limit to ${config.minfds}`);
  return notes;
}

/** What a daemon does between its servers and its programs. */
export function settleDown({ directory, umask }: SupervisorConfig, log: MainLog): void {
  log.log('info', 'daemonizing the supervisord process');
  if (directory !== null) {
    try {
      process.chdir(directory);
      log.log('info', `set current directory: '${directory}'`);
    } catch (error) {
      log.log('critical', `can't chdir into '${directory}': ${(error as Error).message}`);
    }
  }
  process.umask(umask);
}

/** Says that we are up, and returns what to remove at the end: null where the file cannot be written. */
export function writePidfile({ pidfile }: SupervisorConfig, pid: number, log: MainLog): string | null {
  if (pidfile === null) return null;
  try {
    writeFileSync(pidfile, `${pid}\n`);
  } catch {
    log.log('critical', `could not write pidfile ${pidfile}`);
    return null;
  }
  log.log('info', `supervisord started with pid ${pid}`);
  return pidfile;
}

export function removePidfile(pidfile: string | null): void {
  if (pidfile === null) return;
  try {
    rmSync(pidfile, { force: true });
  } catch {
    // A directory that was made read-only meanwhile: the file stays, as supervisord's does.
  }
}
