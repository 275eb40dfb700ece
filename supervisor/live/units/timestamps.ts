// Moments as `systemctl show` prints them: on the wall clock, and on the one that never goes back.

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Sat 2026-11-21 20:43:01 UTC`; nothing for what never was. */
export function timestamp(atMs: number | null): string {
  if (atMs === null) return '';
  const date = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const zone = /\(([^)]+)\)$/.exec(date.toString())?.[1] ?? '';
  const short = zone === 'Coordinated Universal Time' ? 'UTC' : zone.replace(/[^A-Z]/g, '');
  return `${DAYS[date.getDay()]} ${day} ${time} ${short}`;
}

/** CLOCK_MONOTONIC: the same for every process of the machine. */
export function sinceBootMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** `NAME` and `NAMEMonotonic`, the latter in microseconds of CLOCK_MONOTONIC; 0 for what never was. */
export function timestamps(name: string, atMs: number | null): [name: string, value: string][] {
  const monotonicMs = atMs === null ? 0 : Math.max(0, atMs - (Date.now() - sinceBootMs()));
  return [
    [name, timestamp(atMs)],
    [`${name}Monotonic`, String(Math.round(monotonicMs * 1000))],
  ];
}
