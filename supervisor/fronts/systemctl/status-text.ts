// One unit as `systemctl status` lays it out, from its properties. Pure.

import { formatTimeSpan, parseTimeSpan } from '../../units/time-span.ts';
import { colorOfState, stateGlyph, WITHOUT_PRESET } from './session.ts';
import { field, get, LABEL_WIDTH, type StatusInput } from './status-fields.ts';
import { groupLines, processLines } from './status-processes.ts';
import { readTimestamp, relativeTime, timestamp } from './time-text.ts';

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

function quoted(text: string | null): string | null {
  return text === null ? null : `"${text}"`;
}

/** `show` quotes what is no plain word, as the colon of `man:nginx(8)`. */
export function documentation(value: string): string[] {
  return value.split(' ').map((word) => word.replace(/^"(.*)"$/, '$1'));
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
  const path = get(input, 'SourcePath') ?? get(input, 'FragmentPath');
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
