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

/** The pause before the n-th restart: it grows in RestartSteps= steps up to RestartMaxDelaySec=. */
export function restartDelayMs(
  policy: Pick<ServiceSettings, 'restartMs' | 'restartSteps' | 'restartMaxDelayMs'>,
  restart: number,
): number {
  const { restartMs, restartSteps, restartMaxDelayMs } = policy;
  const grows =
    restartSteps > 0 && restartMaxDelayMs !== Infinity && restartMs > 0 && restartMaxDelayMs > restartMs;
  if (!grows || restart <= 1) return restartMs;
  if (restart > restartSteps) return restartMaxDelayMs;
  return restartMs * (restartMaxDelayMs / restartMs) ** ((restart - 1) / restartSteps);
}
