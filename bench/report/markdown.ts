// Pure: the report as the generated part of docs/bench.md.

import type { MetricResult } from '../statistics.ts';
import { aim, ratio, spread } from './format.ts';
import type { Report } from './report.ts';

const BEGIN = '<!-- made by npm run bench -- --docs: from here -->';
const END = '<!-- to here -->';

export function markdown(report: Report): string {
  const { machine, peers } = report;
  const metrics = report.cases.flatMap((each) => each.metrics).filter((metric) => metric.measured.length > 0);
  const failures = report.cases.flatMap(({ name, failure }) =>
    failure === null ? [] : [`${name} could not run: ${failure}`],
  );
  const missing = report.missing.length === 0 ? [] : [`not run: ${report.missing.join(', ')}`];
  return [
    `${report.date.slice(0, 16).replace('T', ' ')} UTC, initkit ${report.version}, node ${machine.node}, on ${machine.processors} × ${machine.processor}, ${machine.memoryGib} GiB, Linux ${machine.kernel}, ${machine.system}, docker ${machine.engine}; ${Object.entries(
      peers,
    )
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    '',
    '![How many times each peer takes what initkit takes](bench.svg)',
    '',
    '| what | who | median (min–max) | ours ÷ theirs | aim |',
    '|---|---|---|---|---|',
    ...metrics.flatMap(rows),
    ...[...failures, ...missing].flatMap((line) => ['', line]),
    '',
  ].join('\n');
}

/** The document with its generated part replaced; the prose around it stays. Throws where there is no such part. */
export function intoDocument(document: string, generated: string): string {
  const from = document.indexOf(BEGIN);
  const to = document.indexOf(END, from);
  if (from === -1 || to === -1) throw new Error(`cannot find "${BEGIN}" and "${END}" in the document`);
  return `${document.slice(0, from + BEGIN.length)}\n\n${generated}\n${document.slice(to)}`;
}

function rows(metric: MetricResult): string[] {
  return metric.measured.map((each, index) => {
    const what = index === 0 ? `${metric.title}, ${metric.unit}` : '';
    const aims = metric.aims.filter(
      (judged) =>
        judged.text.startsWith(`${each.contender} ≤`) || judged.text.startsWith(`${each.contender} ≥`),
    );
    const cells = [what, each.contender, spread(each.spread), ratio(each), aims.map(aim).join('; ')];
    return `| ${cells.join(' | ')} |`;
  });
}
