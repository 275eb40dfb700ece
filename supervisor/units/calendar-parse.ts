// Calendar event expressions (systemd.time(7)): text → CalendarSpec, and its normal form.

import { cutComponents, fixYears, isValid, normalize, toSeconds } from './calendar-components.ts';
import type { CalendarComponent, CalendarSpec } from './model.ts';
import { DAY_NAMES, everySecond, formatDays, formatFields, SECOND, type Fields } from './calendar-text.ts';
import { civilFromDays, isTimeZone } from './time-zone.ts';

const FIELDS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;
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
