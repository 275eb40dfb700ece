// One function for each type of value that supervisord's files have; each throws BadValue in supervisord's wording.

import type { Autorestart, LogLevel, LogTarget } from '../model.ts';
import { BadValue } from './expand.ts';
import { lexPairs } from './shlex.ts';
import { directoryOf, expandHome } from './paths.ts';
import { parseInteger, repr, strip } from './python.ts';
import type { ConfigSource } from './source.ts';

const TRUE = ['yes', 'true', 'on', '1'];
const FALSE = ['no', 'false', 'off', '0'];

export function boolean(text: string): boolean {
  const lower = text.toLowerCase();
  if (TRUE.includes(lower)) return true;
  if (FALSE.includes(lower)) return false;
  throw new BadValue(`not a valid boolean value: ${repr(text)}`, 'write true or false');
}

export function integer(text: string): number {
  const value = parseInteger(text);
  if (value !== undefined) return value;
  const shown = Array.from(repr(text)).slice(0, 200).join('');
  throw new BadValue(`invalid literal for int() with base 10: ${shown}`, 'write a whole number');
}

export function octal(text: string): number {
  const value = parseInteger(text, 8);
  if (value !== undefined) return value;
  throw new BadValue(`${text} can not be converted to an octal type`, 'write octal digits, such as 022');
}

const SIZES: readonly (readonly [suffix: string, factor: number])[] = [
  ['kb', 1024],
  ['mb', 1024 ** 2],
  ['gb', 1024 ** 3],
];

export function byteSize(text: string): number {
  const lower = text.toLowerCase();
  for (const [suffix, factor] of SIZES) {
    if (lower.endsWith(suffix)) return integer(lower.slice(0, -suffix.length)) * factor;
  }
  return integer(lower);
}

export function listOfStrings(text: string): string[] {
  return text === '' ? [] : text.split(',').map(strip);
}

export function exitCodes(text: string): number[] {
  if (text === '') return [];
  const codes = text.split(',').map((code) => parseInteger(code));
  if (codes.every((code) => code !== undefined && code >= 0 && code <= 255)) return codes.map(Number);
  throw new BadValue(
    `not a valid list of exit codes: ${repr(text)}`,
    'write numbers from 0 to 255 with commas',
  );
}

export function autorestart(text: string): Autorestart {
  const lower = text.toLowerCase();
  if (TRUE.includes(lower)) return 'always';
  if (FALSE.includes(lower)) return 'never';
  if (lower === 'unexpected') return 'unexpected';
  throw new BadValue(`invalid 'autorestart' value ${repr(lower)}`, 'write true, false or unexpected');
}

/** Linux's signals; where two names share a number, the first one is what we call it. */
const SIGNALS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    HUP: 1,
    INT: 2,
    QUIT: 3,
    ILL: 4,
    TRAP: 5,
    ABRT: 6,
    IOT: 6,
    BUS: 7,
    FPE: 8,
    KILL: 9,
    USR1: 10,
    SEGV: 11,
    USR2: 12,
    PIPE: 13,
    ALRM: 14,
    TERM: 15,
    STKFLT: 16,
    CHLD: 17,
    CLD: 17,
    CONT: 18,
    STOP: 19,
    TSTP: 20,
    TTIN: 21,
    TTOU: 22,
    URG: 23,
    XCPU: 24,
    XFSZ: 25,
    VTALRM: 26,
    PROF: 27,
    WINCH: 28,
    IO: 29,
    POLL: 29,
    PWR: 30,
    SYS: 31,
    RTMIN: 34,
    RTMAX: 64,
  }),
);

/** A signal by name, with or without SIG, or by number; gives its name with SIG. */
export function signal(text: string): string {
  const number = parseInteger(text);
  const bare = strip(text).toUpperCase().replace(/^SIG/, '');
  const wanted = number ?? SIGNALS.get(bare);
  if (wanted === undefined) {
    throw new BadValue(`value ${repr(text)} is not a valid signal name`, 'write a name such as TERM or INT');
  }
  for (const [name, value] of SIGNALS) if (value === wanted) return `SIG${name}`;
  throw new BadValue(`value ${repr(text)} is not a valid signal number`, 'write a name such as TERM or INT');
}

const LEVELS: readonly LogLevel[] = ['critical', 'error', 'warn', 'info', 'debug', 'trace', 'blather'];

export function loggingLevel(text: string): LogLevel {
  const level = LEVELS.find((name) => name === text.toLowerCase());
  if (level !== undefined) return level;
  throw new BadValue(`bad logging level name ${repr(text)}`, `write one of ${LEVELS.join(', ')}`);
}

/** A program's or group's name: the characters that it may not have would break the event protocol and URLs. */
export function processOrGroupName(text: string): string {
  const name = strip(text);
  for (const character of ' :/') {
    if (name.includes(character)) {
      throw new BadValue(
        `Invalid name: ${repr(text)} because of character: ${repr(character)}`,
        'use letters, digits, - and _',
      );
    }
  }
  return name;
}

