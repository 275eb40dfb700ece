// What keeps a program that is up in order: the question it must go on answering, and the files whose change it must hear of.

import type { FileWatch, HealthCheck } from '../model.ts';
import { integer, signal } from './datatypes.ts';
import { BadValue, type Expansions } from './expand.ts';
import { readiness } from './readiness.ts';
import { splitBlanks } from './python.ts';
import type { Reader } from './reader.ts';

const DEFAULT_INTERVAL_SECS = '10';
const DEFAULT_TIMEOUT_SECS = '3';
const DEFAULT_FAILURES = '3';

/** `check=` and its keys; null without one, undefined where a value is wrong (which the reader has noted). */
export function readCheck(reader: Reader, names: Expansions): HealthCheck | null | undefined {
  const ask = reader.optional('check', question, names);
  const intervalSecs = reader.value('check_interval', DEFAULT_INTERVAL_SECS, positive, names);
  const timeoutSecs = reader.value('check_timeout', DEFAULT_TIMEOUT_SECS, positive, names);
  const failures = reader.value('check_failures', DEFAULT_FAILURES, positive, names);
  const action = reader.value('check_action', 'restart', checkAction, names);
  if (ask === null) {
    const alone = ['check_interval', 'check_timeout', 'check_failures', 'check_action'].find((key) =>
      reader.has(key),
    );
    if (alone !== undefined) reader.warn(alone, `${alone} means nothing without check`, 'add check=');
    return null;
  }
  if (
    ask === undefined ||
    intervalSecs === undefined ||
    timeoutSecs === undefined ||
    failures === undefined ||
    action === undefined
  ) {
    return undefined;
  }
  return { ask, intervalMs: intervalSecs * 1000, timeoutMs: timeoutSecs * 1000, failures, action };
}

/** `watch=` and `watch_action=`; null without one, undefined where a value is wrong. */
export function readWatch(reader: Reader, names: Expansions): FileWatch | null | undefined {
  const paths = reader.optional('watch', absolutePaths, names);
  const action = reader.value('watch_action', 'restart', watchAction, names);
  if (paths === null) {
    if (reader.has('watch_action')) {
      reader.warn('watch_action', 'watch_action means nothing without watch', 'add watch=/PATH');
    }
    return null;
  }
  return paths === undefined || action === undefined ? undefined : { paths, action };
}

function question(text: string): HealthCheck['ask'] {
  const asked = readiness(text);
  if (asked.kind !== 'notify' && asked.kind !== 'log') return asked;
  throw new BadValue(
    `'${text}' cannot be asked again and again`,
    'write tcp:PORT, tcp:HOST:PORT, http:URL or exec:COMMAND',
  );
}

function positive(text: string): number {
  const number = integer(text);
  if (number >= 1) return number;
  throw new BadValue(`${number} is below 1`, 'write a whole number from 1');
}

function checkAction(text: string): HealthCheck['action'] {
  const action = text.toLowerCase();
  if (action === 'restart' || action === 'none') return action;
  throw new BadValue(`'${text}' is not one of restart, none`);
}

function absolutePaths(text: string): string[] {
  const paths = splitBlanks(text.replaceAll(',', ' '));
  const relative = paths.find((path) => !path.startsWith('/'));
  if (relative !== undefined) throw new BadValue(`'${relative}' is not an absolute path`);
  if (paths.length === 0) throw new BadValue('there is nothing to watch', 'write watch=/PATH …');
  return paths;
}

/** `restart`, or a signal for the program itself. */
function watchAction(text: string): FileWatch['action'] {
  return text.toLowerCase() === 'restart' ? { kind: 'restart' } : { kind: 'signal', signal: signal(text) };
}
