// The keys of a program that supervisord does not have; their defaults leave everything as supervisord does it.

import type { ExitOn, LogFormat, Program } from '../model.ts';
import { parseCron } from './cron.ts';
import { boolean, integer } from './datatypes.ts';
import { BadValue, type Expansions } from './expand.ts';
import { splitBlanks } from './python.ts';
import { readiness } from './readiness.ts';
import type { Reader } from './reader.ts';
import { readCheck, readWatch } from './upkeep.ts';

export type Extras = Pick<
  Program,
  | 'enabled'
  | 'type'
  | 'dependsOn'
  | 'ready'
  | 'exitOn'
  | 'logFormat'
  | 'maxRestarts'
  | 'restartWindowSecs'
  | 'backoffMaxSecs'
  | 'limits'
  | 'environmentFiles'
  | 'setHome'
  | 'statusFile'
  | 'schedule'
  | 'check'
  | 'watch'
>;

/** A program is FATAL by max_restarts= when it crashes that often within a minute, unless restart_window= says else. */
const DEFAULT_RESTART_WINDOW_SECS = '60';

/** The program's extra settings, or undefined where one of them is wrong (which the reader has noted). */
export function readExtras(reader: Reader, names: Expansions): Extras | undefined {
  const value = <T>(key: string, fallback: string, convert: (text: string) => T): T | undefined =>
    reader.value(key, fallback, convert, names);
  const enabled = value('enabled', 'true', (text) =>
    enabledFrom(text, (message) => reader.warn('enabled', message)),
  );
  const schedule = reader.optional('schedule', scheduleFrom, names);
  // What is started again and again comes to an end by itself.
  const type = value('type', schedule ? 'oneshot' : 'service', oneOf(['service', 'oneshot'] as const));
  if (schedule && type === 'service')
    reader.fail('type', 'a program with a schedule is a oneshot', 'leave type= out');
  const dependsOn = value('depends_on', '', words);
  const ready = reader.optional('ready', readiness, names);
  const exitOn = value('exit_on', 'never', oneOf<ExitOn>(['never', 'fatal', 'exit']));
  const logFormat = reader.optional('log_format', oneOf<LogFormat>(['raw', 'prefix', 'json']), names);
  const maxRestarts = value('max_restarts', '0', notNegative);
  const restartWindowSecs = value('restart_window', DEFAULT_RESTART_WINDOW_SECS, notNegative);
  const backoffMaxSecs = reader.optional('backoff_max', notNegative, names);
  const limits = value('limits', '', limitsFrom);
  const environmentFiles = value('environment_file', '', words);
  const setHome = value('set_home', 'false', boolean);
  const statusFile = reader.optional('status_file', absolutePath, names);
  const check = readCheck(reader, names);
  const watch = readWatch(reader, names);
  if (
    enabled === undefined ||
    type === undefined ||
    dependsOn === undefined ||
    ready === undefined ||
    exitOn === undefined ||
    logFormat === undefined ||
    maxRestarts === undefined ||
    restartWindowSecs === undefined ||
    backoffMaxSecs === undefined ||
    limits === undefined ||
    environmentFiles === undefined ||
    setHome === undefined ||
    statusFile === undefined ||
    schedule === undefined ||
    check === undefined ||
    watch === undefined
  ) {
    return undefined;
  }
  return {
    enabled,
    type,
    dependsOn,
    ready,
    exitOn,
    logFormat,
    maxRestarts,
    restartWindowSecs,
    backoffMaxSecs,
    limits,
    environmentFiles,
    setHome,
    statusFile,
    schedule,
    check,
    watch,
  };
}

/** `true`, `false`, `enabled` or `disabled` in any case; anything else is disabled, and said. */
export function enabledFrom(text: string, warn: (message: string) => void): boolean {
  const lower = text.trim().toLowerCase();
  if (lower === 'true' || lower === 'enabled') return true;
  if (lower !== 'false' && lower !== 'disabled') {
    warn(
      `Unrecognized option '${text}': defaulting to disabled (known are enabled, disabled, true and false)`,
    );
  }
  return false;
}

/** Empty for none, so that a variable can take it away. */
function scheduleFrom(text: string): string | null {
  if (text === '') return null;
  parseCron(text);
  return text;
}

function words(text: string): string[] {
  return splitBlanks(text.replaceAll(',', ' '));
}

function oneOf<T extends string>(allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((word) => word === text.toLowerCase());
    if (found !== undefined) return found;
    throw new BadValue(`'${text}' is not one of ${allowed.join(', ')}`);
  };
}

function absolutePath(text: string): string {
  if (text.startsWith('/')) return text;
  throw new BadValue(`'${text}' is not an absolute path`);
}

function notNegative(text: string): number {
  const number = integer(text);
  if (number >= 0) return number;
  throw new BadValue(`${number} is below zero`, 'write a number from 0');
}

/** The names that prlimit(1) knows. */
const LIMITS = [
  'as',
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
];

/** `nofile=1024,core=0`; a value is a number or `unlimited`, or two of them, `soft:hard`. */
function limitsFrom(text: string): Record<string, string> {
  return Object.fromEntries(
    words(text).map((word) => {
      const [name = '', value = ''] = word.split(/=(.*)/s);
      if (!LIMITS.includes(name))
        throw new BadValue(`'${name}' is no limit`, `known are ${LIMITS.join(', ')}`);
      if (!/^(?:\d+|unlimited)(?::(?:\d+|unlimited))?$/.test(value)) {
        throw new BadValue(
          `'${value}' is no value of the limit ${name}`,
          'write a number, unlimited, or SOFT:HARD',
        );
      }
      return [name, value];
    }),
  );
}
