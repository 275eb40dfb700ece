// image.ini: what an image is, the tables of its environment, its software slots and its watch. What it writes at the
// start of a container is in image-files.ts.

import type { LogFormat, Origin, Problem } from '../model.ts';
import {
  envFileOf,
  fileOf,
  programOf,
  volumeOf,
  type Tell,
  type EnvFileConfig,
  type EnvironmentProgram,
  type FileConfig,
  type VolumeConfig,
} from './image-files.ts';
import { emptyDocument, PLAIN, readInto, type Entry, type Section } from './ini.ts';
import { splitBlanks } from './python.ts';
import { didYouMean } from './suggest.ts';
import type { Default } from './variable.ts';

export interface ImageConfig {
  readonly name: string | null;
  readonly version: string | null;
  readonly description: string | null;
  /** The program whose end is the container's end. */
  readonly main: string | null;
  /** `[environment]`: defaults of every profile. */
  readonly defaults: readonly Default[];
  /** `[environment:a,b,c]`: one entry per section. */
  readonly profiles: readonly Profile[];
  /** `[known] names =`: variables without a default that something in the image reads. */
  readonly known: readonly string[];
  readonly redpill: RedpillTemplate | null;
  /** `[units]`: null where the image runs no systemd units by itself. */
  readonly units: UnitsConfig | null;
  readonly envFiles: readonly EnvFileConfig[];
  readonly files: readonly FileConfig[];
  readonly volumes: readonly VolumeConfig[];
  readonly program: EnvironmentProgram | null;
  readonly software: readonly Software[];
}

/** Which systemd units are run. */
export interface UnitsConfig {
  /** What is started, with all that it wants: `multi-user.target`. */
  readonly target: string;
  /** How the lines of units look on the container's own output. */
  readonly logFormat: LogFormat;
}

export interface Profile {
  /** Lower case: `production`, `prod`, … */
  readonly names: readonly string[];
  readonly defaults: readonly Default[];
}

/** `[redpill]` before its `${…}` are resolved. */
export interface RedpillTemplate {
  readonly enabled: Default | null;
  readonly monitor: Default | null;
  readonly cleanup: Default | null;
  /** The original polled; this one does not, and says so when an interval is asked for. */
  readonly interval: Default | null;
  /** A whole command line of the original's script, from which monitor and cleanup are taken. */
  readonly command: Default | null;
}

/** A software slot: what the image expects to be given when it is built. */
export interface Software {
  readonly name: string;
  readonly version: string | null;
  readonly description: string | null;
  /** Names or paths of the commands that are there when the slot is filled. */
  readonly commands: readonly string[];
  readonly origin: Origin;
}

/** An image without an image.ini. */
export const NO_IMAGE: ImageConfig = {
  name: null,
  version: null,
  description: null,
  main: null,
  defaults: [],
  profiles: [],
  known: [],
  redpill: null,
  units: null,
  envFiles: [],
  files: [],
  volumes: [],
  program: null,
  software: [],
};

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Sections that only the build reads. */
const BUILD_SECTIONS = ['base', 'bundle', 'context', 'interpreter', 'labels', 'lint', 'modes', 'stripped'];

const KEYS = {
  image: ['name', 'title', 'version', 'description', 'main'],
  redpill: ['enabled', 'monitor', 'cleanup', 'interval', 'command'],
  units: ['target', 'log_format'],
  known: ['names'],
  envFile: ['prefixes', 'mode'],
  file: ['content', 'enabled', 'mode'],
  volume: ['directories', 'variables', 'free'],
  program: ['command', 'timeout'],
} as const;

