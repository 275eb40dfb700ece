// logstash-forwarder's configuration: JSON text → Config, with every mistake named. Pure.

import { parseDuration } from './duration.ts';
import { OWN_KEYS } from './frames.ts';
import { parseServer, type Server } from './server.ts';
import { expandVariables, withoutComments, type Lookup } from './template.ts';

export interface NetworkConfig {
  readonly servers: readonly Server[];
  /** Paths of PEM files; null where not given. */
  readonly sslCa: string | null;
  readonly sslCertificate: string | null;
  readonly sslKey: string | null;
  readonly timeoutMs: number;
}

export interface FilesConfig {
  /** Patterns of files; `-` is standard input. */
  readonly paths: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
  /** How long a file may be silent before it is closed, and before one that was never read is not read at all. */
  readonly deadTimeMs: number;
}

export interface Config {
  readonly network: NetworkConfig;
  readonly files: readonly FilesConfig[];
}

/** One configuration file: its path, for messages, and its text. */
export interface ConfigText {
  readonly path: string;
  readonly text: string;
}

/** What a configuration file's JSON holds; several of them are merged into one. */
export interface Document {
  network: Record<string, unknown>;
  files: Record<string, unknown>[];
}

/** A mistake in the configuration; the message names the file. */
export class ConfigError extends Error {}

const DEFAULT_TIMEOUT_S = 15;
const DEFAULT_DEAD_TIME = '24h';
const NETWORK_KEYS = ['servers', 'ssl ca', 'ssl certificate', 'ssl key', 'timeout'];
const FILE_KEYS = ['paths', 'fields', 'dead time'];

/**
 * The JSON of all files, merged as logstash-forwarder merges a directory of them: servers and files add up, and what there
 * can be only one of may be given by one file alone. An empty file counts for nothing. `warn` is told of keys that nothing reads.
 */
export function readDocuments(
  texts: readonly ConfigText[],
  lookup: Lookup,
  warn: (message: string) => void,
): Document {
  const merged: Document = { network: {}, files: [] };
  const givenBy = new Map<string, string>();
  for (const { path, text } of texts) {
    if (text.trim() === '') continue;
    const document = readDocument(path, text, lookup, warn);
    for (const [key, value] of Object.entries(document.network)) {
      if (key === 'servers') {
        merged.network[key] = [
          ...((merged.network[key] as unknown[] | undefined) ?? []),
          ...(value as unknown[]),
        ];
        continue;
      }
      const other = givenBy.get(key);
      if (other !== undefined) throw new ConfigError(`${path}: "${key}" is given in ${other} already`);
      givenBy.set(key, path);
      merged.network[key] = value;
    }
    merged.files.push(...document.files);
  }
  return merged;
}

/** The configuration that a document describes. */
export function readConfig(document: Document, name: string): Config {
  const { network } = document;
  const servers = strings(network['servers'] ?? [], `${name}: "servers"`).map((text) => {
    const server = parseServer(text);
    if (server === null) throw new ConfigError(`${name}: '${text}' is no server: write host:port`);
    return server;
  });
  if (servers.length === 0) throw new ConfigError(`${name}: "network" names no "servers"`);
  if (document.files.length === 0) throw new ConfigError(`${name}: there are no "files" to forward`);
  const sslCertificate = optionalPath(network, 'ssl certificate', name);
  const sslKey = optionalPath(network, 'ssl key', name);
  if ((sslCertificate === null) !== (sslKey === null)) {
    throw new ConfigError(`${name}: "ssl certificate" and "ssl key" only work together`);
  }
  return {
    network: {
      servers,
      sslCa: optionalPath(network, 'ssl ca', name),
      sslCertificate,
      sslKey,
      timeoutMs: timeoutOf(network, name),
    },
    files: document.files.map((entry, index) => readFiles(entry, `${name}: files[${index}]`)),
  };
}

function readDocument(path: string, text: string, lookup: Lookup, warn: (message: string) => void): Document {
  let value: unknown;
  try {
    value = JSON.parse(expandVariables(withoutComments(text.replace(/^\uFEFF/, '')), lookup));
  } catch (error) {
    throw new ConfigError(`${path} is not JSON: ${(error as Error).message}`);
  }
  const top = lowerKeys(object(value, path));
  const network = lowerKeys(object(top['network'] ?? {}, `${path}: "network"`));
  const files = list(top['files'] ?? [], `${path}: "files"`).map((entry, index) =>
    lowerKeys(object(entry, `${path}: files[${index}]`)),
  );
  if (network['servers'] !== undefined) list(network['servers'], `${path}: "servers"`);
  const unknown = [
    ...unknownKeys(top, ['network', 'files']),
    ...unknownKeys(network, NETWORK_KEYS),
    ...files.flatMap((entry) => unknownKeys(entry, FILE_KEYS)),
  ];
  for (const key of unknown) warn(`${path}: "${key}" is no setting and is ignored`);
  for (const key of files.flatMap((entry) => Object.keys(entry['fields'] ?? {}))) {
    if (OWN_KEYS.includes(key)) warn(`${path}: the field "${key}" is each line's own and is ignored`);
  }
  return { network, files };
}

function readFiles(entry: Record<string, unknown>, name: string): FilesConfig {
  const fields = object(entry['fields'] ?? {}, `${name}: "fields"`);
  const deadTime = entry['dead time'] ?? DEFAULT_DEAD_TIME;
  const deadTimeMs =
    typeof deadTime === 'string' ? parseDuration(deadTime === '' ? DEFAULT_DEAD_TIME : deadTime) : null;
  if (deadTimeMs === null) {
    throw new ConfigError(
      `${name}: "dead time" is ${JSON.stringify(deadTime)}: write a duration such as "24h" or "1h30m"`,
    );
  }
  const paths = strings(entry['paths'] ?? [], `${name}: "paths"`);
  const relative = paths.find((path) => path !== '-' && !path.startsWith('/'));
  if (relative !== undefined) throw new ConfigError(`${name}: the path '${relative}' is not absolute`);
  return {
    paths,
    fields: Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [key, scalar(value, `${name}: the field "${key}"`)]),
    ),
    deadTimeMs,
  };
}

function timeoutOf(network: Record<string, unknown>, name: string): number {
  const seconds = network['timeout'] ?? 0;
  if (typeof seconds !== 'number' || !(seconds >= 0)) {
    throw new ConfigError(`${name}: "timeout" is ${JSON.stringify(seconds)}: write a number of seconds`);
  }
  return (seconds === 0 ? DEFAULT_TIMEOUT_S : seconds) * 1000;
}

function optionalPath(network: Record<string, unknown>, key: string, name: string): string | null {
  const value = network[key];
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string')
    throw new ConfigError(`${name}: "${key}" is ${JSON.stringify(value)}: write a path`);
  return value;
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new ConfigError(`${name} is no object`);
}

function list(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new ConfigError(`${name} is no list`);
}

function strings(value: unknown, name: string): string[] {
  return list(value, name).map((item) => {
    if (typeof item === 'string') return item;
    throw new ConfigError(`${name} holds ${JSON.stringify(item)}, which is no text`);
  });
}

function scalar(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ConfigError(`${name} is ${JSON.stringify(value)}: only text can be sent`);
}

/** Go reads the keys of JSON without regard to case. */
function lowerKeys(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toLowerCase(), item]));
}

function unknownKeys(value: Record<string, unknown>, known: readonly string[]): string[] {
  return Object.keys(value).filter((key) => !known.includes(key));
}
