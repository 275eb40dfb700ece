// The real logstash-forwarder, where it was put into the image: it takes our place, with the configuration as we read it.

import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Document } from '../decide/document.ts';

/** Where the image's Dockerfile puts the one that was handed over as software. */
const ORIGINAL = '/opt/logstash-forwarder/bin/logstash-forwarder.original';

export function hasOriginal(): boolean {
  return existsSync(ORIGINAL);
}

/**
 * Becomes the original. It reads a copy of the configuration, in JSON, that has the image's variables in it, and keeps its
 * own registry beside ours.
 */
export function becomeOriginal(words: readonly string[], document: Document, registry: string): never {
  const folder = dirname(registry);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'logstash-forwarder.conf');
  const { network, files } = document;
  writeFileSync(`${path}.new`, `${JSON.stringify({ network, files }, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  process.chdir(folder);
  const environment = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  process.execve?.(ORIGINAL, [ORIGINAL, ...withConfig(words, path)], environment);
  throw new Error(`cannot run ${ORIGINAL}`);
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
