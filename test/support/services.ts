// Services on paper: settings as the reader gives them, and a world in which their processes start, end and linger.

import type { ExecCommand, ServiceSettings } from '../../supervisor/units/model.ts';
import { step, type Policy } from '../../supervisor/units/machine/service.ts';
import {
  NEVER_STARTED,
  type Effect,
  type Event,
  type Service,
  type World,
} from '../../supervisor/units/machine/state.ts';
import type { ExitStatus } from '../../supervisor/process/state.ts';

const NO_STATUS = { codes: [], signals: [] };

export function command(text: string, ignoreFailure = false): ExecCommand {
  const argv = text.split(' ');
  return { path: argv[0] ?? '', argv, ignoreFailure, privileges: 'normal', expandVariables: true };
}

/** systemd's defaults, and what differs from them. */
export function policyOf(changes: Partial<Policy> = {}, kill: Partial<ServiceSettings['kill']> = {}): Policy {
  return {
    type: 'simple',
    exitType: 'main',
    remainAfterExit: false,
    guessMainPid: true,
    pidFile: null,
    busName: null,
    execCondition: [],
    execStartPre: [],
    execStart: [command('/bin/daemon')],
    execStartPost: [],
    execReload: [],
    execStop: [],
    execStopPost: [],
    restart: 'no',
    restartMs: 100,
    restartSteps: 0,
    restartMaxDelayMs: Infinity,
    restartMode: 'normal',
    reloadSignal: 'SIGHUP',
    restartPreventExitStatus: NO_STATUS,
    restartForceExitStatus: NO_STATUS,
    successExitStatus: NO_STATUS,
    timeoutStartMs: 90_000,
    timeoutStopMs: 90_000,
    timeoutAbortMs: null,
    timeoutStartFailureMode: 'terminate',
    timeoutStopFailureMode: 'terminate',
    runtimeMaxMs: Infinity,
    watchdogMs: 0,
    notifyAccess: 'none',
    fileDescriptorStoreMax: 0,
    oomPolicy: 'stop',
    kill: {
      killMode: 'control-group',
      killSignal: 'SIGTERM',
      restartKillSignal: null,
      finalKillSignal: 'SIGKILL',
      watchdogSignal: 'SIGABRT',
      sendSigkill: true,
      sendSighup: false,
      ...kill,
    },
    ...changes,
  };
}

/** A service that lives in a world of paper: what it spawns gets a number, what it kills is noted. */
export interface Stage {
  readonly service: () => Service;
  readonly effects: Effect[];
  /** Processes besides main and control. */
  others: Set<number>;
  /** Those whose parent is not the manager. */
  fostered: Set<number>;
  now: number;
  pidFile: number | null;
  stopPending: boolean;
  /** The next spawn fails for good (no process at all). */
  failsToSpawn: boolean;
  send(event: Event): void;
  exit(pid: number | null | undefined, status: ExitStatus): void;
  /** Moves the clock to the moment that the state waits for; false where it waits for none. */
  wake(): boolean;
  /** The sub-states that were passed through since the last call. */
  path(): string[];
  log(): string[];
}

export function createStage(policy: Policy, onEffect: (effect: Effect) => void = () => {}): Stage {
  let service: Service = NEVER_STARTED;
  let nextPid = 100;
  let passed: string[] = [];
  let said: string[] = [];
  const world = (): World => ({
    now: stage.now,
    othersAlive: stage.others.size > 0,
    orphans: [...stage.others],
    pidFile: stage.pidFile,
    owns: (pid) => (stage.others.has(pid) || pid === service.main?.pid ? 'child' : 'gone'),
    isChild: (pid) => !stage.fostered.has(pid),
    stopPending: stage.stopPending,
  });
  const stage: Stage = {
    service: () => service,
    effects: [],
    others: new Set(),
    fostered: new Set(),
    now: 1000,
    pidFile: null,
    stopPending: false,
    failsToSpawn: false,
    send(event) {
      const next = step(service, event, policy, world());
      service = next.service;
      for (const effect of next.effects) {
        stage.effects.push(effect);
        onEffect(effect);
        if (effect.type === 'moved') passed.push(effect.service.sub);
        if (effect.type === 'log') said.push(effect.text);
        if (effect.type !== 'spawn') continue;
        if (stage.failsToSpawn) stage.send({ type: 'spawnFailed', message: 'no memory' });
        else stage.send({ type: 'spawned', pid: nextPid++ });
      }
    },
    exit(pid, status) {
      if (pid === null || pid === undefined) return;
      stage.send({ type: 'exited', pid, status });
    },
    wake() {
      const at = [service.deadline, service.watchdogAt].filter((each) => each !== null);
      if (at.length === 0) return false;
      stage.now = Math.max(stage.now, Math.min(...at));
      stage.send({ type: 'woken' });
      return true;
    },
    path() {
      const result = passed;
      passed = [];
      return result;
    },
    log() {
      const result = said;
      said = [];
      return result;
    },
  };
  return stage;
}

export const OK: ExitStatus = { code: 0, signal: null };
export const code = (value: number): ExitStatus => ({ code: value, signal: null });
export const killed = (signal: string): ExitStatus => ({ code: null, signal });
