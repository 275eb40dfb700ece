// Which variables an image knows: what makes NAME_FILE a secret, and what a misspelt name was meant to be.

import type { Problem } from '../model.ts';
import type { Default, Variable } from './variable.ts';
import { reasonOf, type ConfigSource } from './source.ts';
import type { ImageConfig } from './image.ts';
import { nearest } from './suggest.ts';
import { BadTemplate, namesOf, parseTemplate } from './template.ts';

/** Variables of our own, which every image reads. */
const OURS = ['ENVIRONMENT', 'ENVIRONMENT_INIT', 'ENVIRONMENT_INIT_TIMEOUT', 'INITKIT_STOP_BUDGET'];

/** Whether a value of this name is masked wherever we show it. */
export function isSecretName(name: string): boolean {
  return /(?:PASSWORD|SECRET|TOKEN|KEY)$/i.test(name);
}

/** The names that image.ini sets or lists as known. */
export function declaredNames(image: ImageConfig): Set<string> {
  return new Set([...OURS, ...image.known, ...allDefaults(image).map(({ name }) => name)]);
}

/** The names that image.ini sets, lists as known, or refers to. */
export function knownNames(image: ImageConfig): Set<string> {
  const settings = Object.values(image.redpill ?? {}).filter((setting) => setting !== null);
  const templates = [...allDefaults(image), ...settings].map(({ template }) => template);
  return new Set([...declaredNames(image), ...templates.flatMap(referredTo)]);
}

/** The first words of the names that the image knows: MESOS, SERVICE, … */
export function prefixesOf(image: ImageConfig): Set<string> {
  const names = [...knownNames(image)].filter((name) => name.includes('_') && !OURS.includes(name));
  const words = names.map(firstWord);
  return new Set([...words, ...image.envFiles.flatMap(({ prefixes }) => prefixes)]);
}

/**
 * Gives NAME the content of the file that NAME_FILE names, without one final line feed, and takes NAME_FILE away.
 *
 * That a variable ends in _FILE does not make it a secret: SSL_CERT_FILE is OpenSSL's own, APP_CONFIG_FILE may be the
 * program's. NAME_FILE is one when image.ini knows NAME, or when NAME begins with one of the image's prefixes and is
 * named like a secret (AWS_SECRET_ACCESS_KEY); and never when image.ini lists NAME_FILE itself as known.
 */
export function readSecrets(
  variables: Map<string, Variable>,
  image: ImageConfig,
  source: Pick<ConfigSource, 'readFile'>,
  problems: Problem[],
): void {
  const known = knownNames(image);
  const prefixes = prefixesOf(image);
  for (const file of variables.values()) {
    const name = /^(.+)_FILE$/.exec(file.name)?.[1];
    if (name === undefined || file.value === '' || known.has(file.name)) continue;
    const likeASecret = isSecretName(name) && name.includes('_') && prefixes.has(firstWord(name));
    if (OURS.includes(name) || !(known.has(name) || likeASecret)) continue;
    const other = variables.get(name);
    if (other !== undefined && other.value !== '') {
      const message = `${name} and ${file.name} are both set`;
      problems.push({ severity: 'error', message, remedy: 'set one of the two' });
      continue;
    }
    try {
      const value = source.readFile(file.value).replace(/\r?\n$/, '');
      const origin = { kind: 'secret', variable: file.name, path: file.value } as const;
      variables.set(name, { name, value, source: origin, overrode: [], secret: true });
      variables.delete(file.name);
    } catch (error) {
      problems.push({
        severity: 'error',
        message: `cannot read ${file.value}, which ${file.name} names: ${reasonOf(error)}`,
        remedy: `mount the file, or list ${file.name} under [known] in image.ini if it is no secret of ${name}`,
      });
    }
  }
}

/** Warns of variables from outside that nothing reads but that are a slip away from one that is read. */
export function misspelt(
  variables: ReadonlyMap<string, Variable>,
  image: ImageConfig,
  alsoKnown: Iterable<string>,
): Problem[] {
  const known = knownNames(image);
  for (const name of alsoKnown) known.add(name);
  const candidates = [...known].filter((name) => name.length >= SHORTEST);
  return [...variables.values()].flatMap(({ name, source }): Problem[] => {
    const fromOutside = source.kind === 'given' || source.kind === 'init';
    if (!fromOutside || known.has(name) || name.length < SHORTEST) return [];
    const meant = nearest(name, candidates);
    if (meant === undefined) return [];
    return [
      {
        severity: 'warning',
        message: `${name} is set, but nothing reads it`,
        remedy: `did you mean ${meant}?`,
      },
    ];
  });
}

/** Names shorter than this are too near to each other to guess: HOME is not meant to be HOST. */
const SHORTEST = 8;

function firstWord(name: string): string {
  return name.split('_')[0] ?? name;
}

function allDefaults(image: ImageConfig): Default[] {
  return [...image.defaults, ...image.profiles.flatMap(({ defaults }) => defaults)];
}

function referredTo(template: string): string[] {
  try {
    return namesOf(parseTemplate(template));
  } catch (error) {
    if (error instanceof BadTemplate) return [];
    throw error;
  }
}
