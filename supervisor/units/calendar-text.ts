// The normal form of a calendar event, as `systemd-analyze calendar` prints it.

import type { CalendarComponent, CalendarSpec } from './model.ts';

export type Field = keyof CalendarSpec['fields'];
export type Fields = Record<Field, readonly CalendarComponent[]>;

/** Seconds are counted in microseconds while they are read and printed. */
export const SECOND = 1_000_000;
export const DAY_NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** `*` in the place of the seconds. */
export function everySecond(components: readonly CalendarComponent[]): boolean {
  const [only] = components;
  return components.length === 1 && only?.start === 0 && only.repeat === SECOND && only.stop === null;
}

/** Weekdays with a blank behind them; nothing for all of them. */
export function formatDays(days: readonly number[]): string {
  if (days.length === 0) return '';
  const runs: number[][] = [];
  for (const day of days) {
    const last = runs.at(-1);
    if (last !== undefined && last.at(-1) === day - 1) last.push(day);
    else runs.push([day]);
  }
  const words = runs.map((run) => {
    const [first = '', last = ''] = [DAY_NAMES[run[0] ?? 0], DAY_NAMES[run.at(-1) ?? 0]];
    if (run.length === 1) return first;
    return `${first}${run.length > 2 ? '..' : ','}${last}`;
  });
  return `${words.join(',')} `;
}

export function formatFields(fields: Fields, endOfMonth: boolean): string {
  const part = (field: Field): string => formatComponents(fields[field], field);
  const date = `${part('year')}-${part('month')}${endOfMonth ? '~' : '-'}${part('day')}`;
  return `${date} ${part('hour')}:${part('minute')}:${part('second')}`;
}

function formatComponents(components: readonly CalendarComponent[], field: Field): string {
  if (components.length === 0 || (field === 'second' && everySecond(components))) return '*';
  const unit = field === 'second' ? SECOND : 1;
  const width = field === 'year' ? 4 : 2;
  const number = (value: number, digits: number): string => {
    const whole = String(Math.floor(value / unit)).padStart(digits, '0');
    return value % unit === 0 ? whole : `${whole}.${String(value % unit).padStart(6, '0')}`;
  };
  return components
    .map(({ start, stop, repeat }) => {
      const end = stop === null || stop === 0 ? '' : `..${number(stop, width)}`;
      const step = repeat === null || (end !== '' && repeat === unit) ? '' : `/${number(repeat, 1)}`;
      return `${number(start, width)}${end}${step}`;
    })
    .join(',');
}
