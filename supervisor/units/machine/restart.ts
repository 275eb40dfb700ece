// Pure: whether a service that has ended is started again (systemd.service(5), Restart=, table 1).

import { isIn } from './exit-status.ts';
import type { ServiceSettings } from '../model.ts';
import type { Service, ServiceResult, World } from './state.ts';

type RestartPolicy = Pick<ServiceSettings, 'restart' | 'restartPreventExitStatus' | 'restartForceExitStatus'>;

/** A stop that was asked for, or is queued, wins over whatever Restart= says. */
export function cannotRestart(service: Service, world: Pick<World, 'stopPending'>): boolean {
  return service.forbidRestart || world.stopPending;
}

export function shallRestart(service: Pick<Service, 'result' | 'mainExit'>, policy: RestartPolicy): boolean {
  if (isIn(policy.restartPreventExitStatus, service.mainExit)) return false;
  if (isIn(policy.restartForceExitStatus, service.mainExit)) return true;
  const { result } = service;
  const failed = result !== 'success' && result !== 'exec-condition';
  switch (policy.restart) {
    case 'no':
      return false;
    case 'always':
      return result !== 'exec-condition';
    case 'on-success':
      return result === 'success';
    case 'on-failure':
      return failed;
    case 'on-abnormal':
      return failed && result !== 'exit-code';
    case 'on-watchdog':
      return result === 'watchdog';
    case 'on-abort':
      return (['signal', 'core-dump'] satisfies ServiceResult[]).some((each) => each === result);
  }
}
