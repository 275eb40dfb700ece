// One unit as `systemctl status` lays it out, from its properties. Pure.

import { signalName } from '../../process/signals.ts';
import { formatTimeSpan, parseTimeSpan } from '../../units/time-span.ts';
import { EXIT_STATUSES } from '../../units/exit-status.ts';
import { colorOfState, stateGlyph, WITHOUT_PRESET, type Glyphs } from './session.ts';
import { readTimestamp, relativeTime, timestamp } from './time-text.ts';

export interface StatusInput {
  readonly properties: ReadonlyMap<string, string>;
  /** Units of TriggeredBy= and Triggers= → their active state. */
  readonly states: ReadonlyMap<string, string>;
  /** Its processes now, as /proc tells them, the main one first. */
  readonly processes: readonly {
    readonly pid: number;
    readonly comm: string;
    readonly commandLine: string;
  }[];
  /** The condition that was not met, as the journal names it: `ConditionPathExists=/nope`. */
  readonly unmet: string | null;
  readonly monotonicUs: number;
  readonly nowMs: number;
  readonly glyphs: Glyphs;
  readonly paint: (color: 'red' | 'green' | 'yellow' | 'bold' | 'none', text: string) => string;
}

/** Without the lines of the journal. */
export function statusText(input: StatusInput): string {
  const lines = [
    headLine(input),
    loadedLine(input),
    ...dropInLines(input),
    ...activeLines(input),
    ...conditionLines(input),
    ...otherUnits(input, 'TriggeredBy'),
    ...listed('Docs', documentation(get(input, 'Documentation') ?? '')),
    ...otherUnits(input, 'Triggers'),
    ...listed('Listen', (get(input, 'Listen') ?? '').split('\n')),
    ...processLines(input),
    ...field('Status', quoted(get(input, 'StatusText'))),
    ...groupLines(input),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function get({ properties }: StatusInput, name: string): string | null {
  const value = properties.get(name) ?? '';
  return value === '' ? null : value;
}

function quoted(text: string | null): string | null {
  return text === null ? null : `"${text}"`;
}

/** `show` quotes what is no plain word, as the colon of `man:nginx(8)`. */
export function documentation(value: string): string[] {
  return value.split(' ').map((word) => word.replace(/^"(.*)"$/, '$1'));
}

const LABEL_WIDTH = 11;

function field(label: string, value: string | null): string[] {
  return value === null ? [] : [`${label.padStart(LABEL_WIDTH)}: ${value}`];
}

/** The label once, the values below each other. */
function listed(label: string, values: readonly string[]): string[] {
  const [first, ...more] = values.filter((value) => value !== '');
  return first === undefined
    ? []
    : [...field(label, first), ...more.map((value) => `${' '.repeat(LABEL_WIDTH + 2)}${value}`)];
}

function headLine(input: StatusInput): string {
  const { glyphs, paint } = input;
  const state = get(input, 'ActiveState') ?? 'inactive';
  const id = get(input, 'Id') ?? '';
  const description = get(input, 'Description');
  const glyph = paint(colorOfState(state), stateGlyph(state, glyphs));
  return `${glyph} ${id}${description === null || description === id ? '' : ` - ${description}`}`;
}

function loadedLine(input: StatusInput): string {
  const state = get(input, 'LoadState') ?? 'not-found';
  const reason = get(input, 'LoadError')?.replace(/^\S+ "(.*)"$/s, '$1');
  const isBad = ['error', 'not-found', 'bad-setting'].includes(state);
  const word = isBad ? input.paint('red', state) : state;
  if (reason !== undefined) return `${'Loaded'.padStart(LABEL_WIDTH)}: ${word} (Reason: ${reason})`;
  const path = get(input, 'FragmentPath');
  const fileState = get(input, 'UnitFileState');
  const preset = get(input, 'UnitFilePreset');
  const hasPreset = path !== null && preset !== null && !WITHOUT_PRESET.includes(fileState ?? 'static');
  const parts = [path, fileState, hasPreset ? `preset: ${preset}` : null].filter((part) => part !== null);
  return `${'Loaded'.padStart(LABEL_WIDTH)}: ${word}${parts.length === 0 ? '' : ` (${parts.join('; ')})`}`;
}

/** The drop-ins by directory, as a small tree. */
function dropInLines(input: StatusInput): string[] {
  const paths = (get(input, 'DropInPaths') ?? '').split(' ').filter(Boolean);
  const directories = [...new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))))];
  const indent = ' '.repeat(LABEL_WIDTH + 2);
  const lines = directories.flatMap((directory) => {
    const names = paths
      .filter((path) => path.startsWith(`${directory}/`))
      .map((path) => path.slice(directory.length + 1));
    return [directory, `${input.glyphs.last}${names.join(', ')}`];
  });
  const [first, ...more] = lines;
  return first === undefined ? [] : [...field('Drop-In', first), ...more.map((line) => `${indent}${line}`)];
}

