// From the command line and the environment to a configuration: reads the files, merges them, puts the variables in.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig, type Config } from '../decide/config.ts';
import { ConfigError, readDocuments, type ConfigText } from '../decide/document.ts';
import { withSettings } from '../decide/settings.ts';

/** Larger than any configuration; logstash-forwarder's own limit. */
const LARGEST_CONFIG = 10 * 1024 * 1024;

/** Reads a file, or all files of a folder in the order of their names; throws a ConfigError. */
export function loadConfig(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): Config {
  const variable = (name: string): string | undefined =>
    Object.hasOwn(environment, name) ? environment[name] : undefined;
  const document = withSettings(readDocuments(readTexts(path), variable, warn), variable);
  return readConfig(document, path, warn);
}

function readTexts(path: string): ConfigText[] {
  try {
    if (!statSync(path).isDirectory()) return [readText(path)];
    return readdirSync(path)
      .filter((name) => !name.startsWith('.'))
      .toSorted()
      .map((name) => join(path, name))
      .filter((file) => statSync(file).isFile())
      .map(readText);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`cannot read the configuration: ${(error as Error).message}`, { cause: error });
  }
}

function readText(path: string): ConfigText {
  if (statSync(path).size > LARGEST_CONFIG)
    throw new ConfigError(`${path} is larger than ${LARGEST_CONFIG} bytes`);
  return { path, text: readFileSync(path, 'utf8') };
}
