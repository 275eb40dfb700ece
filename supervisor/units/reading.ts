// What the readers of the sections share: assignments in, settings and problems out.

import type { Origin, Problem } from '../model.ts';
import { pathFault, simplify } from './unit-paths.ts';
import { expandSpecifiers, type SpecifierContext } from './specifiers.ts';
import { parseTimeSpan } from './time-span.ts';
import type { Assignment } from './unit-ini.ts';
import { parseBoolean, parseMode, parseUnsigned } from './values.ts';

/** The same, while it is being read. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

export class Reading {
  readonly problems: Problem[] = [];
  private readonly context: SpecifierContext;

  constructor(context: SpecifierContext) {
    this.context = context;
  }

  get unit(): string {
    return this.context.unit;
  }

  get fragmentPath(): string | null {
    return this.context.fragmentPath;
  }

  warn(message: string, origin?: Origin): void {
    this.problems.push({ severity: 'warning', message, ...(origin === undefined ? {} : { origin }) });
  }

  /** systemd's "bad-setting": the unit exists, and cannot be started; the message says why, in systemd's words. */
  refuse(message: string, origin?: Origin): void {
    this.problems.push({ severity: 'error', message, ...(origin === undefined ? {} : { origin }) });
  }

  expand(text: string): string | null {
    return expandSpecifiers(text, this.context);
  }

  /** The value with its specifiers replaced; null, with a warning, where that fails. `shown` is how systemd words it. */
  expanded(
    assignment: Assignment,
    text = assignment.value,
    shown = `unit specifiers in '${text}', ignoring`,
  ): string | null {
    const value = this.expand(text);
    if (value === null) {
      this.warn(`Failed to resolve ${shown}: Invalid slot`, assignment.origin);
    }
    return value;
  }

  /** The path cleaned of doubled slashes and `/./`; null, with a warning, where it is none that systemd takes. */
  absolutePath(assignment: Assignment, path: string): string | null {
    const fault = pathFault(path);
    if (fault === null) return simplify(path);
    this.warn(`${assignment.key}= path ${fault.what}, ignoring: ${fault.shown}`, assignment.origin);
    return null;
  }

  boolean(assignment: Assignment): boolean | null {
    return this.orWarn(parseBoolean(assignment.value), assignment, 'Failed to parse boolean value');
  }

  mode(assignment: Assignment): number | null {
    return this.orWarn(parseMode(assignment.value), assignment, 'Failed to parse mode value');
  }

  unsigned(assignment: Assignment): number | null {
    return this.orWarn(parseUnsigned(assignment.value), assignment, 'Failed to parse unsigned value');
  }

  /** Milliseconds or Infinity; `what` is what systemd calls the value. */
  span(assignment: Assignment, what = 'sec value'): number | null {
    return this.orWarn(parseTimeSpan(assignment.value), assignment, `Failed to parse ${what}`);
  }

  /** One of the words that a key takes; `what` is what systemd calls them. */
  oneOf<T extends string>(assignment: Assignment, words: readonly T[], what: string): T | null {
    const word = words.find((each) => each === assignment.value) ?? null;
    return this.orWarn(word, assignment, `Failed to parse ${what}`);
  }

  orWarn<T>(value: T | null, assignment: Assignment, message: string): T | null {
    if (value === null) this.warn(`${message}, ignoring: ${assignment.value}`, assignment.origin);
    return value;
  }
}

/** How systemd words a failure of specifiers for those keys where it leaves out the quotes. */
export function bare(text: string): string {
  return `unit specifiers in ${text}, ignoring`;
}

/** How one key is read into a draft. */
export type KeyReader<T> = (draft: T, assignment: Assignment, reading: Reading) => void;
export type KeyReaders<T> = Readonly<Record<string, KeyReader<T>>>;

/** A key whose value, where it can be read, replaces a field. */
export function setting<T, K extends keyof T>(
  field: K,
  read: (reading: Reading, assignment: Assignment) => T[K] | null,
): KeyReader<T> {
  return (draft, assignment, reading) => {
    const value = read(reading, assignment);
    if (value !== null) draft[field] = value;
  };
}

export const asBoolean = (reading: Reading, assignment: Assignment): boolean | null =>
  reading.boolean(assignment);
export const asMode = (reading: Reading, assignment: Assignment): number | null => reading.mode(assignment);
export const asSpan = (reading: Reading, assignment: Assignment): number | null => reading.span(assignment);
export const asUnsigned = (reading: Reading, assignment: Assignment): number | null =>
  reading.unsigned(assignment);

/** A word of a fixed list. */
export function asOneOf<T extends string>(
  words: readonly T[],
  what: string,
): (reading: Reading, assignment: Assignment) => T | null {
  return (reading, assignment) => reading.oneOf(assignment, words, what);
}

/** Hands each assignment of a section to the reader of its key; others are somebody else's. */
export function readSection<T>(
  draft: T,
  assignments: readonly Assignment[],
  section: string,
  readers: KeyReaders<T>,
  reading: Reading,
): void {
  for (const assignment of assignments) {
    if (assignment.section === section && Object.hasOwn(readers, assignment.key)) {
      readers[assignment.key]?.(draft, assignment, reading);
    }
  }
}