/** The time that the present state is dated by. */
const SINCE: Readonly<Record<string, string>> = {
  active: 'ActiveEnterTimestamp',
  reloading: 'ActiveEnterTimestamp',
  inactive: 'InactiveEnterTimestamp',
  failed: 'InactiveEnterTimestamp',
  activating: 'InactiveExitTimestamp',
};

function activeLines(input: StatusInput): string[] {
  const active = get(input, 'ActiveState') ?? 'inactive';
  const sub = get(input, 'SubState') ?? 'dead';
  const result = get(input, 'Result') ?? 'success';
  const words = [
    active === sub ? active : `${active} (${sub})`,
    ...(result === 'success' ? [] : [`(Result: ${result})`]),
  ].join(' ');
  const since = sinceText(input, SINCE[active] ?? 'ActiveExitTimestamp');
  const lines = field(
    'Active',
    `${input.paint(colorOfState(active), words)}${since === null ? '' : ` since ${since}`}`,
  );
  return [...lines, ...triggerLine(input), ...durationLine(input, active)];
}

/** `Sat … UTC; 3s ago`, or null for what has never been. */
function sinceText(input: StatusInput, name: string): string | null {
  const at = get(input, name);
  if (at === null || at === 'n/a') return null;
  const monotonic = Number(get(input, `${name}Monotonic`) ?? 0);
  const agoMs =
    monotonic > 0 ? (input.monotonicUs - monotonic) / 1000 : input.nowMs - (readTimestamp(at) ?? input.nowMs);
  return `${at}; ${relativeTime(Math.max(agoMs, 0.001))}`;
}

/** When a timer elapses next. */
function triggerLine(input: StatusInput): string[] {
  if (!(get(input, 'Id') ?? '').endsWith('.timer')) return [];
  const next = nextElapseMs(input.properties, input.nowMs, input.monotonicUs);
  return field('Trigger', next === null ? 'n/a' : `${timestamp(next)}; ${relativeTime(input.nowMs - next)}`);
}

/** The sooner of a timer's two clocks as wall clock time; null for never. */
export function nextElapseMs(
  properties: ReadonlyMap<string, string>,
  nowMs: number,
  monotonicUs: number,
): number | null {
  const realtime = readTimestamp(properties.get('NextElapseUSecRealtime') ?? '');
  const monotonic = spanMs(properties.get('NextElapseUSecMonotonic') ?? '');
  const fromMonotonic = monotonic === null || monotonic === 0 ? null : nowMs + monotonic - monotonicUs / 1000;
  const times = [realtime, fromMonotonic].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}

function spanMs(text: string): number | null {
  return text === '' || text === 'infinity' ? null : parseTimeSpan(text);
}

function durationLine(input: StatusInput, active: string): string[] {
  const entered = Number(get(input, 'ActiveEnterTimestampMonotonic') ?? 0);
  const left = Number(get(input, 'ActiveExitTimestampMonotonic') ?? 0);
  const isOver = active !== 'active' && active !== 'reloading' && active !== 'activating';
  if (!isOver || entered === 0 || left < entered) return [];
  return field('Duration', formatTimeSpan((left - entered) / 1000, 1));
}

function conditionLines(input: StatusInput): string[] {
  const lines: string[] = [];
  if (get(input, 'ConditionResult') === 'no' && get(input, 'ActiveState') === 'inactive') {
    const since = sinceText(input, 'ConditionTimestamp');
    if (since !== null)
      lines.push(...field('Condition', `start condition failed at ${since}`), ...unmetLine(input));
  }
  if (get(input, 'AssertResult') === 'no' && get(input, 'ActiveState') === 'failed') {
    const since = sinceText(input, 'AssertTimestamp');
    if (since !== null)
      lines.push(...field('Assert', `start assertion failed at ${since}`), ...unmetLine(input));
  }
  return lines;
}

function unmetLine({ unmet, glyphs }: StatusInput): string[] {
  return unmet === null ? [] : [`${' '.repeat(LABEL_WIDTH + 2)}${glyphs.last} ${unmet} was not met`];
}

function otherUnits(input: StatusInput, name: string): string[] {
  const units = (get(input, name) ?? '').split(' ').filter(Boolean).toSorted();
  return listed(
    name,
    units.map((unit) => {
      const state = input.states.get(unit) ?? 'inactive';
      return `${input.paint(colorOfState(state), stateGlyph(state, input.glyphs))} ${unit}`;
    }),
  );
}

