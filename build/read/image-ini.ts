// Reads the build's sections of an image.ini: [image], [base], [context], [stripped], [bundle], [modes], [software:NAME]…

import type { Problem } from '../model/errors.ts';
import { joinContinuations, readSections, unreadableLines, type Section } from './ini-sections.ts';

export interface ImageConfig {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly base: BaseFallback | undefined;
  readonly inputs: readonly InputRule[];
  readonly software: readonly SoftwareSlot[];
  /** Paths of the context → modes other than 0644 and 0755. */
  readonly modes: ReadonlyMap<string, number>;
  /** Rules of the lint that do not apply to this image. */
  readonly lintIgnore: readonly string[];
}

/** Where the root file system comes from when the reference in `ARG <arg>` is in no registry that answers. */
export interface BaseFallback {
  readonly arg: string;
  readonly suite: string;
  readonly components: string;
  /** Where it is not said, the machine's own mirror. */
  readonly mirror: string | undefined;
  readonly securityMirror: string | undefined;
  readonly packages: readonly string[];
  /** What files made during the installation get as their time, in seconds. */
  readonly epoch: number;
  readonly line: number | undefined;
}

/** A file that the context gets from outside the image's folder. */
export interface InputRule {
  readonly kind: 'copy' | 'strip' | 'bundle';
  readonly target: string;
  /** Relative to the repository, also where it was written as `./x`; `${arch}` is the engine's architecture as Node calls it. */
  readonly source: string;
  /** What stands behind "#!" in the first line of a bundle. */
  readonly interpreter: string | undefined;
  readonly line: number | undefined;
}

/** Software that no registry carries and that the person building hands over. */
export interface SoftwareSlot {
  readonly name: string;
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly commands: readonly string[];
  /** Where a program that is given as a single file goes; /usr/local/bin/<first command> if not said. */
  readonly path: string | undefined;
  /** Where a tarball is unpacked and a folder is laid; / if not said. */
  readonly target: string | undefined;
  readonly sha256: string | undefined;
  readonly sources: readonly string[];
  readonly line: number | undefined;
}

const SECTION_KEYS: Readonly<Record<string, readonly string[]>> = {
  base: ['arg', 'fallback', 'suite', 'components', 'mirror', 'security-mirror', 'packages', 'epoch'],
  software: ['version', 'description', 'commands', 'path', 'target', 'sha256', 'sources'],
  lint: ['ignore'],
};

const INPUT_SECTIONS = { context: 'copy', stripped: 'strip', bundle: 'bundle' } as const;

/** `file` is the image.ini's own path in the repository. Sections that the build does not know belong to the supervisor. */
export function parseImageIni(text: string, file: string): { config: ImageConfig; problems: Problem[] } {
  const joined = joinContinuations(text);
  const sections = readSections(joined);
  const problems: Problem[] = unreadableLines(joined, file);
  const image = sections.get('image')?.values ?? {};
  const inputs = Object.entries(INPUT_SECTIONS).flatMap(([section, kind]) => {
    const found = sections.get(section);
    return Object.entries(found?.values ?? {}).map(([target, source]) => {
      const line = found?.lineOf(target);
      if (!isInside(target))
        problems.push({ file, line, message: `[${section}] ${target} is not a path inside the context` });
      if (!isInside(source))
        problems.push({ file, line, message: `[${section}] ${source} is not a path inside the repository` });
      return {
        kind,
        target,
        source: fromRepository(source, file),
        interpreter: sections.get('interpreter')?.values[target],
        line,
      };
    });
  });
  const config: ImageConfig = {
    name: image['name'],
    version: image['version'],
    title: image['title'],
    description: image['description'],
    base: readBase(sections.get('base'), file, problems),
    inputs,
    modes: readModes(sections.get('modes'), file, problems),
    lintIgnore: readLint(sections.get('lint'), file, problems),
    software: [...sections]
      .filter(([title]) => title.startsWith('software:'))
      .map(([title, section]) => readSlot(title.slice('software:'.length), section, file, problems)),
  };
  return { config, problems };
}

