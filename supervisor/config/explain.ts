// The texts of `initkit explain` (where a value came from) and `initkit check` (what is wrong with the configuration).

import type { Origin, Problem } from '../model.ts';
import type { EnvironmentResult } from './environment.ts';
import type { Overridden, Variable, VariableSource } from './variable.ts';
import { compare } from './python.ts';
import { nearest } from './suggest.ts';

/** What stands for a value that is never shown. */
export const MASK = '********';

export interface Explanation {
  readonly name: string;
  /** null where the variable is unset. */
  readonly value: string | null;
  /** `image default (image.ini:12)`. */
  readonly from: string;
  readonly overrode: readonly { readonly value: string; readonly from: string }[];
  readonly secret: boolean;
}

/** The variables asked for, or all of them, sorted by name; secrets are masked. */
export function explain(environment: EnvironmentResult, names: readonly string[]): Explanation[] {
  const { variables } = environment;
  const wanted = names.length === 0 ? [...variables.keys()].toSorted(compare) : names;
  return wanted.map((name) => {
    const variable = variables.get(name);
    return variable === undefined ? unset(name, variables) : explained(variable);
  });
}

/** As `initkit explain` prints it: one line for each variable, and one below for each value that it overrode. */
export function explanationText(explanations: readonly Explanation[]): string {
  const rows = explanations.flatMap(({ name, value, from, overrode }) => [
    [name, value === null ? '-' : oneLine(value), from],
    ...overrode.map((loser) => ['', oneLine(loser.value), `overridden: ${loser.from}`]),
  ]);
  return table([['VARIABLE', 'VALUE', 'FROM'], ...rows]);
}

/** As `initkit explain --json` prints it. */
export function explanationJson(explanations: readonly Explanation[]): string {
  return `${JSON.stringify(explanations, null, 2)}\n`;
}

/** All findings, errors and warnings mixed, sorted by file and line; those without a place come first. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (one, two) =>
      compare(one.origin?.file ?? '', two.origin?.file ?? '') ||
      (one.origin?.line ?? 0) - (two.origin?.line ?? 0),
  );
}

/** As `initkit check` prints it: `file:line: error: message (remedy)`, and a line that counts. */
export function problemsText(problems: readonly Problem[]): string {
  const lines = sortProblems(problems).map(problemLine);
  return `${[...lines, countLine(problems)].join('\n')}\n`;
}

export function problemLine(problem: Problem): string {
  return problemText(problem, `${problem.severity}: `);
}

/** As problemLine(), for a log whose lines have a level of their own. */
export function problemText({ message, remedy, origin }: Problem, label = ''): string {
  const place = origin === undefined ? '' : `${placeOf(origin)}: `;
  return `${place}${label}${message}${remedy === undefined ? '' : ` (${remedy})`}`;
}

function countLine(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  return `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`;
}

function counted(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`;
}

function explained({ name, value, source, origin, overrode, secret }: Variable): Explanation {
  const shown = (text: string): string => (secret ? MASK : text);
  return {
    name,
    value: shown(value),
    from: sourceText(source, origin),
    overrode: overrode.map((loser: Overridden) => ({
      value: shown(loser.value),
      from: sourceText(loser.source, loser.origin),
    })),
    secret,
  };
}

function unset(name: string, variables: ReadonlyMap<string, Variable>): Explanation {
  const meant = nearest(name, variables.keys());
  const from = meant === undefined ? 'unset' : `unset (did you mean ${meant}?)`;
  return { name, value: null, from, overrode: [], secret: false };
}

function sourceText(source: VariableSource, origin: Origin | undefined): string {
  const place = origin === undefined ? '' : ` (${placeOf(origin)})`;
  switch (source.kind) {
    case 'image':
      return `image default${place}`;
    case 'profile':
      return `profile ${source.profile}${place}`;
    case 'kept':
      return `kept (${source.path})`;
    case 'program':
      return source.note === '' ? source.path : `${source.note} (${source.path})`;
    case 'given':
      return 'given';
    case 'init':
      return `ENVIRONMENT_INIT (${source.path})`;
    case 'secret':
      return `${source.variable} (${source.path})`;
    default:
      return source satisfies never;
  }
}

function placeOf({ file, line }: Origin): string {
  return `${file}:${line}`;
}

function oneLine(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r');
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
