// list-units, list-timers, list-sockets, list-paths: tables of what is in memory.

import type { UnitSnapshot } from '../../control/units.ts';
import { UNIT_TYPES } from '../../units/unit-names.ts';
import { fullName } from './names.ts';
import { colorsOf, glyphsOf, managerOf, type Session } from './session.ts';
import { nextElapseMs } from './status-text.ts';
import { columns, fit, jsonRows, widthOf } from './table.ts';
import { readTimestamp, relativeTime, timestamp } from './time-text.ts';

export async function listUnits(session: Session, words: readonly string[]): Promise<number> {
  const { io, options } = session;
  const units = (await wantedUnits(session, words)).filter((unit) => isListed(session, unit));
  const sorted = units.toSorted(byTypeAndName);
  const json = jsonRows(
    options.output,
    sorted.map(({ id, loadState, activeState, subState, description }) => ({
      unit: id,
      load: loadState,
      active: activeState,
      sub: subState,
      description,
    })),
  );
  if (json !== null) {
    io.out(json);
    return 0;
  }
  io.out(unitTable(session, sorted));
  if (options.legend) io.out(unitLegend(session, sorted.length));
  return 0;
}

async function wantedUnits(session: Session, words: readonly string[]): Promise<readonly UnitSnapshot[]> {
  const patterns = words.map((word) => fullName(session, word));
  return managerOf(session).list(patterns);
}

/** Of inactive ones only those that are asked for, or have a job. */
function isListed({ options }: Session, unit: UnitSnapshot): boolean {
  const { types, states, all } = options;
  if (types.length > 0 && !types.some((type) => unit.id.endsWith(`.${type}`))) return false;
  if (states.length > 0) {
    return states.some((state) => [unit.loadState, unit.activeState, unit.subState].includes(state));
  }
  return all || unit.activeState !== 'inactive' || unit.job !== null;
}

/** The order of the types, then that of the names. */
const TYPES: readonly string[] = UNIT_TYPES;
const LISTED_FIRST = [
  'device',
  'automount',
  'mount',
  'swap',
  'path',
  'scope',
  'service',
  'slice',
  'socket',
  'target',
  'timer',
];

function byTypeAndName(one: UnitSnapshot, two: UnitSnapshot): number {
  const rank = ({ id }: UnitSnapshot): number => LISTED_FIRST.indexOf(id.slice(id.lastIndexOf('.') + 1));
  return rank(one) - rank(two) || (one.id < two.id ? -1 : 1);
}

/** The order in which list-unit-files has them. */
export function unitFileRank(name: string): number {
  return TYPES.indexOf(name.slice(name.lastIndexOf('.') + 1));
}

const BAD_LOAD = ['error', 'not-found', 'bad-setting', 'masked'];

function unitTable(session: Session, units: readonly UnitSnapshot[]): string {
  const { io, options } = session;
  const glyphs = glyphsOf(io);
  const paint = colorsOf(io);
  const withJobs = units.some(({ job }) => job !== null);
  const head = ['UNIT', 'LOAD', 'ACTIVE', 'SUB', ...(withJobs ? ['JOB'] : []), 'DESCRIPTION'];
  const rows = units.map((unit) => [
    unit.id,
    unit.loadState,
    unit.activeState,
    unit.subState,
    ...(withJobs ? [unit.job ?? ''] : []),
    unit.description,
  ]);
  const dots = units.map(({ activeState, loadState }) => {
    if (options.plain) return '';
    if (activeState === 'failed') return `${paint('red', glyphs.active)} `;
    return BAD_LOAD.includes(loadState) ? `${paint('yellow', glyphs.active)} ` : '  ';
  });
  const lines = columns(options.legend ? [head, ...rows] : rows);
  const marks = options.legend ? [options.plain ? '' : '  ', ...dots] : dots;
  const width = options.full ? null : io.columns;
  return lines
    .map(
      (line, index) =>
        `${marks[index] ?? ''}${fit(line, width === null ? null : width - widthOf(marks[index] ?? ''), glyphs.ellipsis)}\n`,
    )
    .join('');
}

const LEGEND = `
LOAD   = Reflects whether the unit definition was properly loaded.
ACTIVE = The high-level unit activation state, i.e. generalization of SUB.
SUB    = The low-level unit activation state, values depend on unit type.
`;

function unitLegend({ options }: Session, count: number): string {
  const explained = count > 0 ? LEGEND : '';
  if (options.states.length > 0) return `${explained}${count} loaded units listed.\n`;
  const hint = options.all ? '' : ' Pass --all to see loaded but inactive units, too.';
  return `${explained}${count} loaded units listed.${hint}\nTo show all installed unit files use 'systemctl list-unit-files'.\n`;
}

