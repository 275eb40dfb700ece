// The times that `journalctl --since=` and `--until=` take (systemd.time(7), "Parsing timestamps"). Pure but for the zone.

import { parseTimeSpan } from '../units/time-span.ts';

const WORD_DAYS: Readonly<Record<string, number>> = { today: 0, yesterday: -1, tomorrow: 1 };
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DATED =
  /^(?:(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?(?:(\d{4}|\d{2})-(\d{1,2})-(\d{1,2}))?(?:(?:^|[ T])(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d+)?)?)?(?: *(UTC|Z|[+-]\d\d:?\d\d))?$/i;

/** Milliseconds since 1970; null for what cannot be read. */
export function readTime(text: string, nowMs: number): number | null {
  const word = text.trim();
  if (word === 'now') return nowMs;
  const days = WORD_DAYS[word];
  if (days !== undefined) return startOfDay(nowMs, days);
  if (/^@\d+(\.\d+)?$/.test(word)) return Number(word.slice(1)) * 1000;
  const [, sign, later] = /^([+-])(.+)$/.exec(word) ?? [];
  const [, ago] = /^(.+) ago$/.exec(word) ?? [];
  const [, left] = /^(.+) (?:left|from now)$/.exec(word) ?? [];
  const span = parseTimeSpan(later ?? ago ?? left ?? '');
  if (span !== null && (later ?? ago ?? left) !== undefined) {
    return nowMs + (ago !== undefined || sign === '-' ? -span : span);
  }
  return readDate(word, nowMs);
}

function startOfDay(nowMs: number, days: number): number {
  const date = new Date(nowMs);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

function readDate(word: string, nowMs: number): number | null {
  const match = DATED.exec(word);
  if (match === null || word === '') return null;
  const [, weekday, year, month, day, hour, minute, second, fraction, zone] = match;
  if (year === undefined && hour === undefined) return null;
  const now = new Date(nowMs);
  // A time with a zone and without a date is one of today in UTC, whatever day it is here.
  const today =
    zone === undefined
      ? [now.getFullYear(), now.getMonth(), now.getDate()]
      : [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  const [thisYear = 0, thisMonth = 0, thisDay = 0] = today;
  const fields = [
    year === undefined ? thisYear : Number(year) + (year.length === 2 ? 2000 : 0),
    month === undefined ? thisMonth : Number(month) - 1,
    day === undefined ? thisDay : Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
    Number(fraction ?? 0) * 1000,
  ] as const;
  const [, monthIndex, dayOfMonth, hours, minutes, seconds] = fields;
  if (monthIndex > 11 || dayOfMonth < 1 || dayOfMonth > 31 || hours > 23 || minutes > 59 || seconds > 59)
    return null;
  const named = new Date(Date.UTC(...fields)).getUTCDay();
  if (weekday !== undefined && WEEKDAYS[named] !== weekday.toLowerCase()) return null;
  if (zone === undefined) return new Date(...fields).getTime();
  const [, sign, zoneHours, zoneMinutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const offset =
    sign === undefined ? 0 : (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
  return Date.UTC(...fields) - offset * 60_000;
}