/** Reads image.ini; every fault and every unknown name is in the second result. */
export function readImage(text: string, file: string): [image: ImageConfig, problems: Problem[]] {
  const document = emptyDocument();
  const problems = readInto(document, text, file, PLAIN);
  const sections = [...document.sections.values()];
  const tell = (severity: Problem['severity'], origin: Origin, message: string, remedy?: string): void => {
    problems.push({ severity, message, origin, ...(remedy !== undefined && { remedy }) });
  };
  const only = (section: Section, keys: readonly string[]): void => {
    for (const [key, entry] of section.entries) {
      if (keys.includes(key)) continue;
      const message = `${key} is no key of [${section.name}] and is ignored`;
      tell('warning', entry.origin, message, didYouMean(key, keys));
    }
  };

  const image = document.sections.get('image');
  const redpill = document.sections.get('redpill');
  const known = document.sections.get('known');
  const program = document.sections.get('environment-program');
  const units = document.sections.get('units');
  if (image !== undefined) only(image, KEYS.image);
  if (redpill !== undefined) only(redpill, KEYS.redpill);
  if (known !== undefined) only(known, KEYS.known);
  if (units !== undefined) only(units, KEYS.units);
  if (program !== undefined) only(program, KEYS.program);
  const environment = document.sections.get('environment');
  const config: ImageConfig = {
    name: textOf(image, 'name'),
    version: textOf(image, 'version'),
    description: textOf(image, 'description'),
    main: textOf(image, 'main'),
    defaults: environment === undefined ? [] : defaultsOf(environment, tell),
    profiles: named(sections, 'environment:').map(([names, section]) => ({
      names: names
        .toLowerCase()
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
      defaults: defaultsOf(section, tell),
    })),
    known: words(known, 'names'),
    redpill: redpill === undefined ? null : redpillOf(redpill),
    units: units === undefined ? null : unitsOf(units, tell),
    envFiles: named(sections, 'env-file:').map(([path, section]) => {
      only(section, KEYS.envFile);
      return envFileOf(path, section, tell);
    }),
    files: named(sections, 'file:').map(([path, section]) => {
      only(section, KEYS.file);
      return fileOf(path, section, tell);
    }),
    volumes: named(sections, 'volume:').map(([path, section]) => {
      only(section, KEYS.volume);
      return volumeOf(path, section, tell);
    }),
    program: program === undefined ? null : programOf(program, tell),
    software: named(sections, 'software:').map(([name, section]) => ({
      name,
      version: textOf(section, 'version'),
      description: textOf(section, 'description'),
      commands: words(section, 'commands'),
      origin: section.origin,
    })),
  };
  warnOfSections(sections, tell);
  warnOfTwoProfiles(sections, config, tell);
  return [config, problems];
}

function textOf(section: Section | undefined, key: string): string | null {
  const value = section?.entries.get(key)?.value;
  return value === undefined || value === '' ? null : value;
}

function words(section: Section | undefined, key: string): string[] {
  return splitBlanks((textOf(section, key) ?? '').replaceAll(',', ' '));
}

/** The sections whose name begins with `prefix`, with what stands behind it. */
function named(sections: readonly Section[], prefix: string): (readonly [name: string, section: Section])[] {
  return sections
    .filter(({ name }) => name.startsWith(prefix))
    .map((section) => [section.name.slice(prefix.length).trim(), section]);
}

function defaultOf(name: string, entry: Entry): Default {
  return { name, template: entry.value, origin: entry.origin };
}

function defaultsOf(section: Section, tell: Tell): Default[] {
  return [...section.entries].flatMap(([name, entry]) => {
    if (VARIABLE.test(name)) return [defaultOf(name, entry)];
    const remedy = 'use letters, digits and _';
    tell('error', entry.origin, `${name} in [${section.name}] cannot be the name of a variable`, remedy);
    return [];
  });
}

function unitsOf(section: Section, tell: Tell): UnitsConfig {
  const format = section.entries.get('log_format');
  const logFormat = (['raw', 'prefix', 'json'] as const).find((each) => each === format?.value);
  if (format !== undefined && logFormat === undefined) {
    const message = `log_format of [units] is not raw, prefix or json: ${format.value}`;
    tell('error', format.origin, message);
  }
  return { target: textOf(section, 'target') ?? 'multi-user.target', logFormat: logFormat ?? 'prefix' };
}

function redpillOf(section: Section): RedpillTemplate {
  const setting = (key: string): Default | null => {
    const entry = section.entries.get(key);
    return entry === undefined ? null : defaultOf(`[redpill] ${key}`, entry);
  };
  return {
    enabled: setting('enabled'),
    monitor: setting('monitor'),
    cleanup: setting('cleanup'),
    interval: setting('interval'),
    command: setting('command'),
  };
}

function warnOfSections(sections: readonly Section[], tell: Tell): void {
  const plain = [
    'image',
    'environment',
    'environment-program',
    'redpill',
    'units',
    'known',
    ...BUILD_SECTIONS,
  ];
  const prefixed = ['environment', 'env-file', 'file', 'volume', 'software', ...BUILD_SECTIONS];
  for (const section of sections) {
    const [type = '', ...rest] = section.name.split(':');
    const known = rest.length === 0 ? plain : prefixed;
    if (known.includes(type)) continue;
    const message = `[${section.name}] is no section of image.ini and is ignored`;
    tell('warning', section.origin, message, didYouMean(type, known));
  }
}

function warnOfTwoProfiles(sections: readonly Section[], image: ImageConfig, tell: Tell): void {
  const seen = new Set<string>();
  const origins = named(sections, 'environment:').map(([, section]) => section.origin);
  for (const [index, profile] of image.profiles.entries()) {
    const origin = origins[index];
    for (const name of profile.names) {
      if (seen.has(name) && origin !== undefined) {
        tell(
          'error',
          origin,
          `the profile ${name} is in two [environment:…] sections`,
          'keep one of the two',
        );
      }
      seen.add(name);
    }
  }
}
