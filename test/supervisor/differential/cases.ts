// Cases of a differential test: all of a file run side by side, a few at a time, and each is compared when its turn comes.

import { isDeepStrictEqual, inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import { beforeBoth, onBoth, type Pair, type Side } from './pair.ts';

/** How many pairs of supervisors run at once. */
const AT_ONCE = 5;

/**
 * supervisord looks at its world once a second: on a busy machine what it sees in one look, and so what it does, differs
 * from run to run. A difference counts when it is there every time.
 */
const ATTEMPTS = 3;

export interface Case {
  readonly title: string;
  /** Sections behind those that all cases share; `%D` is the directory. */
  readonly sections?: string;
  /** The whole configuration, for a scenario that starts the supervisor itself. */
  readonly configuration?: string;
  /** What is observed: plain values, which must be the same on both sides. */
  readonly run: (side: Side) => Promise<unknown>;
  /** What differs on purpose, and why: what the real one does, and what ours does, by the name of the observation. */
  readonly better?: Readonly<
    Record<string, { readonly why: string; readonly real: unknown; readonly ours: unknown }>
  >;
}

/** Registers the cases as tests of one suite, and runs it. */
export function compare(name: string, cases: readonly Case[]): void {
  const test = suite(name);
  const only = process.env['CASE'];
  const chosen = only === undefined ? cases : cases.filter(({ title }) => title.includes(only));
  const results = startAll(chosen);
  chosen.forEach((each, index) => {
    test(each.title, async () => {
      let result = await results[index];
      for (let attempt = 1; attempt < ATTEMPTS && !isAsMeant(each, result); attempt++) {
        result = await runCase(each);
      }
      if (result === undefined) throw new Error('a case has a result');
      if (result instanceof Error) throw result;
      check(each, result);
    });
  });
  test.run();
}

function startAll(cases: readonly Case[]): Promise<Pair<unknown> | Error>[] {
  let free = AT_ONCE;
  const waiting: (() => void)[] = [];
  return cases.map(async (each) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await runCase(each);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  });
}

async function runCase(each: Case): Promise<Pair<unknown> | Error> {
  try {
    return each.configuration === undefined
      ? await onBoth(each.sections ?? '', each.run)
      : await beforeBoth(each.configuration, each.run);
  } catch (error) {
    return error as Error;
  }
}

function isAsMeant(each: Case, result: Pair<unknown> | Error | undefined): boolean {
  if (result === undefined || result instanceof Error) return false;
  try {
    check(each, result);
    return true;
  } catch {
    return false;
  }
}

function check({ better = {} }: Case, { real, ours }: Pair<unknown>): void {
  const [theirs, own] = [fields(real), fields(ours)];
  const different = [...new Set([...Object.keys(theirs), ...Object.keys(own)])].filter((name) => {
    const meant = better[name];
    if (meant === undefined) return !isDeepStrictEqual(theirs[name], own[name]);
    return !isDeepStrictEqual(theirs[name], meant.real) || !isDeepStrictEqual(own[name], meant.ours);
  });
  const report = different.map((name) => `${name}\n  real ${show(theirs[name])}\n  ours ${show(own[name])}`);
  assert.is(different.length, 0, `\n${report.join('\n')}`);
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : { result: value };
}

function show(value: unknown): string {
  return inspect(value, { depth: 6, maxArrayLength: 200, maxStringLength: 4000, breakLength: 160 });
}
