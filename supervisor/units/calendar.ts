// When a calendar event elapses next (systemd.time(7)).

import type { CalendarComponent, CalendarSpec } from './model.ts';
import { daysInMonth, instantOf, wallTime, weekdayOf, type WallTime } from './time-zone.ts';

const LAST_YEAR = 2199;
/** Clock changes that one search may run into. */
const MOST_JUMPS = 1000;
const SECOND = 1_000_000;

/** A wall clock that shows microseconds, too. */
interface Point extends Omit<WallTime, 'second'> {
  /** Of the minute. */
  readonly micro: number;
}

/**
 * The first time after `afterMs` (wall clock, milliseconds since 1970, fractions down to the microsecond) that the
 * expression names, or null where there is none any more. `localZone` is the zone of expressions that name none.
 */
export function nextElapse(spec: CalendarSpec, afterMs: number, localZone: string): number | null {
  const zone = spec.utc ? 'UTC' : (spec.timeZone ?? localZone);
  const afterMicro = Math.round(afterMs * 1000) + 1;
  const seconds = Math.floor(afterMicro / SECOND);
  let from = pointOf(wallTime(zone, seconds * 1000), afterMicro - seconds * SECOND);
  for (let jump = 0; jump < MOST_JUMPS; jump += 1) {
    const found = nextPoint(spec, from);
    if (found === null) return null;
    const wall: WallTime = { ...found, second: Math.floor(found.micro / SECOND) };
    const at = instantOf(zone, wall);
    if (at.exists) return at.ms + (found.micro % SECOND) / 1000;
    // The clock never shows that time: go on with what it shows instead.
    from = pointOf(wallTime(zone, at.ms), 0);
  }
  return null;
}

function pointOf({ second, ...wall }: WallTime, micro: number): Point {
  return { ...wall, micro: second * SECOND + micro };
}

/** The first point at or after this one that matches, field by field from the year down. */
function nextPoint(spec: CalendarSpec, from: Point): Point | null {
  const { fields } = spec;
  let [year, month, day] = [from.year, from.month, from.day];
  let time: Pick<Point, 'hour' | 'minute' | 'micro'> | null = from;
  for (;;) {
    const nextYear = nextValue(fields.year, year, LAST_YEAR);
    if (nextYear === null) return null;
    if (nextYear !== year) [year, month, day, time] = [nextYear, 1, 1, MIDNIGHT];

    const nextMonth = nextValue(fields.month, month, 12);
    if (nextMonth === null) {
      [year, month, day, time] = [year + 1, 1, 1, MIDNIGHT];
      continue;
    }
    if (nextMonth !== month) [month, day, time] = [nextMonth, 1, MIDNIGHT];

    const nextDay = nextDayOf(spec, year, month, day);
    if (nextDay === null) {
      [month, day, time] = [month + 1, 1, MIDNIGHT];
      continue;
    }
    if (nextDay !== day) [day, time] = [nextDay, MIDNIGHT];

    const found = nextTime(spec, time);
    if (found !== null) return { year, month, day, ...found };
    [day, time] = [day + 1, MIDNIGHT];
  }
}

const MIDNIGHT = { hour: 0, minute: 0, micro: 0 };

function nextDayOf(spec: CalendarSpec, year: number, month: number, from: number): number | null {
  const last = daysInMonth(year, month);
  const components = spec.endOfMonth
    ? spec.fields.day.map((component) => fromEnd(component, last))
    : spec.fields.day;
  for (let day = from; day <= last; day += 1) {
    const next = nextValue(components, day, last);
    if (next === null) return null;
    day = next;
    if (spec.weekdays.length === 0 || spec.weekdays.includes(weekdayOf(year, month, day))) return day;
  }
  return null;
}

/** `~01` is the last day; a range that counts from the end runs the other way round. */
function fromEnd({ start, stop, repeat }: CalendarComponent, last: number): CalendarComponent {
  const day = (value: number): number => last + 1 - value;
  return stop === null ? { start: day(start), stop, repeat } : { start: day(stop), stop: day(start), repeat };
}

function nextTime(
  { fields }: CalendarSpec,
  from: Pick<Point, 'hour' | 'minute' | 'micro'>,
): Pick<Point, 'hour' | 'minute' | 'micro'> | null {
  let { hour, minute, micro } = from;
  for (;;) {
    const nextHour = nextValue(fields.hour, hour, 23);
    if (nextHour === null) return null;
    if (nextHour !== hour) [hour, minute, micro] = [nextHour, 0, 0];
    const nextMinute = nextValue(fields.minute, minute, 59);
    if (nextMinute === null) {
      [hour, minute, micro] = [hour + 1, 0, 0];
      continue;
    }
    if (nextMinute !== minute) [minute, micro] = [nextMinute, 0];
    const next = nextMicro(fields.second, micro);
    if (next !== null) return { hour, minute, micro: next };
    [minute, micro] = [minute + 1, 0];
  }
}

/** The smallest value of the components from `from` to `to`; no components are all values. */
function nextValue(components: readonly CalendarComponent[], from: number, to: number): number | null {
  if (from > to) return null;
  if (components.length === 0) return from;
  let best: number | null = null;
  for (const { start, stop, repeat } of components) {
    const steps = repeat === null || start >= from ? 0 : Math.ceil((from - start) / repeat);
    const value = start + steps * (repeat ?? 0);
    if (value < from || value > (stop ?? (repeat === null ? start : to))) continue;
    if (value <= to && (best === null || value < best)) best = value;
  }
  return best;
}

/** Microseconds of the minute; any value means every whole second. */
function nextMicro(components: readonly CalendarComponent[], from: number): number | null {
  const micro = (value: number | null): number | null => (value === null ? null : Math.round(value * SECOND));
  const scaled =
    components.length === 0
      ? [{ start: 0, stop: null, repeat: SECOND }]
      : components.map(({ start, stop, repeat }) => ({
          start: Math.round(start * SECOND),
          stop: micro(stop),
          repeat: micro(repeat),
        }));
  return nextValue(scaled, from, 60 * SECOND - 1);
}
