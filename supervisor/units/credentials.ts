// `SetCredential=` and `LoadCredential=` (systemd.exec(5), "Credentials"): which files a unit finds in
// $CREDENTIALS_DIRECTORY, and where their contents come from.

import type { ExecSettings } from './model.ts';
import type { Draft, KeyReaders, Reading } from './reading.ts';
import type { Assignment } from './unit-ini.ts';
import { pathFault, simplify } from './unit-paths.ts';
import { nextWord, unescapeOne } from './words.ts';

type CredentialsDraft = Draft<Pick<ExecSettings, 'setCredentials' | 'loadCredentials'>>;
type Entry = readonly [id: string, text: string];

export const NO_CREDENTIALS = { setCredentials: [], loadCredentials: [] } as const;

export const CREDENTIAL_READERS: KeyReaders<CredentialsDraft> = {
  SetCredential(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.setCredentials = [];
      return;
    }
    const entry = readEntry(assignment, reading);
    if (entry === null) return;
    const [id, text] = entry;
    if (text === '') return invalidSyntax(assignment, reading);
    if (!checkId(id, assignment, reading)) return;
    const value = unescape(text);
    if (value === null) {
      return reading.warn(`Can't unescape "${text}", ignoring: Invalid argument`, assignment.origin);
    }
    draft.setCredentials = [...draft.setCredentials.filter(([known]) => known !== id), [id, value]];
  },
  LoadCredential(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.loadCredentials = [];
      return;
    }
    const entry = readEntry(assignment, reading);
    if (entry === null) return;
    const [id, text] = entry;
    if (!checkId(id, assignment, reading)) return;
    const source = text === '' ? id : expanded(text, assignment, reading);
    if (source === null) return;
    const isValid = source.startsWith('/') ? isNormalized(source) : isCredentialId(source);
    if (!isValid) {
      return reading.warn(`Credential source "${source}" not valid, ignoring.`, assignment.origin);
    }
    draft.loadCredentials = [...draft.loadCredentials.filter(([known]) => known !== id), [id, source]];
  },
};

/** `ID:TEXT`, the specifiers of the ID replaced; the text is empty where there is none. */
function readEntry(assignment: Assignment, reading: Reading): Entry | null {
  const next = nextWord(assignment.value, { separators: ':', keepEmpty: true });
  if (next.kind !== 'word') {
    invalidSyntax(assignment, reading);
    return null;
  }
  if (next.rest === '' && assignment.key === 'SetCredential') {
    invalidSyntax(assignment, reading);
    return null;
  }
  const id = expanded(next.word, assignment, reading);
  return id === null ? null : [id, next.rest];
}

function invalidSyntax(assignment: Assignment, reading: Reading): void {
  reading.warn(`Invalid syntax, ignoring: ${assignment.value}`, assignment.origin);
}

function expanded(text: string, assignment: Assignment, reading: Reading): string | null {
  return reading.expanded(assignment, text, `unit specifiers in "${text}", ignoring`);
}

function checkId(id: string, assignment: Assignment, reading: Reading): boolean {
  if (isCredentialId(id)) return true;
  reading.warn(`Credential name "${id}" not valid, ignoring.`, assignment.origin);
  return false;
}

/** What can be the name of a file, and of a descriptor as well. */
function isCredentialId(id: string): boolean {
  // eslint-disable-next-line no-control-regex -- systemd refuses exactly these
  return id !== '' && id !== '.' && id !== '..' && id.length <= 255 && !/[\x00-\x1f\x7f/:]/.test(id);
}

function isNormalized(path: string): boolean {
  return pathFault(path) === null && simplify(path) === path.replace(/\/$/, '');
}

/** C escapes, so that a value can end with a line feed; null where one means nothing. */
function unescape(text: string): string | null {
  let value = '';
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '\\') {
      value += text[at];
      continue;
    }
    const escape = unescapeOne(text.slice(at + 1));
    if (escape === null) return null;
    value += escape.character;
    at += escape.length;
  }
  return value;
}
