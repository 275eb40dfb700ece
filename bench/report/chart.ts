// Pure: the report as a chart: how many times of ours each peer takes, on a logarithmic axis.

import type { MetricResult, Spread } from '../statistics.ts';
import type { Report } from './report.ts';

const WIDTH = 960;
const LEFT = 430;
const RIGHT = 40;
const ROW = 18;
const TOP = 56;
const COLOURS = { better: '#1a7f37', worse: '#cf222e', text: '#57606a', axis: '#d0d7de' };

interface Row {
  readonly title: string;
  readonly contender: string;
  /** Theirs compared with ours; above 1 ours is the better one. */
  readonly times: Spread;
}

export function chart(report: Report): string {
  const rows = report.cases.flatMap((each) => each.metrics).flatMap(rowsOf);
  const exponents = rows
    .flatMap(({ times }) => [times.min, times.max])
    .filter((each) => each > 0)
    .map(Math.log10);
  const low = Math.floor(Math.min(0, ...exponents));
  const high = Math.ceil(Math.max(1, ...exponents));
  const x = (value: number): number =>
    LEFT + ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
  const height = TOP + rows.length * ROW + 16;
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11" fill="${COLOURS.text}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="8" y="20" font-size="14">Peers compared with initkit: right of 1, initkit is the better one</text>`,
    ...ticks.flatMap((tick) => [
      line(x(tick), TOP - 8, x(tick), height - 12, tick === 1 ? COLOURS.text : COLOURS.axis),
      `<text x="${at(x(tick))}" y="${TOP - 14}" text-anchor="middle">${tick}×</text>`,
    ]),
    ...rows.flatMap((row, index) => drawRow(row, TOP + index * ROW + ROW / 2, x, rows[index - 1]?.title)),
    '</svg>',
    '',
  ];
  return parts.join('\n');
}

function rowsOf(metric: MetricResult): Row[] {
  return metric.measured.flatMap(({ contender, ratio }) => {
    if (ratio === null || ratio.min <= 0) return [];
    const { median, min, max, count } = ratio;
    const times =
      metric.better === 'higher' ? ratio : { median: 1 / median, min: 1 / max, max: 1 / min, count };
    const ours = { ...times };
    return [{ title: metric.title, contender, times: ours }];
  });
}

function drawRow(row: Row, y: number, x: (value: number) => number, above: string | undefined): string[] {
  const colour = row.times.median >= 1 ? COLOURS.better : COLOURS.worse;
  const title = row.title === above ? '' : `<text x="8" y="${at(y + 4)}">${escaped(row.title)}</text>`;
  return [
    title,
    `<text x="${LEFT - 8}" y="${at(y + 4)}" text-anchor="end">${escaped(row.contender)}</text>`,
    line(x(row.times.min), y, x(row.times.max), y, colour),
    `<circle cx="${at(x(row.times.median))}" cy="${at(y)}" r="4" fill="${colour}"/>`,
  ].filter(Boolean);
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${colour}"/>`;
}

function at(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
