// systemctl's command line: which options there are, and what they say. Pure.

import type { JobMode } from '../../control/units.ts';
import { signalName, signalNumber } from '../../process/signals.ts';
import { UNIT_TYPES as TYPES } from '../../units/unit-names.ts';
import { OUTPUTS } from '../journalctl-format.ts';
import { Failure } from './failure.ts';
import { getopt, OptionError } from './getopt.ts';
import { SPECS } from './option-specs.ts';

export interface Options {
  readonly help: boolean;
  readonly version: boolean;
  readonly all: boolean;
  readonly full: boolean;
  readonly quiet: boolean;
  readonly block: boolean;
  readonly now: boolean;
  /** How often it was given. */
  readonly force: number;
  readonly runtime: boolean;
  readonly wait: boolean;
  readonly valueOnly: boolean;
  readonly plain: boolean;
  readonly legend: boolean;
  readonly reload: boolean;
  readonly dryRun: boolean;
  /** What list-dependencies follows. */
  readonly direction: 'forward' | 'reverse' | 'after' | 'before';
  /** Why there is nobody to talk to: `--user`, `--host`, … */
  readonly elsewhere: string | null;
  readonly root: string | null;
  readonly types: readonly string[];
  readonly states: readonly string[];
  /** null: all that is not empty. */
  readonly properties: readonly string[] | null;
  readonly jobMode: JobMode;
  readonly signal: string;
  /** As given: it is judged where a unit is to be killed. */
  readonly whom: string;
  readonly lines: number;
  readonly output: string;
  readonly presetMode: 'full' | 'enable-only' | 'disable-only';
  readonly stdin: boolean;
  /** The file that `edit` writes into the drop-in directory. */
  readonly dropIn: string;
}

const JOB_MODES: Readonly<Record<string, JobMode>> = {
  replace: 'replace',
  'replace-irreversibly': 'replace',
  fail: 'fail',
  isolate: 'isolate',
  'ignore-dependencies': 'ignore-dependencies',
  'ignore-requirements': 'ignore-requirements',
  flush: 'flush',
  triggering: 'replace',
};
const UNIT_TYPES: readonly string[] = TYPES;
const LOAD_STATES = 'stub loaded not-found bad-setting error merged masked'.split(' ');
/** SIGRTMIN, as the C library counts. */
const FIRST_REAL_TIME = 34;
const ACTIVE_STATES = 'active reloading inactive failed activating deactivating maintenance'.split(' ');

/** The command's words and its options; throws Failure where they are wrong, or to print a list that was asked for. */
export function readOptions(argv: readonly string[]): { words: readonly string[]; options: Options } {
  const given = parse(argv);
  const has = (name: string): boolean => given.options.some((option) => option.name === name);
  const values = (...names: string[]): string[] =>
    given.options.flatMap(({ name, value }) => (names.includes(name) && value !== null ? [value] : []));
  const last = (...names: string[]): string | null => values(...names).at(-1) ?? null;
  const types = listed(values('type'));
  const properties = listed(values('property', 'P'));
  const elsewhere = ['user', 'global', 'host', 'machine', 'image'].find((name) => has(name)) ?? null;
  const force = given.options.filter(({ name }) => name === 'force').length;
  return {
    words: given.words,
    options: {
      help: has('help'),
      version: has('version'),
      all: has('all') || properties.includes(''),
      full: has('full'),
      quiet: has('quiet'),
      block: !has('no-block'),
      now: has('now'),
      force,
      runtime: has('runtime'),
      wait: has('wait'),
      valueOnly: has('value') || has('P'),
      plain: has('plain'),
      legend: !has('no-legend') && readFlag(last('legend') ?? 'yes', 'legend'),
      reload: !has('no-reload'),
      dryRun: has('dry-run'),
      direction: has('reverse') ? 'reverse' : has('after') ? 'after' : has('before') ? 'before' : 'forward',
      elsewhere,
      root: last('root'),
      types: readTypes(types),
      states: [
        ...readStates(listed(values('state'))),
        ...readTypes(types, true),
        ...(has('failed') ? ['failed'] : []),
      ],
      properties: properties.length === 0 ? null : properties,
      jobMode: readJobMode(
        has('fail')
          ? 'fail'
          : has('ignore-dependencies')
            ? 'ignore-dependencies'
            : (last('job-mode') ?? 'replace'),
      ),
      signal: readSignal(last('signal') ?? 'SIGTERM'),
      whom: last('kill-who', 'kill-whom') ?? 'all',
      lines: readLines(last('lines') ?? '10'),
      output: readOutput(last('output') ?? 'short'),
      presetMode: readPresetMode(last('preset-mode') ?? 'full'),
      stdin: has('stdin'),
      dropIn: (last('drop-in') ?? 'override').replace(/(\.conf)?$/, '.conf'),
    },
  };
}

