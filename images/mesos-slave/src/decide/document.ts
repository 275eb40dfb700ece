// logstash-forwarder's configuration, the first half: JSON text → Document, in which every value knows its place. Pure.

import { OWN_KEYS } from './frames.ts';
import { copyPlaces, scanJson, placeOf, syntaxProblem, type Places } from './places.ts';
import { expandVariables, withoutComments, type Lookup } from './template.ts';

/** One configuration file: its path, for messages, and its text. */
export interface ConfigText {
  readonly path: string;
  readonly text: string;
}

/** What a configuration file's JSON holds; several of them are merged into one. */
export interface Document {
  readonly network: Readonly<Record<string, unknown>>;
  readonly files: readonly Readonly<Record<string, unknown>>[];
  readonly places: Places;
}

/** Mistakes in the configuration, one a line, each with the place where it was made. */
export class ConfigError extends Error {}

const NETWORK_KEYS = ['servers', 'ssl ca', 'ssl certificate', 'ssl key', 'timeout'];
const FILE_KEYS = ['paths', 'fields', 'dead time'];

/**
 * The JSON of all files, merged as logstash-forwarder merges a directory of them: servers and files add up, and what there
 * can be only one of may be given by one file alone. An empty file counts for nothing, and so does a null. `warn` is told of
 * keys that nothing reads.
 */
export function readDocuments(
  texts: readonly ConfigText[],
  lookup: Lookup,
  warn: (message: string) => void,
): Document {
  const network: Record<string, unknown> = {};
  const files: Record<string, unknown>[] = [];
  const places = new Map<string, string>();
  for (const { path, text } of texts) {
    if (text.trim() === '') continue;
    const document = readDocument(path, text, lookup, warn);
    for (const [key, value] of Object.entries(document.network)) {
      const other = places.get(`network.${key}`);
      if (key === 'servers') {
        const before = (network[key] as unknown[] | undefined) ?? [];
        copyPlaces(document.places, 'network.servers', places, 'network.servers', before.length);
        network[key] = [...before, ...(value as unknown[])];
        continue;
      }
      if (other !== undefined)
        throw new ConfigError(
          `${document.places.get(`network.${key}`)}: "${key}" is given in ${other} already: keep one of them`,
        );
      copyPlaces(document.places, `network.${key}`, places, `network.${key}`);
      network[key] = value;
    }
    document.files.forEach((entry, index) => {
      copyPlaces(document.places, `files[${index}]`, places, `files[${files.length}]`);
      files.push(entry);
    });
  }
  return { network, files, places };
}

function readDocument(path: string, text: string, lookup: Lookup, warn: (message: string) => void): Document {
  const expanded = expandVariables(withoutComments(text.replace(/^\uFEFF/, '')), lookup);
  const { lines, mistakeAt } = scanJson(expanded);
  if (mistakeAt !== null) {
    const { line, message } = syntaxProblem(expanded, mistakeAt);
    throw new ConfigError(`${path}:${line}: not JSON: ${message}`);
  }
  const value: unknown = JSON.parse(expanded);
  const places = new Map([...lines].map(([name, line]) => [name, `${path}:${line}`]));
  const at = (name: string): string => placeOf(places, name) ?? path;
  const top = lowerKeys(object(value, 'the configuration', at('')));
  const network = lowerKeys(object(top['network'] ?? {}, '"network"', at('network')));
  const files = list(top['files'] ?? [], '"files"', at('files')).map((entry, index) =>
    lowerKeys(object(entry, `files[${index}]`, at(`files[${index}]`))),
  );
  if (network['servers'] !== undefined) list(network['servers'], '"servers"', at('network.servers'));
  const unknown = [
    ...unknownKeys(top, '', ['network', 'files']),
    ...unknownKeys(network, 'network.', NETWORK_KEYS),
    ...files.flatMap((entry, index) => unknownKeys(entry, `files[${index}].`, FILE_KEYS)),
  ];
  for (const { name, key, meant } of unknown) {
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
    warn(`${at(name)}: "${key}" is no setting and is ignored${hint}`);
  }
  files.forEach((entry, index) => {
    for (const key of Object.keys(entry['fields'] ?? {})) {
      const name = `files[${index}].fields.${key.toLowerCase()}`;
      if (OWN_KEYS.includes(key)) warn(`${at(name)}: the field "${key}" is each line's own and is ignored`);
    }
    if (isEmpty(entry['paths']))
      warn(`${at(`files[${index}]`)}: files[${index}] has no "paths", so it reads nothing`);
  });
  return { network, files, places };
}

function object(value: unknown, title: string, place: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new ConfigError(`${place}: ${title} is no object: write { "name": … }`);
}

function list(value: unknown, title: string, place: string): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new ConfigError(`${place}: ${title} is no list: write [ … ]`);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

/** Go reads the keys of JSON without regard to case, and a null as nothing at all. */
function lowerKeys(value: Record<string, unknown>): Record<string, unknown> {
  const given = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(given.map(([key, item]) => [key.toLowerCase(), item]));
}

interface UnknownKey {
  /** Of its value. */
  readonly name: string;
  readonly key: string;
  /** The setting that it may stand for. */
  readonly meant: string | undefined;
}

function unknownKeys(value: object, prefix: string, known: readonly string[]): UnknownKey[] {
  const plain = (key: string): string => key.replace(/[\s_-]/g, '');
  const isLike = (one: string, other: string): boolean => one.startsWith(other) || other.startsWith(one);
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      name: `${prefix}${key}`,
      key,
      meant: known.find((each) => isLike(plain(each), plain(key))),
    }));
}
