// schedule=: cron's notation, as crontab(5) has it, and the next time that it names. Pure: how local time runs is an argument.

import { BadValue } from './expand.ts';

export interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  /** 1 is January. */
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** Both days are restricted: then either of them is enough. */
  readonly anyDay: boolean;
  /** The minute or the hour begins with `*`: such a job runs by real time, also while clocks are changed. */
  readonly frequent: boolean;
}

/** A point of time as a local clock shows it. */
export interface LocalTime {
  readonly year: number;
  /** 1 is January. */
  readonly month: number;
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

/** What a local clock shows at a moment, in milliseconds since 1970. */
export type LocalClock = (atMs: number) => LocalTime;

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const MONTH_NAMES = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY_NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const REMEDY = 'write minute, hour, day of month, month and day of week, such as 30 4 * * sun, or @daily';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A change of the clock by more than this is a correction, whose times are not made up for (cron(8)). */
export const LARGEST_CHANGE_MS = 3 * HOUR_MS;
/** A 29th of February may be eight years off. */
const FARTHEST_MS = 9 * 366 * 24 * HOUR_MS;

/** Reads five fields or a nickname; throws BadValue. */
export function parseCron(text: string): Cron {
  const fields = (NICKNAMES[text.toLowerCase()] ?? text).trim().split(/\s+/);
  if (fields.length !== 5) throw new BadValue(`'${text}' is no schedule`, REMEDY);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const months = fieldOf(month, 'month', 1, 12, MONTH_NAMES, 1);
  const weekdays = new Set([...fieldOf(weekday, 'day of week', 0, 7, DAY_NAMES, 0)].map((each) => each % 7));
  const days = fieldOf(day, 'day of month', 1, 31);
  const anyDay = !day.startsWith('*') && !weekday.startsWith('*');
  const comes = [...months].some((each) => [...days].some((one) => one <= (LONGEST_MONTHS[each - 1] ?? 0)));
  if (!comes && !anyDay) throw new BadValue(`'${text}' names a day that never comes`, REMEDY);
  return {
    minutes: fieldOf(minute, 'minute', 0, 59),
    hours: fieldOf(hour, 'hour', 0, 23),
    days,
    months,
    weekdays,
    anyDay,
    frequent: minute.startsWith('*') || hour.startsWith('*'),
  };
}

/**
 * The first moment after `afterMs` that the schedule names, or null where there is none. When clocks are put forward, what
 * the skipped hour would have brought comes right after it; when they are put back, it comes once: by cron(8), both for
 * jobs of a fixed time only. Zones change their clocks by whole minutes.
 */
export function nextRun(cron: Cron, afterMs: number, clock: LocalClock): number | null {
  let at = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS;
  const end = at + FARTHEST_MS;
  let before = clock(at);
  for (let step = MINUTE_MS; at <= end;) {
    const next = at + step;
    const local = clock(next);
    const skippedMs = minutesOf(local) * MINUTE_MS - minutesOf(before) * MINUTE_MS - step;
    if (skippedMs > 0 && step > MINUTE_MS) {
      // The clock was put forward on the way: the change itself is looked for.
      step = Math.ceil(step / 2 / MINUTE_MS) * MINUTE_MS;
      continue;
    }
    const isChange = skippedMs > 0 && skippedMs <= LARGEST_CHANGE_MS && !cron.frequent;
    if (isChange && namesBetween(cron, before, skippedMs)) return next;
    if (names(cron, local) && (cron.frequent || !isRepeated(next, local, clock))) return next;
    step = stepFrom(cron, local);
    at = next;
    before = local;
  }
  return null;
}

/** How far it is safe to go without missing anything, unless clocks change on the way. */
function stepFrom(cron: Cron, local: LocalTime): number {
  if (!namesDay(cron, local)) return local.hour < 20 ? (20 - local.hour) * HOUR_MS : restOfHour(local);
  return cron.hours.has(local.hour) ? MINUTE_MS : restOfHour(local);
}

function restOfHour({ minute }: LocalTime): number {
  return (60 - minute) * MINUTE_MS;
}

function names(cron: Cron, local: LocalTime): boolean {
  return cron.minutes.has(local.minute) && cron.hours.has(local.hour) && namesDay(cron, local);
}

function namesDay(cron: Cron, { day, month, weekday }: LocalTime): boolean {
  if (!cron.months.has(month)) return false;
  const [byDay, byWeekday] = [cron.days.has(day), cron.weekdays.has(weekday)];
  return cron.anyDay ? byDay || byWeekday : byDay && byWeekday;
}

/** Whether it names one of the minutes that the clock has skipped after `before`. */
function namesBetween(cron: Cron, before: LocalTime, skippedMs: number): boolean {
  for (let skipped = 1; skipped <= skippedMs / MINUTE_MS; skipped += 1) {
    if (names(cron, civil(minutesOf(before) + skipped))) return true;
  }
  return false;
}

/** Whether the clock has shown the same some hours before: it was put back in between. */
function isRepeated(at: number, local: LocalTime, clock: LocalClock): boolean {
  const earlier = clock(at - LARGEST_CHANGE_MS);
  const backMinutes = LARGEST_CHANGE_MS / MINUTE_MS - (minutesOf(local) - minutesOf(earlier));
  if (backMinutes <= 0) return false;
  return minutesOf(clock(at - backMinutes * MINUTE_MS)) === minutesOf(local);
}

/** A local time on a line: minutes since 1970 as if there were no zones. */
function minutesOf({ year, month, day, hour, minute }: LocalTime): number {
  return (daysBefore(year, month) + day - 1) * 1440 + hour * 60 + minute;
}

/** Days from 1970 to the first of a month. */
function daysBefore(year: number, month: number): number {
  // Years begin in March, so that the leap day is the last one.
  const from = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leaps = Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400);
  return from * 365 + leaps + Math.floor((153 * months + 2) / 5) - 719_468;
}

