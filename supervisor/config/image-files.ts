// The sections of image.ini that act when a container starts: [environment-program], [env-file:PATH], [file:PATH] and
// [volume:PATH].

import type { Origin, Problem } from '../model.ts';
import type { Section } from './ini.ts';
import { splitBlanks } from './python.ts';
import { splitCommand } from './shlex.ts';
import type { Default } from './variable.ts';

/** Notes a problem of image.ini. */
export type Tell = (severity: Problem['severity'], origin: Origin, message: string, remedy?: string) => void;

/** A program of the image that finds out defaults: its output is an environment file. */
export interface EnvironmentProgram {
  readonly argv: readonly string[];
  readonly timeoutSecs: number;
  readonly origin: Origin;
}

export interface EnvFileConfig {
  readonly path: string;
  /** What the names of variables begin with, letter by letter. */
  readonly prefixes: readonly string[];
  readonly mode: number;
  readonly origin: Origin;
}

/** A file whose text is made from the environment; a line feed is added. No text makes no file. */
export interface FileConfig {
  readonly path: string;
  readonly content: Default;
  /** Yes or no; where it says no, the file is taken away. Null is yes. */
  readonly enabled: Default | null;
  readonly mode: number;
  readonly origin: Origin;
}

/** A place that outlives the container, and what must be in it before programs start. */
export interface VolumeConfig {
  readonly path: string;
  /** Absolute; `owner` and `group` are null where the directory belongs to whoever makes it. */
  readonly directories: readonly {
    readonly path: string;
    readonly owner: string | null;
    readonly group: string | null;
  }[];
  /** Variables whose values an earlier start chose and a later one finds again. */
  readonly variables: readonly string[];
  readonly freeBytes: number;
  readonly origin: Origin;
}

/** Where a volume keeps its variables. */
export function keptPath(volume: VolumeConfig): string {
  return `${volume.path}/.initkit.env`;
}

/** The mode of a file that may hold secrets, unless image.ini says another. */
const PRIVATE = 0o600;
const PUBLIC = 0o644;
const DEFAULT_TIMEOUT_SECS = 60;

export function programOf(section: Section, tell: Tell): EnvironmentProgram | null {
  const command = section.entries.get('command');
  const split = splitCommand(command?.value ?? '');
  const [file] = split.ok ? split.words : [];
  if (file?.startsWith('/') !== true) {
    const message = `[${section.name}] needs a command with an absolute path`;
    tell('error', command?.origin ?? section.origin, message, 'command = /opt/initkit/programs/NAME …');
    return null;
  }
  const timeout = section.entries.get('timeout');
  const seconds = Number(timeout?.value || DEFAULT_TIMEOUT_SECS);
  if (!(seconds > 0 && seconds <= 86_400)) {
    const message = `timeout of [${section.name}] is no number of seconds: ${timeout?.value}`;
    tell('error', timeout?.origin ?? section.origin, message, 'write 60');
  }
  return { argv: split.ok ? split.words : [], timeoutSecs: seconds, origin: section.origin };
}

export function envFileOf(path: string, section: Section, tell: Tell): EnvFileConfig {
  const mode = modeOf(section, PRIVATE, tell);
  mustBeAbsolute(path, section, tell);
  const prefixes = wordsOf(section, 'prefixes');
  if (prefixes.length === 0) {
    tell('error', section.origin, `[${section.name}] selects no variables`, 'add prefixes = MESOS DCOS …');
  }
  return { path, prefixes, mode, origin: section.origin };
}

export function fileOf(path: string, section: Section, tell: Tell): FileConfig {
  mustBeAbsolute(path, section, tell);
  const content = section.entries.get('content');
  const enabled = section.entries.get('enabled');
  if (content === undefined) tell('error', section.origin, `[${section.name}] has no content`);
  return {
    path,
    content: {
      name: `[${section.name}] content`,
      template: content?.value ?? '',
      origin: content?.origin ?? section.origin,
    },
    enabled:
      enabled === undefined
        ? null
        : { name: `[${section.name}] enabled`, template: enabled.value, origin: enabled.origin },
    mode: modeOf(section, PUBLIC, tell),
    origin: section.origin,
  };
}

/** `directories = var/lib/app:user:group …`, below the volume; `free = 16M` is the least that must be free. */
export function volumeOf(path: string, section: Section, tell: Tell): VolumeConfig {
  mustBeAbsolute(path, section, tell);
  const directories = wordsOf(section, 'directories').flatMap((word) => {
    const [below = '', owner = null, group = null, ...rest] = word.split(':');
    if (below !== '' && !below.startsWith('/') && !below.split('/').includes('..') && rest.length === 0) {
      return [{ path: `${path}/${below}`, owner: owner || null, group: group || null }];
    }
    const origin = section.entries.get('directories')?.origin ?? section.origin;
    tell(
      'error',
      origin,
      `${word} of [${section.name}] is no directory below it`,
      'write a/b or a/b:user:group',
    );
    return [];
  });
  const free = section.entries.get('free');
  const [, amount, unit = ''] = /^(\d+)([KMG]?)$/.exec(free?.value || '0') ?? [];
  if (amount === undefined) {
    tell('error', free?.origin ?? section.origin, `free of [${section.name}] is no size`, 'write 16M');
  }
  return {
    path,
    directories,
    variables: wordsOf(section, 'variables'),
    freeBytes: Number(amount ?? 0) * 1024 ** ['', 'K', 'M', 'G'].indexOf(unit),
    origin: section.origin,
  };
}

function modeOf(section: Section, byDefault: number, tell: Tell): number {
  const mode = section.entries.get('mode');
  if (mode === undefined) return byDefault;
  if (/^0?[0-7]{3}$/.test(mode.value)) return Number.parseInt(mode.value, 8);
  tell('error', mode.origin, `mode of [${section.name}] is not octal: ${mode.value}`, 'write 0600');
  return byDefault;
}

function mustBeAbsolute(path: string, section: Section, tell: Tell): void {
  if (!path.startsWith('/')) tell('error', section.origin, `[${section.name}] needs an absolute path`);
}

function wordsOf(section: Section, key: string): string[] {
  return splitBlanks((section.entries.get(key)?.value ?? '').replaceAll(',', ' '));
}
