// logstash-forwarder's configuration, the second half: Document → Config, with every mistake named. Pure.

import { ConfigError, type Document } from './document.ts';
import { parseDuration } from './duration.ts';
import { parsePattern } from './patterns.ts';
import { placeOf } from './places.ts';
import { parseServer, type Server } from './server.ts';

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

const DEFAULT_TIMEOUT_S = 15;
const DEFAULT_DEAD_TIME = '24h';

/**
 * The configuration that a document describes; throws all its mistakes at once. `name` stands for what has no place; `warn`
 * is told of what is without effect.
 */
export function readConfig(document: Document, name: string, warn: (message: string) => void): Config {
  const mistakes: string[] = [];
  const told = (value: string, text: string): string => `${placeOf(document.places, value) ?? name}: ${text}`;
  const reader: Reader = {
    mistake: (value, text) => void mistakes.push(told(value, text)),
    warn: (value, text) => warn(told(value, text)),
  };
  const config = readAll(document, reader);
  if (mistakes.length > 0) throw new ConfigError([...new Set(mistakes)].join('\n'));
  return config;
}

/** What every part of the reading is given: where to say what is wrong with a value of this name, or of no use. */
interface Reader {
  mistake(value: string, text: string): void;
  warn(value: string, text: string): void;
}

function readAll({ network, files }: Document, reader: Reader): Config {
  const servers = strings(network['servers'], 'network.servers', reader).flatMap((text, index) => {
    const server = parseServer(text);
    if (server === null)
      reader.mistake(
        `network.servers[${index}]`,
        `'${text}' is no server: write host:port, as logs.example.com:5044`,
      );
    return server ?? [];
  });
  if (network['servers'] === undefined || (network['servers'] as unknown[]).length === 0)
    reader.mistake('network.servers', '"network" names no "servers": write "servers": [ "host:port" ]');
  if (files.length === 0)
    reader.mistake(
      'files',
      'there are no "files" to forward: write "files": [ { "paths": [ "/var/log/x.log" ] } ]',
    );
  const given = {
    'ssl certificate': optionalPath(network, 'ssl certificate', reader),
    'ssl key': optionalPath(network, 'ssl key', reader),
  };
  const isPair = given['ssl certificate'] !== null && given['ssl key'] !== null;
  for (const [key, path] of Object.entries(given))
    if (path !== null && !isPair)
      reader.warn(
        `network.${key}`,
        `"${key}" is without effect: "ssl certificate" and "ssl key" only work together`,
      );
  return {
    network: {
      servers,
      sslCa: optionalPath(network, 'ssl ca', reader),
      sslCertificate: isPair ? given['ssl certificate'] : null,
      sslKey: isPair ? given['ssl key'] : null,
      timeoutMs: timeoutOf(network['timeout'], reader),
    },
    files: files.map((entry, index) => readFiles(entry, `files[${index}]`, reader)),
  };
}

function readFiles(entry: Readonly<Record<string, unknown>>, name: string, reader: Reader): FilesConfig {
  const { fields = {}, 'dead time': deadTime = '' } = entry;
  const deadTimeMs =
    typeof deadTime === 'string' ? parseDuration(deadTime === '' ? DEFAULT_DEAD_TIME : deadTime) : null;
  if (deadTimeMs === null)
    reader.mistake(
      `${name}.dead time`,
      `"dead time" is ${JSON.stringify(deadTime)}: write a duration such as "24h" or "1h30m"`,
    );
  const paths = strings(entry['paths'], `${name}.paths`, reader);
  paths.forEach((path, index) => {
    if (path !== '-' && parsePattern(path) === null)
      reader.mistake(
        `${name}.paths[${index}]`,
        `'${path}' is no pattern: close its [, or write \\\\[ for the character`,
      );
  });
  const isObject = typeof fields === 'object' && !Array.isArray(fields);
  if (!isObject) reader.mistake(`${name}.fields`, '"fields" is no object: write { "name": "text" }');
  const pairs = Object.entries(isObject ? (fields as object) : {}).map(([key, value]: [string, unknown]) => [
    key,
    scalar(value, `${name}.fields.${key.toLowerCase()}`, `the field "${key}"`, reader),
  ]);
  return { paths, fields: Object.fromEntries(pairs) as Record<string, string>, deadTimeMs: deadTimeMs ?? 0 };
}

/** Seconds, as a number or as text; 0 stands for the default, as Go's empty value does. */
function timeoutOf(value: unknown, reader: Reader): number {
  const isText = typeof value === 'string' && /^\s*\d+(?:\.\d+)?\s*$/.test(value);
  const seconds = isText ? Number(value) : (value ?? 0);
  if (typeof seconds === 'number' && seconds >= 0)
    return (seconds === 0 ? DEFAULT_TIMEOUT_S : seconds) * 1000;
  reader.mistake(
    'network.timeout',
    `"timeout" is ${JSON.stringify(value)}: write a number of seconds, as ${DEFAULT_TIMEOUT_S}`,
  );
  return 0;
}

function optionalPath(
  network: Readonly<Record<string, unknown>>,
  key: string,
  reader: Reader,
): string | null {
  const value = network[key];
  if (typeof value === 'string') return value === '' ? null : value;
  if (value !== undefined)
    reader.mistake(`network.${key}`, `"${key}" is ${JSON.stringify(value)}: write a path`);
  return null;
}

function strings(value: unknown, name: string, reader: Reader): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    const what = JSON.stringify(value);
    reader.mistake(name, `${what} is no list: write [ ${typeof value === 'string' ? what : '"…"'} ]`);
    return [];
  }
  return (value as unknown[]).flatMap((item, index) => {
    if (typeof item === 'string') return [item];
    const what = JSON.stringify(item);
    reader.mistake(`${name}[${index}]`, `${what} is no text: put it between double quotes`);
    return [];
  });
}

function scalar(value: unknown, name: string, title: string, reader: Reader): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value !== null)
    reader.mistake(
      name,
      `${title} is ${JSON.stringify(value)}: only text can be sent; put it between double quotes`,
    );
  return '';
}
