// What reading a configuration needs from the world, on Linux.

import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname, networkInterfaces, tmpdir } from 'node:os';
import type { ConfigSource } from '../config/source.ts';
import { randomBytes } from '../random.ts';
import { findAccount, findGroup } from './accounts.ts';
import { orElse } from './or-else.ts';
import { resolveCommand } from './spawn.ts';
import { workingDirectory } from './working-directory.ts';

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export function configSource(): ConfigSource {
  return {
    readFile: (path) => readFileSync(path, 'utf8'),
    listDirectory: (path) => orElse(() => readdirSync(path), []),
    exists: (path) => orElse(() => lstatSync(path) !== undefined, false),
    isDirectory: (path) => orElse(() => statSync(path).isDirectory(), false),
    user: (name) => findAccount(accounts('/etc/passwd'), name) ?? undefined,
    group: (name) => findGroup(accounts('/etc/group'), name) ?? undefined,
    findExecutable(command, path) {
      const resolution = resolveCommand(command, path, null);
      return resolution.kind === 'found' ? resolution.file : undefined;
    },
    ipv4: (name) => networkInterfaces()[name]?.find((address) => address.family === 'IPv4')?.address,
    randomText,
    hostName: hostname(),
    cwd: workingDirectory(),
    tempDir: tmpdir(),
    uid: process.getuid?.() ?? 0,
  };
}

/** Each as likely as any other: bytes that would favour the first ones are thrown away. */
function randomText(length: number): string {
  const fair = 256 - (256 % LETTERS_AND_DIGITS.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length)) {
      if (byte < fair) text += LETTERS_AND_DIGITS[byte % LETTERS_AND_DIGITS.length];
    }
  }
  return text;
}

function accounts(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
