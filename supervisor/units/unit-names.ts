// Names of units (systemd.unit(5)): what is valid, templates and instances, escaping, and what systemctl makes of a word.

/** All types that systemd has; a container can run those of `UnitType`. */
export const UNIT_TYPES = [
  'service',
  'mount',
  'swap',
  'socket',
  'target',
  'device',
  'automount',
  'timer',
  'path',
  'slice',
  'scope',
] as const;

const LONGEST_NAME = 255;
const VALID = /^[A-Za-z0-9:\-_.\\@]+$/;

export interface UnitName {
  readonly name: string;
  /** What stands before `@`, or before the type. */
  readonly prefix: string;
  /** null: no `@`; empty: a template. */
  readonly instance: string | null;
  readonly type: string;
}

/** null for what is no name of a unit. */
export function parseUnitName(name: string): UnitName | null {
  const dot = name.lastIndexOf('.');
  if (dot <= 0 || name.length > LONGEST_NAME || !VALID.test(name)) return null;
  const type = name.slice(dot + 1);
  if (!(UNIT_TYPES as readonly string[]).includes(type)) return null;
  const at = name.indexOf('@');
  if (at === 0) return null;
  if (at === -1 || at > dot) return { name, prefix: name.slice(0, dot), instance: null, type };
  return { name, prefix: name.slice(0, at), instance: name.slice(at + 1, dot), type };
}

export function isTemplate(name: string): boolean {
  return parseUnitName(name)?.instance === '';
}

export function isInstance(name: string): boolean {
  const instance = parseUnitName(name)?.instance;
  return instance !== undefined && instance !== null && instance !== '';
}

/** `getty@tty1.service` → `getty@.service`; null for what is no instance. */
export function templateOf(name: string): string | null {
  const parsed = parseUnitName(name);
  if (parsed === null || parsed.instance === null || parsed.instance === '') return null;
  return `${parsed.prefix}@.${parsed.type}`;
}

/** `getty@.service` with `tty1` → `getty@tty1.service`. */
export function withInstance(template: string, instance: string): string {
  const at = template.indexOf('@');
  const dot = template.lastIndexOf('.');
  return `${template.slice(0, at + 1)}${instance}${template.slice(dot)}`;
}

export function withType(name: string, type: string): string {
  return `${name.slice(0, name.lastIndexOf('.'))}.${type}`;
}

/** As `systemd-escape`: `/` becomes `-`; what a name may not hold, and a dot in front, becomes `\xHH` per UTF-8 byte. */
export function escapeName(text: string): string {
  let escaped = '';
  for (const [index, byte] of utf8(text).entries()) {
    const character = String.fromCharCode(byte);
    if (character === '/') escaped += '-';
    else if ((index === 0 && character === '.') || !/[A-Za-z0-9:_.]/.test(character)) escaped += hex(byte);
    else escaped += character;
  }
  return escaped;
}

/** The reverse; null where an escape is broken. */
export function unescapeName(text: string): string | null {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (character === '-') bytes.push(47);
    else if (character === '\\') {
      const digits = /^x([0-9A-Fa-f]{2})/.exec(text.slice(index + 1, index + 4))?.[1];
      if (digits === undefined) return null;
      bytes.push(Number.parseInt(digits, 16));
      index += 3;
    } else bytes.push(...utf8(character));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** As `systemd-escape --path`; null for a path with `..`, for `.` alone, and for names that no file has. */
export function escapePath(path: string): string | null {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const isDot = parts.length === 0 && path !== '' && !path.startsWith('/');
  if (parts.includes('..') || parts.some((part) => part.length > 255) || isDot) return null;
  return parts.length === 0 ? '-' : escapeName(parts.join('/'));
}

/** As `systemd-escape --unescape --path`; null where it is no escaped path. */
export function unescapePath(text: string): string | null {
  if (text === '') return null;
  if (text === '-') return '/';
  const plain = unescapeName(text);
  if (plain === null || plain.startsWith('/') || plain.endsWith('/') || plain.includes('//')) return null;
  if (plain.split('/').some((part) => part === '.' || part === '..' || part.length > 255)) return null;
  return `/${plain}`;
}

export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/**
 * What systemctl makes of what a person types: `nginx` → `nginx.service`, `/dev/sda` → `dev-sda.device`, `/srv` →
 * `srv.mount`; patterns stay. null for what cannot be a name (empty, too long).
 */
export function mangleUnitName(text: string, suffix = '.service'): string | null {
  if (text === '') return null;
  if (parseUnitName(text) !== null) return text;
  if (isGlob(text) && /^[A-Za-z0-9:\-_.\\@*?[\]!^]+$/.test(text)) {
    return /\.[A-Za-z*?[\]]+$/.test(text) || text.endsWith('*') ? text : `${text}${suffix}`;
  }
  if (text.startsWith('/')) {
    const path = `/${text
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/')}`;
    const escaped = escapePath(path);
    const type = path.startsWith('/dev/') || path.startsWith('/sys/') ? 'device' : 'mount';
    if (escaped !== null) return `${escaped}.${type}`;
  }
  const mangled = mangleCharacters(text);
  if (parseUnitName(mangled) !== null) return mangled;
  const full = `${mangled}${suffix}`;
  return parseUnitName(full) === null ? null : full;
}

/** Like escaping, but for what is valid in a name already, and for `/`, which becomes `-`. */
function mangleCharacters(text: string): string {
  return Array.from(utf8(text), (byte) => {
    const character = String.fromCharCode(byte);
    if (character === '/') return '-';
    return /[A-Za-z0-9:\-_.\\@]/.test(character) ? character : hex(byte);
  }).join('');
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
