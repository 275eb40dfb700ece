// What the bench says of what it has measured, on the terminal, in the document and in the chart; and its command line.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readOptions } from '../../bench/options.ts';
import { chart } from '../../bench/report/chart.ts';
import { number } from '../../bench/report/format.ts';
import { intoDocument, markdown } from '../../bench/report/markdown.ts';
import type { CaseReport, Report } from '../../bench/report/report.ts';
import { caseTable } from '../../bench/report/table.ts';
import { resultOf } from '../../bench/statistics.ts';

const test = suite('bench reports');

const METRIC = resultOf(
  {
    name: 'boot',
    title: 'exec to <line>',
    unit: 'ms',
    better: 'lower',
    contenders: ['ours', 'theirs'],
    aims: [{ of: 'ours', to: 'theirs', atMost: 0.1 }],
  },
  [1, 2, 3].flatMap((round) => [
    { metric: 'boot', contender: 'ours', round, value: 50 + round },
    { metric: 'boot', contender: 'theirs', round, value: 1000 },
  ]),
);

const BOOT: CaseReport = { name: 'boot', title: 'boot', seconds: 3, metrics: [METRIC], failure: null };
const STOP: CaseReport = { name: 'stop', title: 'stop', seconds: 1, metrics: [], failure: 'no container' };

const REPORT: Report = {
  date: '2026-11-21T22:50:00.000Z',
  version: '1.2.3',
  machine: {
    processor: 'Some CPU',
    processors: 2,
    memoryGib: 24,
    kernel: '6.18',
    system: 'Debian 12',
    engine: '20.10',
    node: '26.10.0',
  },
  peers: { tini: '0.19' },
  cases: [BOOT, STOP],
  missing: ['logs', 'size'],
};

test('the table has ours first, the spread, the ratio of pairs and the aim', () => {
  assert.is(
    caseTable(BOOT),
    [
      'exec to <line>: ms, and × is ours divided by each',
      '  ours    52.0 (51.0–53.0)',
      '  theirs  1,000 (1,000–1,000)  × 0.052 (0.051–0.053)',
      '  aim: ours ≤ 0.1 × theirs: 0.052, met',
      '',
    ].join('\n'),
  );
  assert.match(caseTable(STOP), /stop could not run: no container/);
});

test('the document names machine, date and peers, and keeps the prose around the table', () => {
  const text = markdown(REPORT);
  assert.match(text, '2026-11-21 22:50 UTC, initkit 1.2.3, node 26.10.0, on 2 × Some CPU, 24 GiB');
  assert.match(text, '| exec to <line>, ms | ours | 52.0 (51.0–53.0) |  | ours ≤ 0.1 × theirs: 0.052, met |');
  assert.match(text, 'stop could not run: no container');
  assert.match(text, /\n\nnot run: logs, size\n/);
  const begin = '<!-- made by npm run bench -- --docs: from here -->';
  const end = '<!-- to here -->';
  const once = intoDocument(`# Bench\n\nbefore\n\n${begin}\nold\n${end}\n\nafter\n`, text);
  assert.match(once, /^# Bench\n\nbefore\n\n<!-- made/);
  assert.match(once, /\n<!-- to here -->\n\nafter\n$/);
  assert.not.match(once, 'old');
  assert.is(intoDocument(once, text), once);
  assert.throws(() => intoDocument('# Bench\n', text), /cannot find/);
});

test('the chart is well-formed, escapes what it shows, and puts ours ahead to the right', () => {
  const svg = chart(REPORT);
  assert.match(svg, /^<svg xmlns/);
  assert.match(svg, 'exec to &lt;line&gt;');
  const circle = /<circle cx="([\d.]+)"/.exec(svg);
  const one = /<text x="([\d.]+)" y="[\d.]+" text-anchor="middle">1×/.exec(svg);
  assert.ok(Number(circle?.[1]) > Number(one?.[1]));
  assert.is((svg.match(/<circle/g) ?? []).length, 1);
});

test('numbers have the digits that say something', () => {
  const table: readonly (readonly [number, string])[] = [
    [0, '0.00'],
    [0.001234, '0.0012'],
    [0.5, '0.50'],
    [12.34, '12.3'],
    [1234.5, '1,235'],
  ];
  for (const [value, text] of table) assert.is(number(value), text);
});

test('the command line', () => {
  const names = ['boot', 'stop'];
  const nothing = { cases: [], rounds: null, json: null, docs: false, help: false };
  assert.equal(readOptions([], names), nothing);
  assert.equal(readOptions(['boot', '--rounds', '3', '--json=x.json', '--docs'], names), {
    ...nothing,
    cases: ['boot'],
    rounds: 3,
    json: 'x.json',
    docs: true,
  });
  for (const [argv, problem] of [
    [['bot'], /cannot find case bot: there are boot, stop/],
    [['--rounds', '0'], /cannot read --rounds 0/],
    [['--json'], /a file must follow/],
    [['--fast'], /cannot read option --fast/],
  ] as const) {
    assert.match(readOptions(argv, names) as string, problem);
  }
});

test.run();
