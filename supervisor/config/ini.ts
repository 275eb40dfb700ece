// Text → sections with keys, values and line numbers, in the dialect of supervisord (Python's RawConfigParser) or plainly.

import type { Origin, Problem } from '../model.ts';
import { isSpace, repr, strip, stripEnd } from './python.ts';

/** What decoding puts in place of bytes that are not UTF-8. */
const UNDECODABLE = '\uFFFD';

export interface Dialect {
  /** What begins a comment inside a line, after a blank. */
  readonly inlineComments: readonly string[];
  /** What may stand between a key and its value. */
  readonly delimiters: string;
  readonly lowerCaseKeys: boolean;
}

/** supervisord's files: keys without regard to case, `=` or `:`, and inline comments of both kinds. */
export const SUPERVISORD: Dialect = { inlineComments: [';', '#'], delimiters: '=:', lowerCaseKeys: true };

/** image.ini: keys as written, `=` only, and ` ;` as the only inline comment, so that `#` may be in a value. */
export const PLAIN: Dialect = { inlineComments: [';'], delimiters: '=', lowerCaseKeys: false };

export interface Entry {
  value: string;
  /** The line of the key. */
  readonly origin: Origin;
}

export interface Section {
  readonly name: string;
  /** The line of its first header. */
  readonly origin: Origin;
  readonly entries: Map<string, Entry>;
}

/** All files of one configuration: sections of the same name are merged, the last value of a key wins. */
export interface IniDocument {
  readonly sections: Map<string, Section>;
  /** `[DEFAULT]`: what every section has unless it says otherwise. */
  readonly defaults: Section;
}

export function emptyDocument(): IniDocument {
  return { sections: new Map(), defaults: section('DEFAULT', { file: '', line: 0 }) };
}

/** The entry of a key in a section, or the one of `[DEFAULT]`. */
export function entryOf(document: IniDocument, within: Section, key: string): Entry | undefined {
  return within.entries.get(key) ?? document.defaults.entries.get(key);
}

/** The keys of a section, those it has from `[DEFAULT]` included. */
export function keysOf(document: IniDocument, within: Section): string[] {
  return [...new Set([...within.entries.keys(), ...document.defaults.entries.keys()])];
}

/** Reads one file into the document and returns its faults, one for each line that cannot be read. */
export function readInto(document: IniDocument, text: string, file: string, dialect: Dialect): Problem[] {
  const problems: Problem[] = [];
  const lines = linesOf(text);
  /** The values of this file, line by line, until all of it is read. */
  const parts = new Map<Entry, string[]>();
  const seenKeys = new Map<string, number>();
  let current: Section | undefined;
  let key = '';
  let indent = 0;
  let headless = false;

  for (const [index, line] of lines.entries()) {
    const origin: Origin = { file, line: index + 1 };
    const cut = commentStart(line, dialect);
    const value = strip(cut === undefined ? line : line.slice(0, cut));
    const open = current === undefined || key === '' ? undefined : parts.get(valueAt(current, key));
    if (value === '') {
      if (cut === undefined) open?.push('');
      continue;
    }
    if (value.includes(UNDECODABLE)) problems.push(notUtf8(origin));
    if (cut !== undefined) problems.push(...cutInsideQuotes(value, line.slice(cut), origin));
    const level = indentOf(line);
    if (open !== undefined && level > indent) {
      open.push(value);
      continue;
    }
    indent = level;
    const header = /^\[(.+)\]/s.exec(value)?.[1];
    if (header !== undefined) {
      current = openSection(document, header, origin);
      key = '';
    } else if (current === undefined) {
      if (!headless) problems.push(noHeader(origin, line));
      headless = true;
    } else {
      const at = delimiterIn(value, dialect);
      if (at <= 0) problems.push(badLine(origin, line));
      if (at === -1) continue;
      key = stripEnd(value.slice(0, at));
      if (dialect.lowerCaseKeys) key = key.toLowerCase();
      problems.push(...repeated(seenKeys, current, key, origin));
      const entry: Entry = { value: '', origin };
      current.entries.set(key, entry);
      parts.set(entry, [strip(value.slice(at + 1))]);
    }
  }
  for (const [entry, values] of parts) entry.value = stripEnd(values.join('\n'));
  return problems;
}

