// Calendar event expressions (systemd.time(7)): text → CalendarSpec, and its normal form.

import type { CalendarComponent, CalendarSpec } from './model.ts';
import {
  DAY_NAMES,
  everySecond,
  formatDays,
  formatFields,
  SECOND,
  type Field,
  type Fields,
} from './calendar-text.ts';
import { civilFromDays, isTimeZone } from './time-zone.ts';

/** What each field may hold; seconds are counted in microseconds until the end. */
const RANGES: Readonly<Record<Field, readonly [from: number, to: number]>> = {
  year: [1970, 2199],
  month: [1, 12],
  day: [1, 31],
  hour: [0, 23],
  minute: [0, 59],
  second: [0, 59_999_999],
};
const FIELDS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;
/** More components than this are refused, as systemd does. */
const MOST_COMPONENTS = 240;

const SHORTHANDS: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*:00',
  hourly: '*-*-* *:00:00',
  daily: '*-*-* 00:00:00',
  monthly: '*-*-01 00:00:00',
  weekly: 'Mon *-*-* 00:00:00',
  yearly: '*-01-01 00:00:00',
  annually: '*-01-01 00:00:00',
  anually: '*-01-01 00:00:00',
  quarterly: '*-01,04,07,10-01 00:00:00',
  biannually: '*-01,07-01 00:00:00',
  'bi-annually': '*-01,07-01 00:00:00',
  semiannually: '*-01,07-01 00:00:00',
  'semi-annually': '*-01,07-01 00:00:00',
};

const DAY =
  /^(mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)(?=[-., ]|$)/i;

/** null for what is no calendar event. */
export function parseCalendar(text: string): CalendarSpec | null {
  const { rest, utc, timeZone } = cutZone(text);
  if (rest === '') return null;
  const body = SHORTHANDS[rest.toLowerCase()] ?? rest;
  if (body.startsWith('@')) return fromTimestamp(body, text);
  const days = cutWeekdays(body);
  if (days === null) return null;
  const date = cutDate(days.rest);
  if (date === null) return null;
  const time = readTime(date.rest);
  if (time === null) return null;
  const endOfMonth = date.endOfMonth && date.day.length > 0;
  const fields: Fields = { year: fixYears(date.year), month: date.month, day: date.day, ...time };
  return finish(fields, days.weekdays, endOfMonth, utc, timeZone);
}

function finish(
  raw: Fields,
  weekdays: readonly number[],
  endOfMonth: boolean,
  utc: boolean,
  timeZone: string | null,
): CalendarSpec | null {
  const normal = { ...raw };
  for (const field of FIELDS) {
    normal[field] = normalize(raw[field]);
    if (!isValid(normal[field], field, endOfMonth)) return null;
  }
  const isUtc = utc || timeZone === 'UTC';
  const days = weekdays.length === 7 ? [] : weekdays;
  const zone = isUtc ? ' UTC' : timeZone === null ? '' : ` ${timeZone}`;
  return {
    text: `${formatDays(days)}${formatFields(normal, endOfMonth)}${zone}`,
    weekdays: days,
    utc: isUtc,
    timeZone: isUtc ? null : timeZone,
    fields: { ...normal, second: everySecond(normal.second) ? [] : normal.second.map(toSeconds) },
    endOfMonth,
  };
}

/** The zone at the end, if there is one: UTC in any case of letters, or a name of the time zone database. */
function cutZone(text: string): { rest: string; utc: boolean; timeZone: string | null } {
  if (/ utc$/i.test(text)) return { rest: text.slice(0, -' UTC'.length), utc: true, timeZone: null };
  const space = text.lastIndexOf(' ');
  const name = text.slice(space + 1);
  if (space === -1 || !isTimeZone(name)) return { rest: text, utc: false, timeZone: null };
  return { rest: text.slice(0, space), utc: false, timeZone: name };
}

function fromTimestamp(body: string, text: string): CalendarSpec | null {
  const seconds = /^@(\d+)$/.exec(body)?.[1];
  if (seconds === undefined) return null;
  const time = Number(seconds);
  if (!Number.isSafeInteger(time)) return null;
  const { timeZone } = cutZone(text);
  const date = civilFromDays(Math.floor(time / 86_400));
  const rest = time % 86_400;
  const one = (value: number): CalendarComponent[] => [{ start: value, stop: null, repeat: null }];
  return finish(
    {
      year: one(date.year),
      month: one(date.month),
      day: one(date.day),
      hour: one(Math.floor(rest / 3600)),
      minute: one(Math.floor((rest % 3600) / 60)),
      second: one((rest % 60) * SECOND),
    },
    [],
    false,
    true,
    timeZone,
  );
}

