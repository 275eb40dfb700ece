// Pure: numbers as people read them.

import type { JudgedAim, Measured, Spread } from '../statistics.ts';

/** The digits that say something: 1,234 · 123 · 12.3 · 1.23 · 0.12 · 0.0012. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  if (size < 0.1 && size > 0) return `${Number(value.toPrecision(2))}`;
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** `12.3 (11.9–14.0)`; of one sample, the number alone. */
export function spread(of: Spread): string {
  return of.count === 1 ? number(of.median) : `${number(of.median)} (${number(of.min)}–${number(of.max)})`;
}

/** How ours compares with this contender. */
export function ratio(measured: Measured): string {
  return measured.ratio === null ? '' : `× ${spread(measured.ratio)}`;
}

export function aim(judged: JudgedAim): string {
  return `${judged.text}: ${number(judged.value)}, ${judged.met ? 'met' : 'not met'}`;
}
