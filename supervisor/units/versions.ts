// Comparing versions as systemd does (uapi-group's version format), and the operators of its conditions.

import { matchesGlob } from './glob.ts';

/** Negative, 0 or positive: `1.2~rc1` < `1.2` < `1.2-1` < `1.2^post` < `1.2.1`. */
export function compareVersions(one: string, two: string): number {
  let [a, b] = [one, two];
  for (;;) {
    a = a.replace(/^[^0-9A-Za-z~\-^.]+/, '');
    b = b.replace(/^[^0-9A-Za-z~\-^.]+/, '');
    for (const mark of ['~', '', '-', '^', '.']) {
      if (mark === '') {
        // The end of a version comes before everything but a `~`.
        if (a === '' || b === '') return Number(b === '') - Number(a === '');
      } else if (a.startsWith(mark) || b.startsWith(mark)) {
        if (!a.startsWith(mark) || !b.startsWith(mark)) return a.startsWith(mark) ? -1 : 1;
        [a, b] = [a.slice(1), b.slice(1)];
      }
    }
    const digits = /^\d/.test(a) || /^\d/.test(b);
    const part = digits ? /^\d*/ : /^[A-Za-z]*/;
    const [partA, partB] = [part.exec(a)?.[0] ?? '', part.exec(b)?.[0] ?? ''];
    const difference = digits ? compareNumbers(partA, partB) : compareLetters(partA, partB);
    if (difference !== 0) return difference;
    [a, b] = [a.slice(partA.length), b.slice(partB.length)];
    if (a === '' && b === '') return 0;
  }
}

function compareNumbers(one: string, two: string): number {
  if ((one === '') !== (two === '')) return one === '' ? -1 : 1;
  const [a, b] = [BigInt(one === '' ? 0 : one), BigInt(two === '' ? 0 : two)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Capital letters come before small ones. */
function compareLetters(one: string, two: string): number {
  return one < two ? -1 : one > two ? 1 : 0;
}

const OPERATORS = ['!$=', '$=', '<=', '>=', '<>', '!=', '==', '<', '>', '='] as const;
export type Operator = (typeof OPERATORS)[number];

/** `>= 4` → the operator and what is after it; null where there is none. */
export function cutOperator(text: string): readonly [operator: Operator, rest: string] | null {
  const operator = OPERATORS.find((each) => text.startsWith(each));
  return operator === undefined ? null : [operator, text.slice(operator.length)];
}

/** `=` and `!=` compare text, `$=` is a pattern, the others compare versions. */
export function versionHolds(operator: Operator, value: string, wanted: string): boolean {
  if (operator === '=') return value === wanted;
  if (operator === '!=') return value !== wanted;
  if (operator === '$=') return matchesGlob(value, wanted);
  if (operator === '!$=') return !matchesGlob(value, wanted);
  return numberHolds(operator, compareVersions(value, wanted), 0);
}

export function numberHolds(operator: Operator, value: number, wanted: number): boolean {
  switch (operator) {
    case '<':
      return value < wanted;
    case '<=':
      return value <= wanted;
    case '>':
      return value > wanted;
    case '>=':
      return value >= wanted;
    case '=':
    case '==':
      return value === wanted;
    case '!=':
    case '<>':
      return value !== wanted;
    case '$=':
    case '!$=':
      return false;
    default:
      return operator satisfies never;
  }
}
