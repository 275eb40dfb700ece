// The real logstash-forwarder, where it was put into the image: it takes our place, with the configuration as we read it.

import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../decide/config.ts';
import { absolutePattern } from '../decide/patterns.ts';
import { writeServer } from '../decide/server.ts';

/** Where the image's Dockerfile puts the one that was handed over as software. */
const ORIGINAL = '/opt/logstash-forwarder/bin/logstash-forwarder.original';

export function hasOriginal(): boolean {
  return existsSync(ORIGINAL);
}

/**
 * Becomes the original. It reads a copy of the configuration, in JSON, that has the image's variables in it, and keeps its
 * own registry beside ours.
 */
export function becomeOriginal(words: readonly string[], config: Config, registry: string): never {
  const folder = dirname(registry);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'logstash-forwarder.conf');
  const text = JSON.stringify(originalConfig(config, process.cwd()), null, 2);
  writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  process.chdir(folder);
  const environment = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  process.execve?.(ORIGINAL, [ORIGINAL, ...withConfig(words, path)], environment);
  throw new Error(`cannot run ${ORIGINAL}`);
}

/**
 * The configuration as Go's reader takes it: whole seconds, fields that are text; and paths that do not depend on the
 * directory, since it is started in that of its registry.
 */
export function originalConfig({ network, files }: Config, directory: string): object {
  const { servers, sslCa, sslCertificate, sslKey, timeoutMs } = network;
  const path = (key: string, value: string | null): object =>
    value === null ? {} : { [key]: resolve(directory, value) };
  return {
    network: {
      servers: servers.map(writeServer),
      ...path('ssl ca', sslCa),
      ...path('ssl certificate', sslCertificate),
      ...path('ssl key', sslKey),
      timeout: Math.ceil(timeoutMs / 1000),
    },
    files: files.map(({ paths, fields, deadTimeMs }) => ({
      paths: paths.map((pattern) => (pattern === '-' ? pattern : absolutePattern(pattern, directory))),
      fields,
      'dead time': `${deadTimeMs / 1000}s`,
    })),
  };
}

/** The command line, with another configuration and without what only we understand. */
export function withConfig(words: readonly string[], path: string): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const [, name = '', given] = /^--?([a-z-]+)(=[^]*)?$/.exec(words[at] ?? '') ?? [];
    if (name === 'config' || name === 'registry' || name === 'max-line-bytes')
      at += given === undefined ? 1 : 0;
    else kept.push(words[at] ?? '');
  }
  return [`-config=${path}`, ...kept];
}
