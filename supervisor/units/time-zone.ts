// Wall clocks: an instant ↔ what a clock in a time zone shows. Dates are counted by hand, zones come from Intl.

/** What a clock on the wall shows; months and days count from 1. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat | null>();

export function isTimeZone(name: string): boolean {
  return /^[A-Za-z]/.test(name) && formatOf(name) !== null;
}

/** Milliseconds that a zone is ahead of UTC at an instant. */
export function offsetAt(timeZone: string, atMs: number): number {
  if (timeZone === 'UTC') return 0;
  const parts = formatOf(timeZone)?.formatToParts(atMs) ?? [];
  const number = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const wall = wallToMs({
    year: number('year'),
    month: number('month'),
    day: number('day'),
    hour: number('hour'),
    minute: number('minute'),
    second: number('second'),
  });
  return wall - Math.floor(atMs / 1000) * 1000;
}

/** What the clock shows; fractions of a second are the caller's. */
export function wallTime(timeZone: string, atMs: number): WallTime {
  return msToWall(atMs + offsetAt(timeZone, atMs));
}

/**
 * When a clock shows this; of a time that it shows twice, the first. For a time that it skips, `exists` is false and
 * `ms` is the moment at which it jumps.
 */
export function instantOf(
  timeZone: string,
  wall: WallTime,
): { readonly ms: number; readonly exists: boolean } {
  const naive = wallToMs(wall);
  const before = offsetAt(timeZone, naive - DAY_MS);
  const after = offsetAt(timeZone, naive + DAY_MS);
  const candidates = [naive - before, naive - after].filter((at) => at + offsetAt(timeZone, at) === naive);
  if (candidates.length > 0) return { ms: Math.min(...candidates), exists: true };
  let [early, late] = [naive - DAY_MS, naive + DAY_MS];
  while (late - early > 1000) {
    const middle = Math.floor((early + late) / 2000) * 1000;
    if (offsetAt(timeZone, middle) === before) early = middle;
    else late = middle;
  }
  return { ms: late, exists: false };
}

/** 1970-01-01 is a Thursday; Monday is 0. */
export function weekdayOf(year: number, month: number, day: number): number {
  return (((daysFromCivil(year, month, day) + 3) % 7) + 7) % 7;
}

export function daysInMonth(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** Days from 1970-01-01 to this one. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** As if the clock showed UTC. */
export function wallToMs({ year, month, day, hour, minute, second }: WallTime): number {
  return daysFromCivil(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
}

function msToWall(ms: number): WallTime {
  const days = Math.floor(ms / DAY_MS);
  const seconds = Math.floor((ms - days * DAY_MS) / 1000);
  return {
    ...civilFromDays(days),
    hour: Math.floor(seconds / 3600),
    minute: Math.floor((seconds % 3600) / 60),
    second: seconds % 60,
  };
}

/** Days since 1970-01-01 → year, month, day. */
export function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leap = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leap) / 365);
  const yearStart = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const dayOfYear = dayOfEra - yearStart;
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat | null = null;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    // No such zone: Intl says so with a RangeError.
  }
  formats.set(timeZone, format);
  return format;
}
