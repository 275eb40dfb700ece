// `RuntimeDirectory=` and its kin: directories that are made for a service, and kept or removed with it.

import type { ExecSettings, ManagedDirectories } from './model.ts';
import { simplify } from './unit-paths.ts';
import { asOneOf, type Draft, type KeyReader, type KeyReaders, type Reading } from './reading.ts';
import type { Assignment } from './unit-ini.ts';
import { parseBoolean } from './values.ts';
import { nextWord, splitWords } from './words.ts';

type Field =
  | 'runtimeDirectory'
  | 'stateDirectory'
  | 'cacheDirectory'
  | 'logsDirectory'
  | 'configurationDirectory';
type DirectoriesDraft = Draft<Pick<ExecSettings, Field | 'runtimeDirectoryPreserve'>>;

export const NO_DIRECTORIES: ManagedDirectories = { names: [], symlinks: [], mode: 0o755 };

const KEYS: Readonly<Record<string, Field>> = {
  RuntimeDirectory: 'runtimeDirectory',
  StateDirectory: 'stateDirectory',
  CacheDirectory: 'cacheDirectory',
  LogsDirectory: 'logsDirectory',
  ConfigurationDirectory: 'configurationDirectory',
};

const names =
  (field: Field): KeyReader<DirectoriesDraft> =>
  (draft, assignment, reading) => {
    if (assignment.value === '') {
      draft[field] = { ...draft[field], names: [], symlinks: [] };
      return;
    }
    const { words, broken } = splitWords(assignment.value, { unquote: true, keepEscapes: true });
    for (const word of words) {
      const entry = readEntry(word, assignment, reading);
      if (entry === null) continue;
      const { names: known, symlinks, mode } = draft[field];
      draft[field] = {
        mode,
        names: known.includes(entry.name) ? known : [...known, entry.name],
        symlinks: entry.link === null ? symlinks : [...symlinks, [entry.name, entry.link]],
      };
    }
    if (broken !== null) {
      reading.warn(
        `Invalid syntax ${assignment.key}=${assignment.value}, ignoring: Invalid argument`,
        assignment.origin,
      );
    }
  };

/** `name` or `name:link`; null, with a warning, where either is no path below the directory. */
function readEntry(
  word: string,
  assignment: Assignment,
  reading: Reading,
): { readonly name: string; readonly link: string | null } | null {
  const warn = (message: string): null => {
    reading.warn(message, assignment.origin);
    return null;
  };
  const paths: string[] = [];
  for (const part of parts(word).slice(0, 2)) {
    const path = reading.expand(part);
    if (path === null) {
      return warn(`Failed to resolve unit specifiers in "${part}", ignoring: Invalid slot`);
    }
    if (paths.length === 1 && path !== '' && assignment.key === 'ConfigurationDirectory') {
      return warn(`Destination parameter is not supported for ${assignment.key}, ignoring: ${word}`);
    }
    const fault = path === '' ? null : faultOf(path);
    if (fault !== null) return warn(`${assignment.key}= path ${fault}, ignoring: ${path}`);
    paths.push(simplify(path));
  }
  const [name = '', link = ''] = paths;
  return name === '' ? null : { name, link: link === '' ? null : link };
}

/** `source:link`; a colon that is meant as one is written `\\x3a`. */
function parts(word: string): string[] {
  const found: string[] = [];
  let rest = word;
  for (;;) {
    const next = nextWord(rest, { separators: ':', unescape: true });
    if (next.kind !== 'word') return found;
    found.push(next.word);
    rest = next.rest;
  }
}

function faultOf(path: string): string | null {
  if (path.startsWith('/')) return 'is absolute';
  if (path.split('/').includes('..')) return 'is not normalized';
  return simplify(path).split('/')[0] === 'private' ? 'may not be below private' : null;
}

const modes: KeyReaders<DirectoriesDraft> = Object.fromEntries(
  Object.entries(KEYS).map(([key, field]) => [
    `${key}Mode`,
    (draft: DirectoriesDraft, assignment, reading) => {
      const mode = reading.mode(assignment);
      if (mode !== null) draft[field] = { ...draft[field], mode };
    },
  ]),
);

export const DIRECTORY_READERS: KeyReaders<DirectoriesDraft> = {
  ...Object.fromEntries(Object.entries(KEYS).map(([key, field]) => [key, names(field)])),
  ...modes,
  RuntimeDirectoryPreserve(draft, assignment, reading) {
    const truth = parseBoolean(assignment.value);
    const word =
      truth === null
        ? asOneOf(['restart'] as const, 'runtime directory preserve mode')(reading, assignment)
        : truth
          ? 'yes'
          : 'no';
    if (word !== null) draft.runtimeDirectoryPreserve = word;
  },
};
