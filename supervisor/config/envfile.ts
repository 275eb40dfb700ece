// Variables → a file that systemd's EnvironmentFile= and `sh -c '. file'` read alike, and systemd's reading of one.

import type { Problem } from '../model.ts';
import { compare } from './python.ts';

/** What begins with one of the prefixes, letter by letter: RESOLVER takes in RESOLVERS; AWS_ leaves AWS and AWSX out. */
export function selectByPrefix(
  values: ReadonlyMap<string, string>,
  prefixes: readonly string[],
): Map<string, string> {
  const wanted = (name: string): boolean => prefixes.some((prefix) => name.startsWith(prefix));
  return new Map([...values].filter(([name]) => wanted(name)).toSorted(([one], [two]) => compare(one, two)));
}

/**
 * The file's text, each variable below a comment with its note, where it has one. A variable that cannot mean the same
 * to both readers is left out, with an error.
 */
export function writeEnvFile(
  values: ReadonlyMap<string, string>,
  notes: ReadonlyMap<string, string> = new Map(),
): [text: string, problems: Problem[]] {
  const problems: Problem[] = [];
  let text = '';
  for (const [name, value] of values) {
    const reason = refusal(name, value);
    const note = notes.get(name)?.replace(/[\s\\]+/g, ' ');
    if (reason === undefined) {
      text += `${note === undefined ? '' : `# ${note}\n`}${name}="${value.replace(/["\\`$]/g, '\\$&')}"\n`;
    }
    if (reason !== undefined)
      problems.push({ severity: 'error', message: `cannot write ${name} to an environment file: ${reason}` });
  }
  return [text, problems];
}

/** Variables that a shell keeps for itself: an assignment fails, or is forgotten. */
const OF_THE_SHELL = new Set(
  'UID EUID PPID BASHOPTS BASH_VERSINFO SHELLOPTS BASHPID BASH_ARGV0 BASH_COMMAND BASH_SUBSHELL COMP_WORDBREAKS DIRSTACK EPOCHREALTIME EPOCHSECONDS FUNCNAME GROUPS HISTCMD LINENO OPTIND RANDOM SECONDS SRANDOM _'.split(
    ' ',
  ),
);

function refusal(name: string, value: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'a shell takes letters, digits and _ only as its name';
  if (OF_THE_SHELL.has(name)) return 'a shell keeps that name for itself';
  if (value.includes('\0')) return 'it contains a NUL';
  if (!value.isWellFormed()) return 'it is not valid UTF-8';
  return undefined;
}

export interface EnvFile {
  readonly values: ReadonlyMap<string, string>;
  /** The comment right above a variable's line. */
  readonly notes: ReadonlyMap<string, string>;
  /** Lines that systemd ignores, as a problem of the file and as `NAME=value`. */
  readonly problems: readonly Problem[];
  readonly ignored: readonly string[];
}

/** Where the reader stands; the names are those of systemd's grammar. */
type Place = 'before key' | 'key' | 'before value' | 'value' | 'single quotes' | 'double quotes' | 'comment';

/**
 * Reads a file as EnvironmentFile= does: quotes may stop and start within a value, a backslash takes the next character
 * as it is and joins lines, a `#` or `;` begins a comment only at the start of a line.
 */
export function readEnvFile(text: string, file: string): EnvFile {
  const values = new Map<string, string>();
  const notes = new Map<string, string>();
  const problems: Problem[] = [];
  const ignored: string[] = [];
  let note = '';
  let place: Place = 'before key';
  let key = '';
  let value = '';
  /** How much of the value stays when blanks at its end are cut. */
  let solid = 0;
  let line = 1;
  let keyLine = 1;

  const push = (): void => {
    const name = key.trimEnd();
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      values.set(name, value);
      notes.delete(name);
      if (note !== '') notes.set(name, note.trim());
    } else {
      const message = `${JSON.stringify(name)} cannot be the name of a variable; the line is ignored`;
      problems.push({ severity: 'warning', message, origin: { file, line: keyLine } });
      ignored.push(`${name}=${value}`);
    }
    [place, key, value, solid, note] = ['before key', '', '', 0, ''];
  };
  const append = (character: string): void => {
    value += character;
    if (!isBlank(character)) solid = value.length;
  };

  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    const ends = character === '\n' || character === '\r';
    if (character === '\n') line += 1;
    switch (place) {
      case 'before key':
        if (character === '#' || character === ';') [place, note] = ['comment', `${note} `];
        else if (character === '\n') note = '';
        else if (!isBlank(character)) [place, key, keyLine] = ['key', character, line];
        break;
      case 'key':
        if (ends) [place, key, note] = ['before key', '', ''];
        else if (character === '=') place = 'before value';
        else key += character;
        break;
      case 'before value':
      case 'value':
        if (ends) {
          value = place === 'value' ? value.slice(0, solid) : value;
          push();
        } else if (place === 'before value' && character === "'") place = 'single quotes';
        else if (place === 'before value' && character === '"') place = 'double quotes';
        else if (character === '\\') {
          index += 1;
          const next = text[index] ?? '';
          place = 'value';
          if (next === '\n') line += 1;
          if (next !== '\n' && next !== '\r') value += next;
          solid = value.length;
        } else if (place === 'value' || !isBlank(character)) {
          place = 'value';
          append(character);
        }
        break;
      case 'single quotes':
        if (character === "'") place = 'before value';
        else value += character;
        solid = value.length;
        break;
      case 'double quotes':
        if (character === '"') place = 'before value';
        else if (character === '\\') {
          index += 1;
          const next = text[index] ?? '';
          if (next === '\n') line += 1;
          else value += '"\\`$'.includes(next) ? next : `\\${next}`;
        } else value += character;
        solid = value.length;
        break;
      case 'comment':
        if (character === '\\') index += 1;
        else if (ends) place = 'before key';
        else note += character;
        break;
      default:
        place satisfies never;
    }
  }
  if (place === 'value') value = value.slice(0, solid);
  if (place !== 'before key' && place !== 'key' && place !== 'comment') push();
  return { values, notes, problems, ignored };
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}
