// From what a person types to names of units: a missing `.service`, patterns over the units in memory.

import { isGlob, isTemplate, mangleUnitName } from '../../units/unit-names.ts';
import { Failure } from './failure.ts';
import type { Session } from './session.ts';
import { managerOf } from './session.ts';

/** The full name; says so where it had to be escaped. Throws Failure for what cannot be one. */
export function fullName(session: Session, word: string, suffix = '.service'): string {
  const name = mangleUnitName(word, suffix);
  if (name === null) throw new Failure(`Failed to mangle unit name: Invalid argument`);
  if (name.includes('\\x') && !word.includes('\\x') && !session.options.quiet) {
    const escaped = word.includes('.') ? name : name.slice(0, -suffix.length);
    session.io.err(
      `Invalid unit name "${word}" escaped as "${escaped}" (maybe you should use systemd-escape?).\n`,
    );
  }
  return name;
}

/** A template is no unit; systemd has nothing to tell of one. Throws Failure. */
export function mustBeUnit(name: string, what: string): void {
  if (!isTemplate(name)) return;
  throw new Failure(`Failed to ${what}: Unit name ${name} is neither a valid invocation ID nor unit name.`);
}

/** Names as they are, and for each pattern the units in memory that match it, in the order of their names. */
export async function expandNames(
  session: Session,
  words: readonly string[],
  suffix = '.service',
): Promise<string[]> {
  const names = words.map((word) => fullName(session, word, suffix));
  const patterns = names.filter(isGlob);
  const loaded = patterns.length === 0 ? [] : await managerOf(session).list(patterns);
  const matching = loaded
    .filter(({ id, loadState }) => loadState !== 'not-found' && !isTemplate(id))
    .map(({ id }) => id);
  return [...new Set([...names.filter((name) => !isGlob(name)), ...matching.toSorted()])];
}
