// journalctl's command line. Pure but for the time zone.

import { OUTPUTS } from './journalctl-format.ts';
import { readTime } from './journalctl-time.ts';
import { Failure } from './systemctl/failure.ts';
import { getopt, OptionError, type OptionSpec } from './systemctl/getopt.ts';

export interface JournalOptions {
  readonly action: 'show' | 'help' | 'version' | 'disk-usage' | 'vacuum' | 'fields' | 'nothing';
  readonly units: readonly string[];
  readonly identifiers: readonly string[];
  readonly matches: readonly { readonly name: string; readonly values: readonly string[] }[];
  readonly pattern: RegExp | null;
  /** null: all. */
  readonly lines: number | null;
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  readonly minPriority: number;
  readonly maxPriority: number;
  readonly follow: boolean;
  readonly reverse: boolean;
  readonly quiet: boolean;
  readonly utc: boolean;
  readonly noHostname: boolean;
  readonly all: boolean;
  readonly output: string;
  /** Of --field=. */
  readonly field: string | null;
}

const NONE =
  'help:h version follow:f reverse:r quiet:q utc no-hostname no-pager no-full all:a full:l pager-end:e catalog:x merge:m no-tail show-cursor system user list-boots list-catalog dmesg:k disk-usage rotate flush sync relinquish-var smart-relinquish-var verify header fields:N setup-keys update-catalog truncate-newline'.split(
    ' ',
  );
const REQUIRED =
  'unit:u user-unit identifier:t priority:p facility grep:g since:S until:U output:o cursor:c after-cursor cursor-file output-fields directory:D file root image machine:M namespace vacuum-time vacuum-size vacuum-files field:F interval verify-key'.split(
    ' ',
  );
const OPTIONAL = 'lines:n boot:b case-sensitive'.split(' ');

const SPECS: readonly OptionSpec[] = [
  ...specsOf(NONE, 'none'),
  ...specsOf(REQUIRED, 'required'),
  ...specsOf(OPTIONAL, 'optional'),
];

function specsOf(words: readonly string[], argument: OptionSpec['argument']): OptionSpec[] {
  return words.map((word) => {
    const [name = '', short] = word.split(':');
    return short === undefined ? { name, argument } : { name, short, argument };
  });
}

const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];
const ALIASES: Readonly<Record<string, string>> = { error: 'err', warn: 'warning', panic: 'emerg' };

/** Where `-e` alone begins. */
const LINES_OF_PAGER_END = 1000;
const DEFAULT_LINES = 10;

/** Throws Failure. */
export function readJournalOptions(argv: readonly string[], nowMs: number): JournalOptions {
  const { options, words } = parse(argv);
  const has = (name: string): boolean => options.some((option) => option.name === name);
  const values = (name: string): string[] =>
    options.flatMap((option) => (option.name === name && option.value !== null ? [option.value] : []));
  const last = (name: string): string | null => values(name).at(-1) ?? null;
  const elsewhere = [
    'directory',
    'file',
    'root',
    'image',
    'machine',
    'namespace',
    'user',
    'cursor-file',
  ].find(has);
  if (elsewhere !== undefined) {
    throw new Failure(
      `--${elsewhere} is not supported: initkit keeps no journal files, only what its units have written.`,
    );
  }
  const [minPriority, maxPriority] = readPriorities(last('priority'));
  const boot = last('boot');
  if (boot !== null && !/^[+-]?0$|^all$/.test(boot)) {
    throw new Failure(`Data from the specified boot (${boot}) is not available: No such boot ID in journal`);
  }
  return {
    action: actionOf(has),
    units: values('unit'),
    identifiers: values('identifier'),
    matches: readMatches(words),
    pattern: readPattern(last('grep'), last('case-sensitive')),
    lines: readLines(has, last('lines')),
    sinceMs: readMoment(last('since'), nowMs),
    untilMs: readMoment(last('until'), nowMs),
    minPriority,
    maxPriority,
    follow: has('follow'),
    reverse: has('reverse'),
    quiet: has('quiet'),
    utc: has('utc'),
    noHostname: has('no-hostname'),
    all: has('all'),
    output: readOutput(last('output') ?? 'short'),
    field: last('field'),
  };
}