function readBase(section: Section | undefined, file: string, problems: Problem[]): BaseFallback | undefined {
  if (section === undefined) return undefined;
  checkKeys('base', section, file, problems);
  const { values, line } = section;
  if (values['fallback'] !== 'mmdebstrap') {
    const remedy = 'the one way known is: fallback = mmdebstrap';
    problems.push({
      file,
      line: section.lineOf('fallback') ?? line,
      message: '[base] has no known fallback',
      remedy,
    });
  }
  if (values['suite'] === undefined) {
    problems.push({ file, line, message: '[base] names no suite', remedy: 'for example: suite = bookworm' });
  }
  const epoch = Number(values['epoch'] ?? '315532800');
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    problems.push({
      file,
      line: section.lineOf('epoch'),
      message: `[base] epoch = ${values['epoch']} is no number of seconds`,
    });
  }
  return {
    arg: values['arg'] ?? 'BASE',
    suite: values['suite'] ?? '',
    components: values['components'] ?? 'main',
    mirror: values['mirror'],
    securityMirror: values['security-mirror'],
    packages: words(values['packages']),
    epoch,
    line,
  };
}

/** `skel/usr/bin/x = 4755`: git keeps no more of a mode than one bit, so that others are declared. */
function readModes(section: Section | undefined, file: string, problems: Problem[]): Map<string, number> {
  const modes = new Map<string, number>();
  for (const [path, value] of Object.entries(section?.values ?? {})) {
    const line = section?.lineOf(path);
    if (!isInside(path))
      problems.push({ file, line, message: `[modes] ${path} is not a path inside the context` });
    else if (!/^[0-7]{3,4}$/.test(value))
      problems.push({
        file,
        line,
        message: `[modes] ${path} = ${value}: not a mode`,
        remedy: 'for example 0600 or 4755',
      });
    else modes.set(path, Number.parseInt(value, 8));
  }
  return modes;
}

function readLint(section: Section | undefined, file: string, problems: Problem[]): string[] {
  if (section === undefined) return [];
  checkKeys('lint', section, file, problems);
  return words(section.values['ignore']);
}

function readSlot(name: string, section: Section, file: string, problems: Problem[]): SoftwareSlot {
  checkKeys('software', section, file, problems);
  const { values, line } = section;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    problems.push({
      file,
      line,
      message: `[software:${name}] is no valid name`,
      remedy: 'lower case letters, digits and single dashes',
    });
  }
  for (const [key, kind] of [
    ['path', 'file'],
    ['target', 'folder'],
  ] as const) {
    const path = values[key];
    if (path === undefined || /^\/[^\s]*[^/\s]$/.test(path)) continue;
    problems.push({
      file,
      line: section.lineOf(key),
      message: `[software:${name}] ${key} = ${path} is no absolute path of a ${kind}`,
    });
  }
  const sha256 = values['sha256']?.toLowerCase();
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    problems.push({
      file,
      line: section.lineOf('sha256'),
      message: `[software:${name}] sha256 is not 64 hexadecimal digits`,
    });
  }
  return {
    name,
    version: values['version'],
    description: values['description'],
    commands: words(values['commands']),
    path: values['path'],
    target: values['target'],
    sha256,
    sources: words(values['sources']),
    line,
  };
}

function checkKeys(kind: string, section: Section, file: string, problems: Problem[]): void {
  const known = SECTION_KEYS[kind] ?? [];
  for (const key of Object.keys(section.values)) {
    if (known.includes(key)) continue;
    problems.push({
      file,
      line: section.lineOf(key),
      message: `unknown key ${key}`,
      remedy: `known: ${known.join(', ')}`,
    });
  }
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((word) => word !== '');
}

/** `./src/x.ts` is of the image's own folder, so that a copied or renamed image needs no change. */
function fromRepository(source: string, file: string): string {
  return source.startsWith('./') ? file.slice(0, file.lastIndexOf('/') + 1) + source.slice(2) : source;
}

function isInside(path: string): boolean {
  return !path.startsWith('/') && !path.split('/').includes('..');
}
