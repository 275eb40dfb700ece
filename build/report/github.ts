// What GitHub Actions shows of a run: annotations at the lines that are wrong, and a summary as a table.

import { linesOf, ToolError, type Problem } from '../model/errors.ts';
import type { TableRow } from './table.ts';
import { formatBytes, formatChange } from './table.ts';

/** `::error file=…,line=…::message`, with what the format keeps for itself escaped. */
export function annotation(kind: 'error' | 'warning', problem: Problem): string {
  const place = [
    ...(problem.file === undefined ? [] : [`file=${escapeProperty(problem.file)}`]),
    ...(problem.line === undefined ? [] : [`line=${problem.line}`]),
  ];
  const text = problem.remedy === undefined ? problem.message : `${problem.message} (${problem.remedy})`;
  return `::${kind}${place.length === 0 ? '' : ` ${place.join(',')}`}::${escapeText(text)}`;
}

/** One annotation for every mistake, or for the first line of a failed image. */
export function annotationsOf(error: unknown, failures: readonly unknown[]): string[] {
  const ofRun = error instanceof ToolError ? error.problems : [];
  const ofImages = failures.map((failure): Problem => {
    const lines = linesOf(failure);
    const place = lines.map((line) => /^\s*(\S+?):(\d+): (.*)$/.exec(line)).find((match) => match !== null);
    if (place === undefined || place === null) return { message: lines.join('\n') };
    return { file: place[1], line: Number(place[2]), message: lines.join('\n') };
  });
  return [...ofRun, ...ofImages].map((problem) => annotation('error', problem));
}

/** Markdown for the step's summary. */
export function summaryTable(rows: readonly TableRow[], references: ReadonlyMap<string, string>): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const lines = rows.map((row) => {
    const size =
      row.sizeBytes === undefined
        ? '-'
        : `${formatBytes(row.sizeBytes)}${formatChange(row.sizeBytes, row.previousBytes)}`;
    const time = row.seconds === undefined ? '-' : `${row.seconds.toFixed(1)} s`;
    // Of several platforms each has a row, and the index is the product of all.
    const reference = references.get(row.image.split(' ')[0] ?? '');
    const product =
      reference === undefined ? row.tags.map((tag) => `\`${tag}\``).join(' ') : `\`${reference}\``;
    return `| ${[row.image, row.outcome, size, time, row.tests, product].map(cell).join(' | ')} |`;
  });
  return `| image | outcome | size | time | tests | result |\n|---|---|---|---|---|---|\n${lines.join('\n')}\n`;
}

function escapeText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
