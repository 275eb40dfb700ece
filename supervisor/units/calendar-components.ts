// One field of a calendar event (systemd.time(7)): `*`, or values, ranges and steps with commas between them.

import type { CalendarComponent } from './model.ts';
import { SECOND, type Field } from './calendar-text.ts';

/** What each field may hold; seconds are counted in microseconds until the end. */
const RANGES: Readonly<Record<Field, readonly [from: number, to: number]>> = {
  year: [1970, 2199],
  month: [1, 12],
  day: [1, 31],
  hour: [0, 23],
  minute: [0, 59],
  second: [0, 59_999_999],
};
/** More components than this are refused, as systemd does. */
const MOST_COMPONENTS = 240;

/** `*`, or components with commas; an empty list is any value (seconds: `0/1`). */
export function cutComponents(
  text: string,
  seconds: boolean,
): { components: readonly CalendarComponent[]; rest: string } | null {
  if (text.startsWith('*')) {
    const any = seconds ? [{ start: 0, stop: null, repeat: SECOND }] : [];
    return { components: any, rest: text.slice(1) };
  }
  const components: CalendarComponent[] = [];
  let rest = text;
  for (;;) {
    const start = cutNumber(rest, seconds);
    if (start === null) return null;
    rest = start.rest;
    let stop: number | null = null;
    let repeat: number | null = null;
    if (rest.startsWith('..')) {
      const end = cutNumber(rest.slice(2), seconds);
      if (end === null) return null;
      [stop, repeat, rest] = [end.value, seconds ? SECOND : 1, end.rest];
    }
    if (rest.startsWith('/')) {
      const step = cutNumber(rest.slice(1), seconds);
      if (step === null || step.value === 0) return null;
      [repeat, rest] = [step.value, step.rest];
    } else if (seconds && stop !== null && start.value + SECOND > stop) return null;
    components.push({ start: start.value, stop, repeat });
    if (components.length > MOST_COMPONENTS || !/^(?:[ ,\-~:]|$)/.test(rest)) return null;
    if (!rest.startsWith(',')) return { components, rest };
    rest = rest.slice(1);
  }
}

/** A number; seconds become microseconds, rounded at the seventh digit. */
function cutNumber(text: string, seconds: boolean): { value: number; rest: string } | null {
  const match = (seconds ? /^(\d+)(?:\.(?!\.)(\d+))?/ : /^(\d+)/).exec(text);
  if (match === null || (seconds && /^\d+\.(?!\.)(?!\d)/.test(text))) return null;
  const fraction = (match[2] ?? '').padEnd(7, '0');
  const micro = seconds ? Number(fraction.slice(0, 6)) + (Number(fraction[6]) >= 5 ? 1 : 0) : 0;
  const value = Number(match[1]) * (seconds ? SECOND : 1) + micro;
  return value <= 0x7fff_ffff ? { value, rest: text.slice(match[0].length) } : null;
}

/** 12 → 2012, 89 → 1989. */
export function fixYears(components: readonly CalendarComponent[]): CalendarComponent[] {
  const fix = (year: number): number => (year < 70 ? year + 2000 : year < 100 ? year + 1900 : year);
  return components.map(({ start, stop, repeat }) => ({
    start: fix(start),
    stop: stop === null ? null : fix(stop),
    repeat,
  }));
}

/** In order, without doubles, and with ends that are reached. */
export function normalize(components: readonly CalendarComponent[]): CalendarComponent[] {
  const exact = components.map((component) => {
    const { start, stop, repeat } = component;
    if (stop === null) return component;
    const end = repeat !== null && stop > start ? stop - ((stop - start) % repeat) : stop;
    return end === start ? { start, stop: null, repeat: null } : { start, stop: end, repeat };
  });
  const key = ({ start, stop, repeat }: CalendarComponent): readonly number[] => [
    start,
    stop ?? -1,
    repeat ?? 0,
  ];
  const sorted = exact.toSorted((one, two) => {
    const [a, b] = [key(one), key(two)];
    const at = a.findIndex((value, index) => value !== b[index]);
    return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
  });
  return sorted.filter((one, index) => {
    const next = sorted[index + 1];
    return next === undefined || String(key(one)) !== String(key(next));
  });
}

export function isValid(
  components: readonly CalendarComponent[],
  field: Field,
  endOfMonth: boolean,
): boolean {
  const [from, end] = RANGES[field];
  const backwards = endOfMonth && field === 'day';
  const to = backwards ? end - 3 : end;
  return components.every(({ start, stop, repeat }) => {
    const step = repeat ?? 0;
    if (start < from || start > to || step > to - from) return false;
    if (stop !== null) return stop >= from && stop <= to && start + step <= stop;
    return backwards ? start - step >= from : start + step <= to;
  });
}

export function toSeconds({ start, stop, repeat }: CalendarComponent): CalendarComponent {
  return {
    start: start / SECOND,
    stop: stop === null ? null : stop / SECOND,
    repeat: repeat === null ? null : repeat / SECOND,
  };
}
