// Go's notation of durations ("24h", "1h30m", "1.5s"), which is what logstash-forwarder's "dead time" is written in. Pure.

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds, or null where the text is no duration of Go's time.ParseDuration, or a negative one. */
export function parseDuration(text: string): number | null {
  if (/^\+?0$/.test(text)) return 0;
  if (!/^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return null;
  let total = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+\.?\d*|\.\d+)([a-zµμ]+)/g)) {
    total += Number(number) * (UNITS_MS[unit] ?? 0);
  }
  return total;
}