function section(name: string, origin: Origin): Section {
  return { name, origin, entries: new Map() };
}

function openSection(document: IniDocument, name: string, origin: Origin): Section {
  if (name === 'DEFAULT') return document.defaults;
  const existing = document.sections.get(name);
  if (existing !== undefined) return existing;
  const created = section(name, origin);
  document.sections.set(name, created);
  return created;
}

function valueAt(within: Section, key: string): Entry {
  return within.entries.get(key) ?? { value: '', origin: within.origin };
}

/** Lines with their line feed, as Python reads a text file: `\r\n` and a lone `\r` end a line too. */
function linesOf(text: string): string[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const last = lines.pop();
  return [...lines.map((line) => `${line}\n`), ...(last === undefined || last === '' ? [] : [last])];
}

/**
 * Where the comment of a line begins, or undefined. The kinds of comment are searched in step, the n-th of each at a
 * time, so that in `a;b ;c #d` the comment is `#d`: a quirk of Python's reader that the values of real files depend on.
 */
function commentStart(line: string, dialect: Dialect): number | undefined {
  if (/^[;#]/.test(strip(line))) return 0;
  let searching = dialect.inlineComments.map((prefix) => ({ prefix, at: -1 }));
  let start: number | undefined;
  while (start === undefined && searching.length > 0) {
    searching = searching
      .map(({ prefix, at }) => ({ prefix, at: line.indexOf(prefix, at + 1) }))
      .filter(({ at }) => at !== -1);
    for (const { at } of searching) {
      if (at === 0 || isSpace(line[at - 1] ?? '')) start = Math.min(start ?? at, at);
    }
  }
  return start;
}

function indentOf(line: string): number {
  let level = 0;
  while (level < line.length && isSpace(line[level] ?? '')) level += 1;
  return level;
}

function delimiterIn(value: string, dialect: Dialect): number {
  const places = Array.from(dialect.delimiters)
    .map((delimiter) => value.indexOf(delimiter))
    .filter((at) => at !== -1);
  return places.length === 0 ? -1 : Math.min(...places);
}

function noHeader(origin: Origin, line: string): Problem {
  return {
    severity: 'error',
    message: `File contains no section headers. file: ${repr(origin.file)}, line: ${origin.line} ${repr(line)}`,
    remedy: 'put a [section] above the first setting',
    origin,
  };
}

function badLine(origin: Origin, line: string): Problem {
  const number = String(origin.line).padStart(2);
  return {
    severity: 'error',
    message: `Source contains parsing errors: ${repr(origin.file)} [line ${number}]: ${repr(line)}`,
    remedy: 'write key=value, or indent the line to continue the value above',
    origin,
  };
}

/** supervisord refuses such a file, where the locale is UTF-8. */
function notUtf8(origin: Origin): Problem {
  return {
    severity: 'warning',
    message: 'the line is not UTF-8: what cannot be decoded is read as U+FFFD',
    remedy: 'save the file as UTF-8',
    origin,
  };
}

/** A comment sign inside quotes ends the value all the same; nothing says so but this. */
function cutInsideQuotes(kept: string, dropped: string, origin: Origin): Problem[] {
  const open = openQuote(kept);
  if (open === undefined || !dropped.includes(open)) return [];
  return [
    {
      severity: 'warning',
      message: `the value is cut at ${repr(` ${dropped[0] ?? ''}`)}, which begins a comment even inside quotes`,
      remedy: `leave out the blank before ${dropped[0] ?? ''}, or put the text into a script`,
      origin,
    },
  ];
}

function openQuote(text: string): string | undefined {
  let open: string | undefined;
  for (const character of text) {
    if (open === undefined && (character === '"' || character === "'")) open = character;
    else if (character === open) open = undefined;
  }
  return open;
}

function repeated(seen: Map<string, number>, within: Section, key: string, origin: Origin): Problem[] {
  const id = `${within.name}\n${key}`;
  const earlier = seen.get(id);
  seen.set(id, origin.line);
  if (earlier === undefined) return [];
  return [
    {
      severity: 'warning',
      message: `[${within.name}] sets ${key} twice; line ${earlier} is ignored`,
      remedy: 'keep one of the two',
      origin,
    },
  ];
}
