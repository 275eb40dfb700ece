// Time spans beside `systemd-analyze timespan`: what is read, what is refused, and how it is printed.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatTimeSpan, parseMicroseconds } from '../../../supervisor/units/time-span.ts';
import { EXIT_STATUSES } from '../../../supervisor/units/exit-status.ts';
import { inParts, tool } from './systemd-tools.ts';
import { fc } from '../../support/random.ts';

const test = suite('units time spans, beside systemd');

interface Span {
  readonly microseconds: string;
  readonly text: string;
}

/** Each span that systemd reads; those that it refuses are missing. It ends at the first of those. */
function systemdSays(spans: readonly string[]): Map<string, Span> {
  const answers = new Map<string, Span>();
  let rest = [...spans];
  while (rest.length > 0) {
    const { stdout } = tool('systemd-analyze', ['timespan', '--', ...rest.slice(0, 200)]);
    const blocks = stdout.split('\n\n').filter((block) => block.includes('Original'));
    for (const block of blocks) {
      const original = /Original: (.*)/.exec(block)?.[1] ?? '';
      const microseconds = /(?:μs|us): (\d+)/.exec(block)?.[1];
      const text = /Human: (.*)/.exec(block)?.[1];
      if (microseconds !== undefined && text !== undefined) answers.set(original, { microseconds, text });
    }
    // What is left begins with the one that was refused.
    rest = rest.slice(blocks.length === Math.min(200, rest.length) ? blocks.length : blocks.length + 1);
  }
  return answers;
}

const unit = fc.constantFrom(
  '',
  's',
  'sec',
  'second',
  'seconds',
  'min',
  'm',
  'minute',
  'minutes',
  'h',
  'hr',
  'hour',
  'hours',
  'd',
  'day',
  'days',
  'w',
  'week',
  'weeks',
  'M',
  'month',
  'months',
  'y',
  'year',
  'years',
  'ms',
  'msec',
  'us',
  'usec',
  'μs',
  'µs',
);
const amount = fc.oneof(
  fc.nat(5000).map(String),
  fc.tuple(fc.nat(50), fc.nat(9_999_999)).map(([a, b]) => `${a}.${b}`),
  fc.nat(9).map((digit) => `.${digit}`),
);
const span = fc
  .array(fc.tuple(amount, fc.constantFrom('', ' '), unit, fc.constantFrom('', ' ', '  ')), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) =>
    parts
      .map((part) => part.join(''))
      .join('')
      .trim(),
  );
const WRITTEN =
  '5s|1min 30s|1h|1y 12month|infinity| infinity|2 h|1.5h|.5s|5.s|1..5|-5|+5|5 parsecs|0|0s|55s500ms|300ms20s 5day|1month|4 weeks|12.34.56|12.34 .56|12.34s.56|infinityx|9999999999y|1e3|0x10|1y1y'.split(
    '|',
  );

test('spans that people write, and random ones', () => {
  const spans = [...new Set([...WRITTEN, ...fc.sample(span, { numRuns: 1500 })])].filter(
    (text) => text !== '',
  );
  const theirs = new Map<string, Span>();
  // One that is refused ends a run, so that those go one by one.
  for (const part of inParts(spans, 40)) {
    const all = systemdSays(part);
    for (const [text, answer] of all) theirs.set(text, answer);
  }
  let refused = 0;
  for (const text of spans) {
    const microseconds = parseMicroseconds(text, 1_000_000n);
    const other = theirs.get(text);
    if (other === undefined) {
      refused += 1;
      assert.is(microseconds, null, text);
      continue;
    }
    if (microseconds === 2n ** 64n - 1n) continue;
    assert.is(String(microseconds), other.microseconds, text);
    if (microseconds !== null && microseconds < 2n ** 53n) {
      assert.is(formatTimeSpan(Number(microseconds) / 1000), other.text, text);
    }
  }
  assert.ok(refused > 5 && refused < spans.length / 2, `${refused} of ${spans.length} refused`);
});

test('the names of exit codes are those of systemd-analyze exit-status', () => {
  const { stdout } = tool('systemd-analyze', ['exit-status', '--no-pager']);
  const theirs = [...stdout.matchAll(/^([A-Z_]+)\s+(\d+)\s+(\w+)$/gm)].map(
    ([, name, code, kind]) => `${code} ${name} ${kind}`,
  );
  const ours = EXIT_STATUSES.map(({ code, name, class: kind }) => `${code} ${name} ${kind}`);
  assert.equal(ours, theirs);
});

test.run();