/** Units of one type with all their properties; inactive ones where --all asks for them. */
async function ofType(
  session: Session,
  words: readonly string[],
  type: string,
): Promise<{ unit: UnitSnapshot; properties: ReadonlyMap<string, string> }[]> {
  const manager = managerOf(session);
  const patterns = words.map((word) => fullName(session, word, `.${type}`));
  const units = (await manager.list(patterns)).filter(({ id }) => id.endsWith(`.${type}`));
  const listed = units.filter(({ activeState, subState }) => {
    const { all, states } = session.options;
    if (states.length > 0) return states.includes(activeState) || states.includes(subState);
    return all || activeState !== 'inactive';
  });
  return Promise.all(listed.map(async (unit) => ({ unit, properties: await manager.properties(unit.id) })));
}

export async function listTimers(session: Session, words: readonly string[]): Promise<number> {
  const { io } = session;
  const now = io.wallClock();
  const timers = (await ofType(session, words, 'timer')).map(({ unit, properties }) => ({
    unit: unit.id,
    next: nextElapseMs(properties, now, io.monotonicUs()),
    last: readTimestamp(properties.get('LastTriggerUSec') ?? ''),
    activates: properties.get('Triggers') ?? properties.get('Unit') ?? '',
  }));
  const sorted = timers.toSorted(
    (one, two) => (one.next ?? Infinity) - (two.next ?? Infinity) || (one.unit < two.unit ? -1 : 1),
  );
  const json = jsonRows(
    session.options.output,
    sorted.map(({ unit, next, last, activates }) => ({
      next: next === null ? null : Math.round(next * 1000),
      left: next === null ? null : Math.round(next * 1000),
      last: last === null ? 0 : Math.round(last * 1000),
      passed: last === null ? 0 : Math.round(last * 1000),
      unit,
      activates,
    })),
  );
  const rows = sorted.map(({ unit, next, last, activates }) => [
    next === null ? '-' : timestamp(next),
    next === null ? '-' : relativeTime(now - next),
    last === null ? '-' : timestamp(last),
    last === null ? '-' : relativeTime(now - last),
    unit,
    activates,
  ]);
  return print(session, json, ['NEXT', 'LEFT', 'LAST', 'PASSED', 'UNIT', 'ACTIVATES'], rows, 'timers');
}

export async function listSockets(session: Session, words: readonly string[]): Promise<number> {
  const all = await ofType(session, words, 'socket');
  const sockets = all
    .flatMap(({ unit, properties }) =>
      (properties.get('Listen') ?? '')
        .split('\n')
        .filter(Boolean)
        .map((line) => ({
          listen: line.replace(/ \(\w+\)$/, ''),
          unit: unit.id,
          activates: properties.get('Triggers') ?? '',
        })),
    )
    .toSorted((one, two) => (one.listen < two.listen ? -1 : 1));
  const rows = sockets.map(({ listen, unit, activates }) => [listen, unit, activates]);
  return print(
    session,
    jsonRows(session.options.output, sockets),
    ['LISTEN', 'UNIT', 'ACTIVATES'],
    rows,
    'sockets',
  );
}

export async function listPaths(session: Session, words: readonly string[]): Promise<number> {
  const all = await ofType(session, words, 'path');
  const paths = all
    .flatMap(({ unit, properties }) =>
      (properties.get('Paths') ?? '')
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const [, path = line, condition = ''] = /^(.*) \((\w+)\)$/.exec(line) ?? [];
          return { path, condition, unit: unit.id, activates: properties.get('Triggers') ?? '' };
        }),
    )
    .toSorted((one, two) => (one.path < two.path ? -1 : 1));
  const rows = paths.map(({ path, condition, unit, activates }) => [path, condition, unit, activates]);
  return print(
    session,
    jsonRows(session.options.output, paths),
    ['PATH', 'CONDITION', 'UNIT', 'ACTIVATES'],
    rows,
    'paths',
  );
}

function print(
  { io, options }: Session,
  json: string | null,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  what: string,
): number {
  if (json !== null) {
    io.out(json);
    return 0;
  }
  const lines = columns(options.legend ? [head, ...rows] : rows);
  io.out(lines.map((line) => `${line}\n`).join(''));
  if (!options.legend) return 0;
  const hint = options.all ? '' : `Pass --all to see loaded but inactive ${what}, too.\n`;
  io.out(`\n${rows.length} ${what} listed.\n${hint}`);
  return 0;
}