/** `KEY=value,KEY2="value 2"`; the second result is what an unquoted `#` made disappear. */
export function keyValuePairs(text: string): [pairs: Map<string, string>, skipped: string] {
  const { tokens, skipped } = lexed(text);
  const pairs = new Map<string, string>();
  for (let index = 0; index < tokens.length; index += 4) {
    const [key, equals, value] = tokens.slice(index, index + 3);
    if (key === undefined || equals !== '=' || value === undefined) {
      throw new BadValue(
        `Unexpected end of key/value pairs in value '${text}'`,
        'put a value that has other than letters, digits and _ / . + - ( ) : into quotes',
      );
    }
    pairs.set(key, value.replace(/^['"]+|['"]+$/g, ''));
  }
  return [pairs, skipped];
}

const INHERITED: ReadonlyMap<string, 1 | 2> = new Map([
  ['/dev/stdout', 1],
  ['/dev/fd/1', 1],
  ['/proc/self/fd/1', 1],
  ['/dev/stderr', 2],
  ['/dev/fd/2', 2],
  ['/proc/self/fd/2', 2],
]);

export function fileTarget(path: string): LogTarget {
  const fd = INHERITED.get(path);
  return fd === undefined ? { kind: 'file', path } : { kind: 'inherit', fd, path };
}

/** The log file of a program: NONE or off, AUTO, syslog, or a path. */
export function logTarget(text: string, source: ConfigSource, home: string | undefined): LogTarget {
  const lower = text.toLowerCase();
  if (lower === 'none' || lower === 'off') return { kind: 'none' };
  if (lower === 'auto') return { kind: 'auto' };
  if (lower === 'syslog') return { kind: 'syslog' };
  return fileTarget(existingDirpath(text, source, home));
}

/** A path whose directory is there; a name without a directory always passes. */
export function existingDirpath(text: string, source: ConfigSource, home: string | undefined): string {
  const path = expandHome(text, source, home);
  const directory = directoryOf(path);
  if (directory === '' || source.isDirectory(directory)) return path;
  throw new BadValue(
    `The directory named as part of the path ${text} does not exist`,
    `make the directory ${directory}`,
  );
}

export function existingDirectory(text: string, source: ConfigSource, home: string | undefined): string {
  const path = expandHome(text, source, home);
  if (source.isDirectory(path)) return path;
  throw new BadValue(`${text} is not an existing directory`, `make the directory ${path}`);
}

/** `port`, `host:port` or `*:port`; an empty host is every address. */
export function inetAddress(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  if (colon === -1) {
    try {
      return { host: '', port: portNumber(text) };
    } catch {
      throw new BadValue(
        `not a valid port number: ${repr(text)} `,
        'write host:port or a number up to 65535',
      );
    }
  }
  const digits = text.slice(colon + 1);
  const shown = text.slice(colon + 1);
  if (digits === '') throw new BadValue(`no port number specified in ${repr(shown)}`, 'write host:port');
  const host = text.slice(0, colon).toLowerCase();
  return { port: portNumber(digits), host: host === '*' ? '' : host };
}

export function portNumber(text: string): number {
  const port = integer(text);
  if (port < 1) throw new BadValue(`${port} is below lower bound (1)`, 'write a port from 1 to 65535');
  if (port > 0xffff)
    throw new BadValue(`${port} is above upper bound (65535)`, 'write a port from 1 to 65535');
  return port;
}

/** A server's address for clients: anything with a scheme and something behind it. */
export function url(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:[^?#]/.test(text) && !/^[^:]*:\/\/(?:[?#]|$)/.test(text)) return text;
  throw new BadValue(`value ${repr(text)} is not a URL`, 'write unix:///path or http://host:port');
}

/** A user by name or number, checked; supervisord keeps the number, we keep what was written. */
export function user(text: string, source: ConfigSource): string {
  if (source.user(parseInteger(text) === undefined ? text : String(parseInteger(text))) !== undefined)
    return text;
  const kind = parseInteger(text) === undefined ? 'name' : 'id';
  throw new BadValue(`Invalid user ${kind} ${text}`, 'create the user in the image');
}

/** `user` or `user:group`, both of which must exist. */
export function userAndGroup(text: string, source: ConfigSource): string {
  const colon = text.indexOf(':');
  const group = text.slice(colon + 1);
  user(colon === -1 ? text : text.slice(0, colon), source);
  if (colon !== -1 && source.group(String(parseInteger(group) ?? group)) === undefined) {
    throw new BadValue(`Invalid group name ${group}`, 'create the group in the image');
  }
  return text;
}

function lexed(text: string): ReturnType<typeof lexPairs> {
  try {
    return lexPairs(text);
  } catch (error) {
    throw new BadValue(error instanceof Error ? error.message : String(error), 'close the quotes');
  }
}
