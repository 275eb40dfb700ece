// The keys of systemd.kill(5): which signals a unit's processes get, and which of them.

import type { KillSettings } from './model.ts';
import { asBoolean, setting, type Draft, type KeyReader, type KeyReaders } from './reading.ts';
import { parseSignal } from './values.ts';

export type KillDraft = Draft<KillSettings>;

export function defaultKill(): KillDraft {
  return {
    killMode: 'control-group',
    killSignal: 'SIGTERM',
    restartKillSignal: null,
    finalKillSignal: 'SIGKILL',
    watchdogSignal: 'SIGABRT',
    sendSigkill: true,
    sendSighup: false,
  };
}

const signal =
  (field: 'killSignal' | 'restartKillSignal' | 'finalKillSignal' | 'watchdogSignal'): KeyReader<KillDraft> =>
  (draft, assignment, reading) => {
    const name = reading.orWarn(parseSignal(assignment.value), assignment, 'Failed to parse signal name');
    if (name !== null) draft[field] = name;
  };

export const KILL_READERS: KeyReaders<KillDraft> = {
  KillMode(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.killMode = defaultKill().killMode;
      return;
    }
    const words = ['control-group', 'mixed', 'process', 'none'] as const;
    const mode = reading.oneOf(assignment, words, 'kill mode specification');
    if (mode === null) return;
    draft.killMode = mode;
    if (mode === 'none') {
      reading.warn(
        "Unit uses KillMode=none. This is unsafe, as it disables systemd's process lifecycle management for the service. " +
          "Please update the service to use a safer KillMode=, such as 'mixed' or 'control-group'. " +
          'Support for KillMode=none is deprecated and will eventually be removed.',
        assignment.origin,
      );
    }
  },
  KillSignal: signal('killSignal'),
  RestartKillSignal: signal('restartKillSignal'),
  FinalKillSignal: signal('finalKillSignal'),
  WatchdogSignal: signal('watchdogSignal'),
  SendSIGKILL: setting('sendSigkill', asBoolean),
  SendSIGHUP: setting('sendSighup', asBoolean),
};
