// Reads images/<name>/test/*.ini: what must be true of an image and of a container of it.

import type { Problem } from '../model/errors.ts';
import { remedyFor } from '../model/suggest.ts';

/** One section: a kind, what it is about, and what is expected. */
export interface Check {
  readonly kind: CheckKind;
  /** `run:prints its version` is about `prints its version`. */
  readonly subject: string;
  readonly values: Readonly<Record<string, string>>;
  readonly line: number;
}

export interface TestFile {
  /** `web.ini` */
  readonly name: string;
  /** For messages: `images/web/test/web.ini`. */
  readonly place: string;
  /** How its container is started. */
  readonly container: Readonly<Record<string, string>>;
  readonly checks: readonly Check[];
}

export type CheckKind = 'run' | 'exec' | 'file' | 'image' | 'program' | 'port' | 'container';

const KEYS: Readonly<Record<CheckKind, readonly string[]>> = {
  container: ['environment', 'command', 'within', 'exit', 'logs', 'with', 'without'],
  run: ['command', 'exit', 'stdout', 'stderr'],
  exec: ['command', 'exit', 'stdout', 'stderr', 'within'],
  file: ['exists', 'mode', 'owner', 'content', 'link'],
  image: [
    'entrypoint',
    'command',
    'user',
    'workdir',
    'stopsignal',
    'ports',
    'volumes',
    'environment',
    'labels',
  ],
  program: ['state', 'within'],
  port: ['http', 'status', 'body', 'within'],
};

const KINDS = Object.keys(KEYS) as CheckKind[];
const PATTERNS = ['stdout', 'stderr', 'content', 'logs', 'body'];
/** Sections without a subject. */
const SINGLE: readonly CheckKind[] = ['image', 'container'];

export function parseTestFile(
  text: string,
  name: string,
  place: string,
): { file: TestFile; problems: Problem[] } {
  const checks: Check[] = [];
  const problems: Problem[] = [];
  let values: Record<string, string> | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed === '' || /^[;#]/.test(trimmed)) continue;
    const title = /^\[([a-z]+)(?::([^\]]+))?\]\s*(?:[;#].*)?$/.exec(trimmed);
    if (title !== null) {
      const [, word = '', subject = ''] = title;
      const kind = KINDS.find((known) => known === word);
      values = {};
      if (kind === undefined)
        problems.push({
          file: place,
          line,
          message: `unknown section [${word}]`,
          remedy: remedyFor(word, KINDS),
        });
      else if (SINGLE.includes(kind) !== (subject === ''))
        problems.push({
          file: place,
          line,
          message: `[${kind}] ${subject === '' ? 'needs' : 'takes no'} name`,
        });
      else checks.push({ kind, subject: subject.trim(), values, line });
      continue;
    }
    const equals = trimmed.indexOf('=');
    const key = trimmed.slice(0, equals).trim();
    const value = trimmed.slice(equals + 1).trim();
    const check = checks.at(-1);
    if (equals < 1 || values === undefined)
      problems.push({
        file: place,
        line,
        message: `cannot read "${trimmed}"`,
        remedy: 'a [section] or key = value',
      });
    else if (check?.values === values) problems.push(...valueProblems(check.kind, key, value, place, line));
    if (values !== undefined && equals > 0) values[key] = value;
  }
  problems.push(...checks.flatMap((check) => missingProblems(check, place)));
  const container = checks.find((check) => check.kind === 'container')?.values ?? {};
  return { file: { name, place, container, checks }, problems };
}

/** Seconds out of `30s`, `500ms`, `2m` or a plain number. */
export function readSeconds(text: string): number | undefined {
  const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m)?$/.exec(text) ?? [];
  if (number === '') return undefined;
  return Number(number) * ({ ms: 0.001, s: 1, m: 60 }[unit] ?? 1);
}

function valueProblems(kind: CheckKind, key: string, value: string, file: string, line: number): Problem[] {
  const known = KEYS[kind];
  if (!known.includes(key))
    return [{ file, line, message: `unknown key ${key} in [${kind}]`, remedy: remedyFor(key, known) }];
  if (PATTERNS.includes(key)) {
    try {
      new RegExp(value, 'm');
    } catch {
      return [{ file, line, message: `${key} = ${value}: not a regular expression` }];
    }
  }
  const isBad =
    (key === 'within' && readSeconds(value) === undefined) ||
    (key === 'mode' && !/^[0-7]{3,5}$/.test(value)) ||
    (key === 'exists' && !/^(yes|no)$/.test(value)) ||
    (['exit', 'status'].includes(key) && !/^\d{1,3}$/.test(value));
  const examples: Record<string, string> = { within: '30s', mode: '0644', exists: 'yes or no' };
  return isBad
    ? [
        {
          file,
          line,
          message: `${key} = ${value}: cannot be read`,
          remedy: `for example ${examples[key] ?? '0'}`,
        },
      ]
    : [];
}

function missingProblems(check: Check, file: string): Problem[] {
  const { kind, line, subject, values } = check;
  if ((kind === 'run' || kind === 'exec') && values['command'] === undefined)
    return [{ file, line, message: `[${kind}:${subject}] has no command` }];
  if (kind === 'file' && !subject.startsWith('/'))
    return [{ file, line, message: `[file:${subject}]: not an absolute path` }];
  if (kind === 'port' && !/^\d{1,5}$/.test(subject))
    return [{ file, line, message: `[port:${subject}]: not a port` }];
  return [];
}
