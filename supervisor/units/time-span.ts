// Time spans (systemd.time(7)): `1min 30s`, `infinity`, and the form in which systemd prints them.

const SECOND = 1_000_000n;
/** In the order in which they are tried: `min` before `m`. */
const UNITS: readonly (readonly [name: string, microseconds: bigint])[] = [
  ...words('seconds second sec s', SECOND),
  ...words('minutes minute min', 60n * SECOND),
  ...words('months month M', 2_629_800n * SECOND),
  ...words('msec ms', 1000n),
  ...words('m', 60n * SECOND),
  ...words('hours hour hr h', 3600n * SECOND),
  ...words('days day d', 86_400n * SECOND),
  ...words('weeks week w', 604_800n * SECOND),
  ...words('years year y', 31_557_600n * SECOND),
  ...words('usec us μs µs', 1n),
];
const NANOSECOND_UNITS: readonly (readonly [name: string, nanoseconds: bigint])[] = UNITS.map(
  ([name, microseconds]) => [name, microseconds * 1000n],
);
const INFINITY = 2n ** 64n - 1n;

function words(names: string, value: bigint): (readonly [string, bigint])[] {
  return names.split(' ').map((name) => [name, value]);
}

/** Milliseconds (with fractions down to the microsecond), Infinity, or null; a number without unit counts seconds. */
export function parseTimeSpan(text: string, defaultUnit: 's' | 'ms' | 'us' = 's'): number | null {
  const microseconds = parseMicroseconds(text, { s: SECOND, ms: 1000n, us: 1n }[defaultUnit]);
  if (microseconds === null) return null;
  return microseconds === INFINITY ? Infinity : Number(microseconds) / 1000;
}

/** Microseconds as systemd counts them; 2^64-1 is infinity. `defaultUnit` is in microseconds, too. */
export function parseMicroseconds(text: string, defaultUnit: bigint): bigint | null {
  return parseSpan(text, defaultUnit, UNITS);
}

/** Nanoseconds (TimerSlackNSec=); a number without unit counts nanoseconds. */
export function parseNanoseconds(text: string): bigint | null {
  return parseSpan(text, 1n, [...NANOSECOND_UNITS, ...words('nsec ns', 1n)]);
}

function parseSpan(
  text: string,
  defaultUnit: bigint,
  units: readonly (readonly [string, bigint])[],
): bigint | null {
  if (/^[ \t\n\r]*infinity[ \t\n\r]*$/.test(text)) return INFINITY;
  let rest = text.replace(/^[ \t\n\r]+/, '');
  let total = 0n;
  if (rest === '') return null;
  while (rest !== '') {
    const number = /^(\+?\d*)(?:\.(\d+))?/.exec(rest);
    const [whole = '', fraction] = [number?.[1], number?.[2]];
    if ((whole === '' || whole === '+') && fraction === undefined) return null;
    const integer = BigInt(whole.replace('+', '') === '' ? 0 : whole.replace('+', ''));
    if (integer > 2n ** 63n - 1n) return null;
    const after = rest.slice(number?.[0].length);
    const spaced = after.replace(/^[ \t\n\r]+/, '');
    const unit = units.find(([name]) => spaced.startsWith(name));
    if (unit === undefined && spaced === after && after !== '') return null;
    const multiplier = unit?.[1] ?? defaultUnit;
    total += integer * multiplier;
    let part = multiplier / 10n;
    for (const digit of fraction ?? '') {
      total += BigInt(digit) * part;
      part /= 10n;
    }
    if (total >= INFINITY) return null;
    rest = spaced.slice(unit?.[0].length ?? 0).replace(/^[ \t\n\r]+/, '');
  }
  return total;
}

const PRINTED: readonly (readonly [name: string, microseconds: bigint])[] = [
  ['y', 31_557_600n * SECOND],
  ['month', 2_629_800n * SECOND],
  ['w', 604_800n * SECOND],
  ['d', 86_400n * SECOND],
  ['h', 3600n * SECOND],
  ['min', 60n * SECOND],
  ['s', SECOND],
  ['ms', 1000n],
  ['us', 1n],
];

/** As systemd prints a span of so many milliseconds, down to `accuracyMs`: `1min 30s`, `1.500s`, `infinity`, `0`. */
export function formatTimeSpan(ms: number, accuracyMs = 0.001): string {
  if (ms === Infinity) return 'infinity';
  let rest = BigInt(Math.round(ms * 1000));
  const accuracy = BigInt(Math.max(0, Math.round(accuracyMs * 1000)));
  if (rest <= 0n) return '0';
  const parts: string[] = [];
  for (const [name, unit] of PRINTED) {
    if (rest < accuracy && parts.length > 0) break;
    if (rest <= 0n) break;
    if (rest < unit) continue;
    const whole = rest / unit;
    const below = rest % unit;
    // Below a minute, what remains is a fraction of this unit, where the accuracy asks for one.
    if (rest < 60n * SECOND && below > 0n) {
      let digits = 0;
      for (let step = unit; step > 1n; step /= 10n) digits += 1;
      let fraction = below;
      for (let step = accuracy; step > 1n; step /= 10n) {
        fraction /= 10n;
        digits -= 1;
      }
      if (digits > 0) {
        parts.push(`${whole}.${String(fraction).padStart(digits, '0')}${name}`);
        break;
      }
    }
    parts.push(`${whole}${name}`);
    rest = below;
  }
  return parts.length === 0 ? '0' : parts.join(' ');
}