/** The inverse of minutesOf. */
function civil(minutes: number): LocalTime {
  const days = Math.floor(minutes / 1440);
  let year = 1970 + Math.floor(days / 365.2425);
  while (daysBefore(year + 1, 1) <= days) year += 1;
  while (daysBefore(year, 1) > days) year -= 1;
  let month = 12;
  while (daysBefore(year, month) > days) month -= 1;
  const rest = minutes - days * 1440;
  return {
    year,
    month,
    day: days - daysBefore(year, month) + 1,
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(rest / 60),
    minute: rest % 60,
  };
}

/** One field: a list of `*`, numbers or names, ranges, and steps of these. */
function fieldOf(
  text: string,
  what: string,
  least: number,
  most: number,
  nameList: readonly string[] = [],
  firstName = 0,
): Set<number> {
  const values = new Set<number>();
  const wrong = (): never => {
    throw new BadValue(`'${text}' is no ${what} of a schedule`, REMEDY);
  };
  const valueOf = (word: string): number => {
    const named = nameList.indexOf(word.toLowerCase());
    const value = named !== -1 ? named + firstName : /^\d{1,2}$/.test(word) ? Number(word) : NaN;
    return value >= least && value <= most ? value : wrong();
  };
  for (const part of text.split(',')) {
    const [, from = '', to, every] =
      /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d{1,2}))?$/i.exec(part) ?? wrong();
    const isRange = from === '*' || to !== undefined;
    // A step without a range means something else to each cron.
    if ((every !== undefined && !isRange) || (from === '*' && to !== undefined) || every === '0') wrong();
    const first = from === '*' ? least : valueOf(from);
    const last = from === '*' ? most : to === undefined ? first : lastOf(valueOf(to), first, most);
    if (last < first || Number(every ?? 1) < 1) wrong();
    for (let value = first; value <= last; value += Number(every ?? 1)) values.add(value);
  }
  return values;
}

/** `sat-sun` ends with the Sunday after. */
function lastOf(value: number, first: number, most: number): number {
  return value === 0 && first > 0 && most === 7 ? 7 : value;
}
