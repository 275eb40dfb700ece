// Which process is the main one of a service that daemonises: by its PID file, by what it says, or by looking
// (systemd.service(5), PIDFile=, GuessMainPID=).

import { say, type Draft } from './draft.ts';

export function setMain(draft: Draft, pid: number, alien: boolean): void {
  const { service } = draft;
  if (service.main?.pid === pid) return;
  Object.assign(service, { main: { pid, command: null, alien }, mainKnown: true, mainExit: null });
}

/** What the PID file names becomes the main process; false where it names none. */
export function loadPidFile(draft: Draft, maySay: boolean): boolean {
  const { policy, world, service } = draft;
  if (policy.pidFile === null) return false;
  const pid = world.pidFile;
  if (pid === null || typeof pid === 'object' || pid === service.control?.pid) {
    const absent = `Can't open PID file ${policy.pidFile} (yet?) after ${service.sub}: No such file or directory`;
    if (maySay) say(draft, 6, typeof pid === 'object' && pid !== null ? pid.fault : absent);
    return false;
  }
  if (world.owns(pid) === 'gone') return false;
  if (service.main?.pid === pid) return false;
  setMain(draft, pid, !world.isChild(pid));
  return true;
}

/**
 * A daemon that is named before its parent has ended becomes a child of the manager a moment later, and its end is told
 * like any other: only what stays somebody else's is worth a warning.
 */
export function onMainChecked(draft: Draft): void {
  const { service, world } = draft;
  const { main } = service;
  if (main?.alien !== true || world.owns(main.pid) === 'gone') return;
  if (world.isChild(main.pid)) service.main = { ...main, alien: false };
  else {
    say(
      draft,
      4,
      `Supervising process ${main.pid} which is not our child. We'll most likely not notice when it exits.`,
    );
  }
}

/** The file may be written later: from now on it is watched. */
export function demandPidFile(draft: Draft): void {
  draft.service.awaitsPidFile = true;
}

/** The file has changed; true where it has now given the main process. */
export function demandedPidFile(draft: Draft): boolean {
  return loadPidFile(draft, false);
}

/** The one process of the unit that is a child of ours; with several, none. */
export function guessMain(draft: Draft): void {
  const { service, policy, world } = draft;
  if (service.main !== null || !policy.guessMainPid) return;
  const [only, ...others] = world.orphans;
  if (only !== undefined && others.length === 0) setMain(draft, only, false);
}
