// The keys of a program that supervisord does not have; their defaults leave everything as supervisord does it.

import type { ExitOn, LogFormat, Program, Readiness } from '../model.ts';
import { boolean, integer, portNumber } from './datatypes.ts';
import { BadValue, type Expansions } from './expand.ts';
import { splitBlanks } from './python.ts';
import type { Reader } from './reader.ts';

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
  const type = value('type', 'service', oneOf(['service', 'oneshot'] as const));
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
    statusFile === undefined
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

function readiness(text: string): Readiness {
  const [, kind = '', argument = ''] = /^([a-z]+)(?::(.*))?$/s.exec(text) ?? [];
  switch (kind) {
    case 'notify':
      if (argument === '') return { kind };
      break;
    case 'tcp': {
      const colon = argument.lastIndexOf(':');
      const host = colon === -1 ? '127.0.0.1' : argument.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
      if (host !== '') return { kind, host, port: portNumber(argument.slice(colon + 1)) };
      break;
    }
    case 'http':
      if (argument !== '')
        return { kind, url: /^https?:\/\//.test(argument) ? argument : webAddress(argument) };
      break;
    case 'https':
      if (argument.startsWith('//')) return { kind: 'http', url: text };
      break;
    case 'exec':
      if (argument !== '') return { kind, command: argument };
      break;
    case 'log':
      return { kind, pattern: regularExpression(argument) };
    default:
  }
  throw new BadValue(
    `'${text}' is no way to be ready`,
    'write notify, tcp:PORT, tcp:HOST:PORT, http:URL, exec:COMMAND or log:REGEX',
  );
}

/** `ready=http:8080/health` and `ready=http://host/x`, where the colon belongs to the address. */
function webAddress(text: string): string {
  if (text.startsWith('//')) return `http:${text}`;
  return /^\d+(?:\/|$)/.test(text) ? `http://127.0.0.1:${text}` : `http://${text}`;
}

function regularExpression(pattern: string): string {
  try {
    return new RegExp(pattern).source === '(?:)' ? noPattern() : pattern;
  } catch (error) {
    if (error instanceof BadValue) throw error;
    throw new BadValue(
      `'${pattern}' is no regular expression: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

function noPattern(): never {
  throw new BadValue('log: needs a regular expression', 'write log:REGEX');
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
