// The build id of an image: one hash over all that decides what is in it, and the words for what has changed.

import { describeEntry, sha256Of, type Entry } from '../model/context.ts';
import { comparePaths } from '../model/paths.ts';

/** Named parts, each already a hash or a short text: `files`, `arg:BASE`, `parent:base`, `software:agent`. */
export type InputParts = Readonly<Record<string, string>>;

/** The part that stands for all files of the context. */
export const FILES_PART = 'files';

/** Raised when the toolkit begins to make other images from the same inputs. */
const RECIPE = '2';

/** What an image was built from: its parts, and its files, a line of `describeEntry` for each, in the order of a walk. */
export interface Inputs {
  readonly parts: InputParts;
  readonly files: Iterable<string>;
}

export function buildId(parts: InputParts): string {
  const lines = Object.keys(parts)
    .toSorted()
    .map((key) => `${JSON.stringify(key)} ${JSON.stringify(parts[key])}\n`);
  return sha256Of(`initkit inputs ${RECIPE}\n${lines.join('')}`);
}

const TEXTS = new Set(['Dockerfile', '.dockerignore', 'Dockerfile.dockerignore']);

/**
 * The entries that decide. Of software there is one hash for each slot; .dockerignore decides which files there are, and the
 * Dockerfile has a part of its own: their texts reach no image by themselves.
 */
export function* filesOf(entries: Iterable<Entry>): Generator<Entry> {
  for (const entry of entries) {
    const { path } = entry;
    if (!path.startsWith('software/') && !TEXTS.has(path)) yield entry;
  }
}

export function* linesOfFiles(entries: Iterable<Entry>): Generator<string> {
  for (const entry of filesOf(entries)) yield describeEntry(entry);
}

/** What differs, part by part and file by file, new and gone ones marked. */
export function changedInputs(before: Inputs, after: Inputs): string[] {
  const parts = [...new Set([...Object.keys(before.parts), ...Object.keys(after.parts)])]
    .filter((key) => key !== FILES_PART && before.parts[key] !== after.parts[key])
    .toSorted()
    .map((key) => nameOf(key, before.parts[key] === undefined, after.parts[key] === undefined));
  if (before.parts[FILES_PART] === after.parts[FILES_PART]) return parts;
  return [...parts, ...changedFiles(before.files, after.files)];
}

/** Both in the same order: neither need be held as a whole. */
function changedFiles(before: Iterable<string>, after: Iterable<string>): string[] {
  const changed: string[] = [];
  const [old, now] = [before[Symbol.iterator](), after[Symbol.iterator]()];
  let [one, other] = [old.next(), now.next()];
  while (one.done !== true || other.done !== true) {
    const order =
      one.done === true ? 1 : other.done === true ? -1 : comparePaths(pathOf(one.value), pathOf(other.value));
    if (order < 0 && one.done !== true) changed.push(`-${pathOf(one.value)}`);
    else if (order > 0 && other.done !== true) changed.push(`+${pathOf(other.value)}`);
    else if (one.done !== true && other.done !== true && one.value !== other.value)
      changed.push(pathOf(other.value));
    if (order <= 0) one = old.next();
    if (order >= 0) other = now.next();
  }
  return changed;
}

/** `file "a/b" 644 …` is about `a/b`. */
function pathOf(line: string): string {
  const quoted = /^\w+ ("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  return quoted === undefined ? line : (JSON.parse(quoted) as string);
}

/** What differs, in words for one line: "Dockerfile, skel/etc/x, software agent and 3 more". */
export function describeChange(before: Inputs | undefined, after: Inputs): string {
  if (before === undefined) return 'not built before';
  const names = changedInputs(before, after);
  if (names.length === 0) return 'the image is gone';
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more changed` : `${shown} changed`;
}

function nameOf(key: string, isNew: boolean, isGone: boolean): string {
  const colon = key.indexOf(':');
  const kind = key.slice(0, colon);
  const rest = key.slice(colon + 1);
  const name = kind === 'text' ? rest : `${kind} ${rest}`;
  return `${isNew ? '+' : isGone ? '-' : ''}${name}`;
}