/** The commands of a service in the order in which they run. */
const COMMANDS = [
  'ExecCondition',
  'ExecStartPre',
  'ExecStart',
  'ExecStartPost',
  'ExecReload',
  'ExecStop',
  'ExecStopPost',
  'ExecStopPre',
];

function processLines(input: StatusInput): string[] {
  const shown = new Set<number>();
  const ended = COMMANDS.flatMap((name) =>
    (get(input, name) ?? '').split(/\n(?=\{ path=)/).flatMap((text) => {
      const command = readCommand(text);
      if (command === null || !/^(exited|killed|dumped)$/.test(command.code)) return [];
      shown.add(command.pid);
      return field(
        'Process',
        `${command.pid} ${name}=${command.argv} ${endText(command.code, command.status)}`,
      );
    }),
  );
  const main = Number(get(input, 'MainPID') ?? 0);
  const last = Number(get(input, 'ExecMainPID') ?? 0);
  const control = Number(get(input, 'ControlPID') ?? 0);
  const commOf = (pid: number): string => {
    const comm = input.processes.find((each) => each.pid === pid)?.comm;
    return comm === undefined ? '' : ` (${comm})`;
  };
  const parts: string[] = [];
  if (main > 0) parts.push(`${'Main PID'.padStart(LABEL_WIDTH)}: ${main}${commOf(main)}`);
  else if (last > 0) {
    const code = EXIT_CODES[get(input, 'ExecMainCode') ?? '0'];
    const status = get(input, 'ExecMainStatus') ?? '0';
    const end = code === undefined ? '' : ` ${endText(code, status)}`;
    parts.push(`${'Main PID'.padStart(LABEL_WIDTH)}: ${last}${end}`);
  }
  if (control > 0 && !shown.has(control)) {
    const label = parts.length === 0 ? `${'Cntrl PID'.padStart(LABEL_WIDTH)}: ` : '; Control PID: ';
    parts.push(`${label}${control}${commOf(control)}`);
  }
  return parts.length === 0 ? ended : [...ended, parts.join('')];
}

/** CLD_EXITED, CLD_KILLED, CLD_DUMPED (siginfo_t). */
const EXIT_CODES: Readonly<Record<string, string>> = { '1': 'exited', '2': 'killed', '3': 'dumped' };

interface RunCommand {
  readonly argv: string;
  readonly pid: number;
  readonly code: string;
  /** A number, with a name behind a slash or without. */
  readonly status: string;
}

/** `{ path=… ; argv[]=… ; … ; pid=… ; code=exited ; status=0 }` */
function readCommand(text: string): RunCommand | null {
  const [, argv, rest] =
    /^\{ path=.*? ; argv\[\]=(.*) ; (?:ignore_errors|flags)=[^;]* ; (start_time=.*)\}$/s.exec(text) ?? [];
  if (argv === undefined || rest === undefined) return null;
  const value = (name: string): string =>
    new RegExp(`(?:^|; )${name}=([^;]*?) *(?:;|$)`).exec(rest)?.[1] ?? '';
  return { argv, pid: Number(value('pid')), code: value('code'), status: value('status') };
}

function endText(code: string, status: string): string {
  const number = Number.parseInt(status, 10);
  if (code !== 'exited') return `(code=${code}, signal=${signalName(number).replace(/^SIG/, '')})`;
  // The names of LSB and BSD are guesses: only what libc and systemd say is shown.
  const name = EXIT_STATUSES.find(
    (each) => each.code === number && /^(libc|systemd)$/.test(each.class),
  )?.name;
  return `(code=exited, status=${number}${name === undefined ? '' : `/${name}`})`;
}

/** The processes as a tree of one level. */
function groupLines(input: StatusInput): string[] {
  const { processes, glyphs } = input;
  const group =
    get(input, 'ControlGroup') ?? (processes.length > 0 ? `/system.slice/${get(input, 'Id') ?? ''}` : null);
  if (group === null || processes.length === 0) return [];
  const width = Math.max(...processes.map(({ pid }) => String(pid).length));
  const sorted = processes.toSorted((one, two) => one.pid - two.pid);
  const tree = sorted.map(({ pid, commandLine }, index) => {
    const branch = index === sorted.length - 1 ? glyphs.last : glyphs.branch;
    return `${' '.repeat(LABEL_WIDTH + 2)}${branch}${String(pid).padStart(width)} ${commandLine}`;
  });
  return [...field('CGroup', group), ...tree];
}
