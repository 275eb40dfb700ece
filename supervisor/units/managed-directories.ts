// `RuntimeDirectory=` and its kin: directories that are made for a service, and kept or removed with it.

import type { ExecSettings, ManagedDirectories } from './model.ts';
import { simplify } from './exec-line.ts';
import { asOneOf, type Draft, type KeyReader, type KeyReaders } from './reading.ts';
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
    for (const word of splitWords(assignment.value, { unquote: true, keepEscapes: true }).words) {
      const [source = '', ...links] = parts(word).map((part) => reading.expanded(assignment, part) ?? '');
      if (source === '') continue;
      const fault = faultOf(source);
      if (fault !== null) {
        reading.warn(`${assignment.key}= path ${fault}, ignoring: ${source}`, assignment.origin);
        continue;
      }
      const name = simplify(source);
      const old = draft[field];
      draft[field] = {
        ...old,
        names: old.names.includes(name) ? old.names : [...old.names, name],
        symlinks: [
          ...old.symlinks,
          ...links.filter((link) => link !== '').map((link) => [name, simplify(link)] as const),
        ],
      };
    }
  };

/** `source:link`, each part unquoted. */
function parts(word: string): string[] {
  const found: string[] = [];
  let rest = word;
  for (;;) {
    const next = nextWord(rest, { separators: ':', unquote: true, unescape: true, keepEmpty: true });
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