function parse(argv: readonly string[]): ReturnType<typeof getopt> {
  try {
    return getopt('systemctl', SPECS, argv);
  } catch (error) {
    if (error instanceof OptionError) throw new Failure(error.message);
    throw error;
  }
}

function listed(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(','));
}

/** `--type=` takes types of units and, of old, states of loading. */
function readTypes(values: readonly string[], statesOnly = false): string[] {
  if (values.includes('help')) throw new Failure(helpOf({ 'Available unit types:': UNIT_TYPES }), 0);
  const wrong = values.find((value) => !UNIT_TYPES.includes(value) && !LOAD_STATES.includes(value));
  if (wrong !== undefined) {
    throw new Failure(
      `Unknown unit type or load state '${wrong}'.\nUse -t help to see a list of allowed values.`,
    );
  }
  return values.filter((value) => UNIT_TYPES.includes(value) !== statesOnly);
}

function readStates(values: readonly string[]): string[] {
  if (!values.includes('help')) return [...values];
  const lists = {
    'Available unit load states:': LOAD_STATES,
    'Available unit active states:': ACTIVE_STATES,
  };
  throw new Failure(helpOf(lists), 0);
}

function helpOf(lists: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(lists)
    .map(([title, names]) => [title, ...names].join('\n'))
    .join('\n\n');
}

function readFlag(value: string, name: string): boolean {
  if (/^(1|y|yes|t|true|on)$/i.test(value)) return true;
  if (/^(0|n|no|f|false|off)$/i.test(value)) return false;
  throw new Failure(`Failed to parse boolean argument to --${name}=: ${value}.`);
}

function readJobMode(value: string): JobMode {
  const mode = JOB_MODES[value];
  if (mode === undefined) throw new Failure(`Failed to parse job mode: ${value}`);
  return mode;
}

/** A number, or a name with or without SIG, `RTMIN+3` among them → the name. */
function readSignal(value: string): string {
  const [, offset] = /^(?:SIG)?RTMIN(?:\+(\d+))?$/.exec(value) ?? [];
  const isRealTime = /^(SIG)?RTMIN/.test(value);
  const plain = value.startsWith('SIG') ? value : `SIG${value}`;
  const number = isRealTime
    ? FIRST_REAL_TIME + Number(offset ?? 0)
    : /^\d+$/.test(value)
      ? Number(value)
      : signalNumber(plain);
  if (number === null || !(number > 0 && number <= 64)) {
    throw new Failure(`Failed to parse signal string "${value}".`);
  }
  return signalName(number);
}

function readLines(value: string): number {
  if (value === 'all') return Infinity;
  if (!/^\d+$/.test(value)) throw new Failure(`Failed to parse lines '${value}'`);
  return Number(value);
}

function readOutput(value: string): string {
  if (value === 'help') throw new Failure(OUTPUTS.join('\n'), 0);
  if (!OUTPUTS.includes(value)) throw new Failure(`Unknown output '${value}'.`);
  return value;
}

function readPresetMode(value: string): Options['presetMode'] {
  if (value === 'full' || value === 'enable-only' || value === 'disable-only') return value;
  throw new Failure(`Failed to parse preset mode: ${value}.`);
}
