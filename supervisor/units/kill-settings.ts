// The keys of systemd.kill(5): which signals a unit's processes get, and which of them.

import type { KillSettings } from './model.ts';
import { asBoolean, asOneOf, setting, type Draft, type KeyReader, type KeyReaders } from './reading.ts';
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
  KillMode: setting(
    'killMode',
    asOneOf(['control-group', 'mixed', 'process', 'none'] as const, 'kill mode specification'),
  ),
  KillSignal: signal('killSignal'),
  RestartKillSignal: signal('restartKillSignal'),
  FinalKillSignal: signal('finalKillSignal'),
  WatchdogSignal: signal('watchdogSignal'),
  SendSIGKILL: setting('sendSigkill', asBoolean),
  SendSIGHUP: setting('sendSighup', asBoolean),
};