/** `-n` and `-b` take the next word where it can be their value, unlike other options that may have none. */
function parse(argv: readonly string[]): ReturnType<typeof getopt> {
  const joined: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const [word = '', next = ''] = argv.slice(index);
    const takesLines = /^(-[a-zA-Z]*n|--lines)$/.test(word) && /^(\+?\d+|all)$/.test(next);
    const takesBoot = /^(-[a-zA-Z]*b|--boot)$/.test(word) && /^([+-]?\d+|all|[0-9a-f]{32})$/.test(next);
    if (takesLines || takesBoot) {
      joined.push(word.startsWith('--') ? `${word}=${next}` : `${word}${next}`);
      index += 1;
    } else joined.push(word);
  }
  try {
    return getopt('journalctl', SPECS, joined);
  } catch (error) {
    if (error instanceof OptionError) throw new Failure(error.message);
    throw error;
  }
}

function actionOf(has: (name: string) => boolean): JournalOptions['action'] {
  if (has('help')) return 'help';
  if (has('version')) return 'version';
  if (has('disk-usage')) return 'disk-usage';
  if (has('vacuum-time') || has('vacuum-size') || has('vacuum-files')) return 'vacuum';
  if (has('field')) return 'fields';
  const idle = [
    'rotate',
    'flush',
    'sync',
    'relinquish-var',
    'smart-relinquish-var',
    'verify',
    'header',
    'update-catalog',
    'list-boots',
    'list-catalog',
    'setup-keys',
    'fields',
  ];
  return idle.some(has) ? 'nothing' : 'show';
}

function readLines(has: (name: string) => boolean, value: string | null): number | null {
  if (!has('lines')) return has('pager-end') ? LINES_OF_PAGER_END : null;
  if (value === 'all') return null;
  if (value === null) return DEFAULT_LINES;
  if (!/^\+?\d+$/.test(value)) throw new Failure(`Failed to parse lines '${value}'`);
  return Number(value);
}

/** `err`, `3`, `warning..err` → from, to. */
function readPriorities(value: string | null): [from: number, to: number] {
  if (value === null) return [0, 7];
  const [first = '', second] = value.split('..');
  const one = readLevel(first);
  if (second === undefined) return [0, one];
  const two = readLevel(second);
  return [Math.min(one, two), Math.max(one, two)];
}

function readLevel(word: string): number {
  const index = /^[0-7]$/.test(word) ? Number(word) : LEVELS.indexOf(ALIASES[word] ?? word);
  if (index === -1) throw new Failure(`Unknown log level ${word}`);
  return index;
}

function readMoment(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const time = readTime(value, nowMs);
  if (time === null) throw new Failure(`Failed to parse timestamp: ${value}`);
  return time;
}

function readOutput(value: string): string {
  if (value === 'help') throw new Failure(OUTPUTS.join('\n'), 0);
  if (!OUTPUTS.includes(value)) throw new Failure(`Unknown output format '${value}'.`);
  return value;
}

/** As with journalctl, a pattern in small letters matches capitals, too. */
function readPattern(value: string | null, caseSensitive: string | null): RegExp | null {
  if (value === null) return null;
  const isSensitive =
    caseSensitive === null ? value !== value.toLowerCase() : /^(1|y|yes|t|true|on)$/i.test(caseSensitive);
  try {
    return new RegExp(value, isSensitive ? 'u' : 'iu');
  } catch (error) {
    throw new Failure(`Bad pattern "${value}": ${(error as Error).message}`);
  }
}

/** `_SYSTEMD_UNIT=x.service`: values of one field are alternatives, different fields must all match. */
function readMatches(words: readonly string[]): JournalOptions['matches'] {
  const fields = new Map<string, string[]>();
  for (const word of words) {
    const [, name, value] = /^([A-Z_][A-Z0-9_]*)=(.*)$/s.exec(word) ?? [];
    if (name === undefined || value === undefined)
      throw new Failure(`Failed to add match '${word}': Invalid argument`);
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  return [...fields].map(([name, list]) => ({ name, values: list }));
}
