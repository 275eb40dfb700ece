// The world as the configuration reads it: the real one of this machine, and one that is made of plain data.

import { accessSync, constants, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import type { ConfigSource, UserEntry } from '../../../supervisor/config/source.ts';

/** What this machine's files and accounts say. */
export function realSource(cwd: string): ConfigSource {
  const users = lines('/etc/passwd').map(([name = '', , uid, gid, , home = '/']): UserEntry => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home,
  }));
  const groups = lines('/etc/group').map(([name = '', , gid]) => ({ name, gid: Number(gid) }));
  return {
    readFile: (path) => readFileSync(path, 'utf8'),
    listDirectory: (path) => attempt(() => readdirSync(path)) ?? [],
    exists: (path) => attempt(() => lstatSync(path)) !== undefined,
    isDirectory: (path) => attempt(() => statSync(path).isDirectory()) ?? false,
    user: (name) => users.find((user) => user.name === name || String(user.uid) === name),
    group: (name) => groups.find((group) => group.name === name || String(group.gid) === name)?.gid,
    findExecutable: (command, path) =>
      (command.includes('/')
        ? [command]
        : path.split(':').map((directory) => `${directory}/${command}`)
      ).find((file) => attempt(() => accessSync(file, constants.X_OK) ?? true) === true),
    ipv4: (name) => networkInterfaces()[name]?.find(({ family }) => family === 'IPv4')?.address,
    randomText: (length) => 'x'.repeat(length),
    hostName: hostname(),
    cwd,
    tempDir: '/tmp',
    uid: process.getuid?.() ?? 0,
  };
}

export interface World {
  readonly files?: Readonly<Record<string, string>>;
  readonly directories?: readonly string[];
  readonly executables?: readonly string[];
  readonly addresses?: Readonly<Record<string, string>>;
  readonly users?: readonly UserEntry[];
  readonly groups?: Readonly<Record<string, number>>;
}

/** A small world: only these files exist, and the directories that they are in. */
export function fakeSource(world: World = {}): ConfigSource {
  const files = world.files ?? {};
  const users = world.users ?? [{ name: 'root', uid: 0, gid: 0, home: '/root' }];
  const directories = new Set(['/', '/dev', '/dev/fd', '/tmp', ...(world.directories ?? [])]);
  for (const file of Object.keys(files)) {
    for (let path = dirname(file); path !== '/'; path = dirname(path)) directories.add(path);
  }
  const inside = (directory: string): string[] =>
    [...Object.keys(files), ...directories]
      .filter((path) => path !== '/' && dirname(path) === directory)
      .map((path) => path.slice(path.lastIndexOf('/') + 1));
  return {
    readFile: (path) => {
      const text = files[path];
      if (text !== undefined) return text;
      throw Object.assign(new Error(`cannot open ${path}`), { code: 'ENOENT' });
    },
    listDirectory: inside,
    exists: (path) => files[path] !== undefined || directories.has(path),
    isDirectory: (path) => directories.has(path),
    user: (name) => users.find((user) => user.name === name || String(user.uid) === name),
    group: (name) => world.groups?.[name],
    findExecutable: (command) =>
      world.executables?.find((path) => path === command || path.endsWith(`/${command}`)),
    ipv4: (name) => world.addresses?.[name],
    randomText: (length) => 'r'.repeat(length),
    hostName: 'a-host',
    cwd: '/',
    tempDir: '/tmp',
    uid: 0,
  };
}

function lines(path: string): string[][] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
