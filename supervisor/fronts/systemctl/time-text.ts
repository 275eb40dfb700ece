// Times as systemd prints and reads them: `3min ago`, `Sat 2026-11-21 20:40:56 UTC`. Pure; the zone is that of the process.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const MONTH = 2_629_800 * SECOND;
const YEAR = 31_557_600 * SECOND;

/** `differenceMs` is positive for the past: `3s ago`, `1h 5min left`, `now`. */
export function relativeTime(differenceMs: number): string {
  const span = Math.abs(differenceMs);
  if (span === 0) return 'now';
  return `${roughSpan(span)} ${differenceMs > 0 ? 'ago' : 'left'}`;
}

function roughSpan(ms: number): string {
  const many = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  const part = (unit: number, within: number): number => Math.floor((ms % within) / unit);
  const whole = (unit: number): number => Math.floor(ms / unit);
  if (ms >= YEAR) return `${many(whole(YEAR), 'year')} ${many(part(MONTH, YEAR), 'month')}`;
  if (ms >= MONTH) return `${many(whole(MONTH), 'month')} ${many(part(DAY, MONTH), 'day')}`;
  if (ms >= WEEK) return `${many(whole(WEEK), 'week')} ${many(part(DAY, WEEK), 'day')}`;
  if (ms >= 2 * DAY) return many(whole(DAY), 'day');
  if (ms >= 25 * HOUR) return `1 day ${part(HOUR, DAY)}h`;
  if (ms >= 6 * HOUR) return `${whole(HOUR)}h`;
  if (ms >= HOUR) return `${whole(HOUR)}h ${part(MINUTE, HOUR)}min`;
  if (ms >= 5 * MINUTE) return `${whole(MINUTE)}min`;
  if (ms >= MINUTE) return `${whole(MINUTE)}min ${part(SECOND, MINUTE)}s`;
  if (ms >= SECOND) return `${whole(SECOND)}s`;
  return ms >= 1 ? `${Math.floor(ms)}ms` : `${Math.round(ms * 1000)}us`;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The fields of a moment, two digits each, in the zone of the process or in UTC. */
export function fieldsOf(atMs: number, utc = false) {
  const date = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const get = <T>(local: () => T, inUtc: () => T): T => (utc ? inUtc() : local());
  return {
    weekday:
      WEEKDAYS[
        get(
          () => date.getDay(),
          () => date.getUTCDay(),
        )
      ] ?? '',
    year: String(
      get(
        () => date.getFullYear(),
        () => date.getUTCFullYear(),
      ),
    ),
    month: two(
      get(
        () => date.getMonth(),
        () => date.getUTCMonth(),
      ) + 1,
    ),
    monthName:
      MONTHS[
        get(
          () => date.getMonth(),
          () => date.getUTCMonth(),
        )
      ] ?? '',
    day: two(
      get(
        () => date.getDate(),
        () => date.getUTCDate(),
      ),
    ),
    hour: two(
      get(
        () => date.getHours(),
        () => date.getUTCHours(),
      ),
    ),
    minute: two(
      get(
        () => date.getMinutes(),
        () => date.getUTCMinutes(),
      ),
    ),
    second: two(
      get(
        () => date.getSeconds(),
        () => date.getUTCSeconds(),
      ),
    ),
    millisecond: String((((atMs % 1000) + 1000) % 1000) | 0).padStart(3, '0'),
    zone: utc ? 'UTC' : zoneName(date),
    /** `+0000` */
    offset: offsetText(utc ? 0 : -date.getTimezoneOffset()),
  };
}

/** `Sat 2026-11-21 20:40:56 UTC` */
export function timestamp(atMs: number, utc = false): string {
  const { weekday, year, month, day, hour, minute, second, zone } = fieldsOf(atMs, utc);
  return `${weekday} ${year}-${month}-${day} ${hour}:${minute}:${second} ${zone}`;
}

/** The reverse; null for what is no timestamp (`n/a`, empty). */
export function readTimestamp(text: string): number | null {
  const [, date, time, zone] = /^\w{3} (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (\S+)$/.exec(text) ?? [];
  if (date === undefined) return null;
  return Date.parse(`${date}T${time}${zone === 'UTC' ? 'Z' : ''}`);
}

function zoneName(date: Date): string {
  if (
    date.getTimezoneOffset() === 0 &&
    /^(UTC|Etc\/UTC|Etc\/UCT|UCT|Universal|Zulu)?$/.test(process.env['TZ'] ?? zone())
  ) {
    return 'UTC';
  }
  // The English of Britain knows CET and BST by name, that of America EST and PDT.
  for (const language of ['en-GB', 'en-US']) {
    const parts = new Intl.DateTimeFormat(language, { timeZoneName: 'short' }).formatToParts(date);
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value;
    if (name !== undefined && /^[A-Z]+$/.test(name)) return name;
  }
  return offsetText(-date.getTimezoneOffset()).slice(0, 3);
}

function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function offsetText(minutes: number): string {
  const all = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(all / 60))}${two(all % 60)}`;
}
