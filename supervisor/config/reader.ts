// Reads the values of one section: expands them, converts them, and collects what is wrong instead of stopping at it.

import type { Origin, Problem } from '../model.ts';
import { BadValue, expand, type Expansions } from './expand.ts';
import { entryOf, type IniDocument, type Section } from './ini.ts';
import { repr } from './python.ts';
import type { ConfigSource } from './source.ts';

/** What the reading of one configuration shares. */
export interface Context {
  readonly source: ConfigSource;
  readonly document: IniDocument;
  /** The directory of the main file. */
  readonly here: string;
  /** HOME of the supervisor. */
  readonly home: string | undefined;
  /** `ENV_X` of the environment; what [supervisord] sets in `environment=` is added while reading. */
  readonly environment: Map<string, string | number>;
  readonly problems: Problem[];
  /** Those problems that are a program's unknown user, with the program's section. */
  readonly unknownUsers: Map<Problem, Origin>;
}

export interface Reader {
  readonly section: Section;
  /** Whether the section has the key, itself or by `[DEFAULT]`. */
  has(key: string): boolean;
  /** The value as written; null where the key is missing. */
  raw(key: string): string | null;
  /** The expanded value; null where the key is missing, undefined where it cannot be expanded. */
  text(key: string, names?: Expansions): string | null | undefined;
  /** The converted value of the key or of its default; undefined where it is faulty. */
  value<T>(key: string, fallback: string, convert: (text: string) => T, names?: Expansions): T | undefined;
  /** The converted value; null where the key is missing, undefined where it is faulty. */
  optional<T>(key: string, convert: (text: string) => T, names?: Expansions): T | null | undefined;
  /** Runs a conversion for a key; a BadValue that it throws is collected. */
  attempt<T>(key: string | null, convert: () => T): T | undefined;
  fail(key: string | null, message: string, remedy?: string): void;
  warn(key: string | null, message: string, remedy?: string): void;
  /** Whether anything in this section was wrong so far. */
  failed(): boolean;
  /** Where the key was written; the section's own line where it was not. */
  origin(key: string | null): Origin;
}

/** ` in section 'program:x' (file: '…')`: how supervisord ends an error in a program's section. */
export function inSection(section: Section): string {
  return ` in section ${repr(section.name)} (file: ${repr(section.origin.file)})`;
}

/** `names` are what `%(…)s` may ask for beside ENV_X; `suffix` ends every error. */
export function readerOf(context: Context, section: Section, names: Expansions, suffix = ''): Reader {
  let faults = 0;

  const origin = (key: string | null): Origin =>
    (key === null ? undefined : entryOf(context.document, section, key)?.origin) ?? section.origin;

  const add = (severity: Problem['severity'], key: string | null, message: string, remedy?: string): void => {
    const at = origin(key);
    // What a group's section found is found again when its programs are read, and by each of numprocs processes.
    const known = context.problems.some(
      (problem) =>
        problem.origin?.file === at.file &&
        problem.origin.line === at.line &&
        sameFault(problem.message, message, suffix),
    );
    if (!known) {
      const text = severity === 'error' ? message + suffix : message;
      context.problems.push({ severity, message: text, ...(remedy !== undefined && { remedy }), origin: at });
    }
  };

  const reader: Reader = {
    section,
    origin,
    has: (key) => entryOf(context.document, section, key) !== undefined,
    raw: (key) => entryOf(context.document, section, key)?.value ?? null,
    text: (key, more) => reader.optional(key, (text) => text, more),
    value: (key, fallback, convert, more) => {
      const found = reader.optional(key, convert, more);
      return found === null ? convert(fallback) : found;
    },
    optional: (key, convert, more) => {
      const raw = reader.raw(key);
      if (raw === null) return null;
      return reader.attempt(key, () =>
        convert(expand(raw, more ?? merged(context.environment, names), `${section.name}.${key}`)),
      );
    },
    attempt: (key, convert) => {
      try {
        return convert();
      } catch (error) {
        if (!(error instanceof BadValue)) throw error;
        reader.fail(key, error.message, error.remedy);
        return undefined;
      }
    },
    fail: (key, message, remedy) => {
      faults += 1;
      add('error', key, message, remedy);
    },
    warn: (key, message, remedy) => add('warning', key, message, remedy),
    failed: () => faults > 0,
  };
  return reader;
}

export function merged(...tables: readonly Expansions[]): Map<string, string | number> {
  return new Map(tables.flatMap((table) => [...table]));
}

function sameFault(one: string, two: string, suffix: string): boolean {
  return one === two || one === two + suffix;
}
