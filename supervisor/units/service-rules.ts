// What systemd checks of a service when it has read all of it, and refuses to load.

import type { ExitStatusSet, ServiceSettings } from './model.ts';
import type { Reading } from './reading.ts';
import type { Assignment } from './unit-ini.ts';

/** The rules of a service that systemd checks when it has read all of it, in its words and its order. */
export function verifyService(
  service: ServiceSettings,
  assignments: readonly Assignment[],
  reading: Reading,
  hasSuccessAction: boolean,
): void {
  const pam = pamName(assignments);
  const { type, execStart, execStop, remainAfterExit, restart } = service;
  const oneshot = type === 'oneshot';
  const refuse = (message: string): void => reading.refuse(`${message} Refusing.`);
  if (execStart.length === 0 && execStop.length === 0 && !hasSuccessAction) {
    refuse('Service has no ExecStart=, ExecStop=, or SuccessAction=.');
  } else if (!oneshot && execStart.length === 0) {
    refuse('Service has no ExecStart= setting, which is only allowed for Type=oneshot services.');
  } else if (!remainAfterExit && execStart.length === 0 && !hasSuccessAction) {
    refuse(
      'Service has no ExecStart= and no SuccessAction= settings and does not have RemainAfterExit=yes set.',
    );
  } else if (!oneshot && execStart.length > 1) {
    refuse('Service has more than one ExecStart= setting, which is only allowed for Type=oneshot services.');
  } else if (oneshot && (restart === 'always' || restart === 'on-success')) {
    refuse(
      "Service has Restart= set to either always or on-success, which isn't allowed for Type=oneshot services.",
    );
  } else if (oneshot && hasStatus(service.restartForceExitStatus)) {
    refuse("Service has RestartForceExitStatus= set, which isn't allowed for Type=oneshot services.");
  } else if (oneshot && service.exitType === 'cgroup') {
    refuse("Service has ExitType=cgroup set, which isn't allowed for Type=oneshot services.");
  } else if (type === 'dbus' && service.busName === null) {
    refuse('Service is of type D-Bus but no D-Bus service name has been specified.');
  } else if (pam !== '' && service.kill.killMode !== 'control-group' && service.kill.killMode !== 'mixed') {
    refuse("Service has PAM enabled. Kill mode must be set to either 'control-group' or 'mixed'.");
  }
  if (oneshot && service.runtimeMaxMs !== Infinity) {
    reading.warn('RuntimeMaxSec= has no effect in combination with Type=oneshot. Ignoring.');
  }
}

function hasStatus(set: ExitStatusSet): boolean {
  return set.codes.length > 0 || set.signals.length > 0;
}

function pamName(assignments: readonly Assignment[]): string {
  return assignments.findLast(({ section, key }) => section === 'Service' && key === 'PAMName')?.value ?? '';
}