/** `Mon,Wed..Fri`: null where what looks like weekdays is broken. */
function cutWeekdays(text: string): { weekdays: readonly number[]; rest: string } | null {
  const days = new Set<number>();
  let rest = text;
  let from: number | null = null;
  for (let first = true; ; first = false) {
    const name = DAY.exec(rest)?.[1];
    if (name === undefined) return first ? { weekdays: [], rest } : null;
    const day = DAY_NAMES.findIndex((each) => name.toLowerCase().startsWith(each.toLowerCase()));
    if (from !== null && from > day) return null;
    for (let each = from ?? day; each <= day; each += 1) days.add(each);
    rest = rest.slice(name.length);
    const weekdays = [...days].toSorted((one, two) => one - two);
    if (rest === '' || rest.startsWith(' ')) return { weekdays, rest: rest.replace(/^ +/, '') };
    const range = /^(?:\.\.|-)/.exec(rest)?.[0];
    if (range !== undefined) {
      if (from !== null) return null;
      from = day;
      rest = rest.slice(range.length);
    } else if (rest.startsWith(',')) {
      from = null;
      rest = rest.slice(1);
    } else return null;
    if (rest === '' || rest.startsWith(' ')) {
      return from === null ? { weekdays, rest: rest.replace(/^ +/, '') } : null;
    }
  }
}

interface DatePart {
  readonly year: readonly CalendarComponent[];
  readonly month: readonly CalendarComponent[];
  readonly day: readonly CalendarComponent[];
  readonly endOfMonth: boolean;
  readonly rest: string;
}

const NO_DATE = { year: [], month: [], day: [], endOfMonth: false };

/** `year-month-day`, `month-day`, either with `~` before the day; what has a colon first is a time. */
function cutDate(text: string): DatePart | null {
  if (text === '') return { ...NO_DATE, rest: '' };
  const first = cutComponents(text, false);
  if (first === null) return null;
  if (first.rest === '' || first.rest.startsWith(':')) return { ...NO_DATE, rest: text };
  if (!/^[-~]/.test(first.rest)) return null;
  const secondFromEnd = first.rest.startsWith('~');
  const second = cutComponents(first.rest.slice(1), false);
  if (second === null) return null;
  if (second.rest === '' || second.rest.startsWith(' ')) {
    return {
      year: [],
      month: first.components,
      day: second.components,
      endOfMonth: secondFromEnd,
      rest: second.rest.replace(/^ +/, ''),
    };
  }
  if (secondFromEnd || !/^[-~]/.test(second.rest)) return null;
  const third = cutComponents(second.rest.slice(1), false);
  if (third === null || !/^(?: |$)/.test(third.rest)) return null;
  return {
    year: first.components,
    month: second.components,
    day: third.components,
    endOfMonth: second.rest.startsWith('~'),
    rest: third.rest.replace(/^ +/, ''),
  };
}

function readTime(text: string): Pick<Fields, 'hour' | 'minute' | 'second'> | null {
  const zero = [{ start: 0, stop: null, repeat: null }];
  if (text === '') return { hour: zero, minute: zero, second: zero };
  const hour = cutComponents(text, false);
  if (hour === null || !hour.rest.startsWith(':')) return null;
  const minute = cutComponents(hour.rest.slice(1), false);
  if (minute === null) return null;
  if (minute.rest === '') return { hour: hour.components, minute: minute.components, second: zero };
  if (!minute.rest.startsWith(':')) return null;
  const second = cutComponents(minute.rest.slice(1), true);
  if (second === null || second.rest !== '') return null;
  return { hour: hour.components, minute: minute.components, second: second.components };
}

/** `*`, or components with commas; an empty list is any value (seconds: `0/1`). */
function cutComponents(
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
function fixYears(components: readonly CalendarComponent[]): CalendarComponent[] {
  const fix = (year: number): number => (year < 70 ? year + 2000 : year < 100 ? year + 1900 : year);
  return components.map(({ start, stop, repeat }) => ({
    start: fix(start),
    stop: stop === null ? null : fix(stop),
    repeat,
  }));
}

/** In order, without doubles, and with ends that are reached. */
function normalize(components: readonly CalendarComponent[]): CalendarComponent[] {
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

function isValid(components: readonly CalendarComponent[], field: Field, endOfMonth: boolean): boolean {
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

function toSeconds({ start, stop, repeat }: CalendarComponent): CalendarComponent {
  return {
    start: start / SECOND,
    stop: stop === null ? null : stop / SECOND,
    repeat: repeat === null ? null : repeat / SECOND,
  };
}
