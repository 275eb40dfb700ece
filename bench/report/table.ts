// Pure: the report for a terminal.

import type { MetricResult } from '../statistics.ts';
import { aim, ratio, spread } from './format.ts';
import type { CaseReport } from './report.ts';

/** One case: a block per metric, a line per contender, ours first, and what we meant to reach. */
export function caseTable(report: CaseReport): string {
  const blocks = report.metrics.filter((metric) => metric.measured.length > 0).map(metricTable);
  if (report.failure !== null) blocks.push(`${report.name} could not run: ${report.failure}\n`);
  return blocks.join('\n');
}

function metricTable(metric: MetricResult): string {
  const [ours] = metric.measured;
  const rows = metric.measured.map((each) => [each.contender, spread(each.spread), ratio(each)]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
  const heading = `${metric.title}: ${metric.unit}, and × is ${ours?.contender ?? 'ours'} divided by each`;
  return [heading, ...lines, ...metric.aims.map((each) => `  aim: ${aim(each)}`), ''].join('\n');
}
