// The oracle for whole units: `systemd --test` reads them, runs nothing, and prints what it has understood.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BUILTIN_UNITS, builtinUnit } from '../../../supervisor/units/builtin-units.ts';

/** What systemd says of one unit: the lines of each key, in order; commands by the key of their list. */
export interface DumpedUnit {
  readonly id: string;
  readonly lines: ReadonlyMap<string, readonly string[]>;
  readonly commands: ReadonlyMap<string, readonly string[]>;
}

export interface Dump {
  readonly units: ReadonlyMap<string, DumpedUnit>;
  /** Warnings, `FILE:LINE: message`, with the directory of the units cut off. */
  readonly messages: readonly string[];
}

const directories: string[] = [];
process.on('exit', () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A directory of units that nobody else's are in; `files` are names below it, `-> x` is a link. */
export function unitDirectory(files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'initkit-units-'));
  directories.push(directory);
  chmodSync(directory, 0o755);
  const targets = Object.fromEntries(BUILTIN_UNITS.map((name) => [name, builtinUnit(name) ?? '']));
  for (const [name, content] of Object.entries({ ...targets, ...files })) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === 'string' && content.startsWith('-> ')) symlinkSync(content.slice(3), path);
    else writeFileSync(path, content);
  }
  return directory;
}

/** Has systemd read the units that a target of this directory wants, and all that they need; `more` is searched, too. */
export function dumpUnits(directory: string, target: string, ...more: readonly string[]): Dump {
  // systemd refuses to test as root.
  const asNobody =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  const [file, ...parameters] = [
    ...asNobody,
    '/usr/lib/systemd/systemd',
    '--test',
    '--system',
    `--unit=${target}`,
    '--no-pager',
  ];
  const { stdout, stderr } = spawnSync(file, parameters, {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: '/',
      SYSTEMD_UNIT_PATH: [directory, ...more].join(':'),
      SYSTEMD_LOG_TARGET: 'console',
      SYSTEMD_COLORS: '0',
    },
  });
  const messages = stderr
    .split('\n')
    .filter((line) => line.startsWith(`${directory}/`))
    .map((line) => line.slice(directory.length + 1));
  return { units: parseDump(stdout), messages };
}

function parseDump(text: string): Map<string, DumpedUnit> {
  const units = new Map<string, DumpedUnit>();
  let lines = new Map<string, string[]>();
  let commands = new Map<string, string[]>();
  let list: string | null = null;
  for (const line of text.split('\n')) {
    const unit = /^\t-> Unit (.*):$/.exec(line)?.[1];
    const key = /^\t\t([^\t-][^:]*): (.*)$/.exec(line);
    const heading = /^\t\t-> (\w+):$/.exec(line)?.[1];
    const command = /^\t\t\tCommand Line: (.*)$/.exec(line)?.[1];
    if (unit !== undefined) {
      [lines, commands, list] = [new Map(), new Map(), null];
      units.set(unit, { id: unit, lines, commands });
    } else if (heading !== undefined) list = heading;
    else if (command !== undefined && list !== null)
      commands.set(list, [...(commands.get(list) ?? []), command]);
    else if (key !== null) {
      list = null;
      const [, name = '', value = ''] = key;
      lines.set(name, [...(lines.get(name) ?? []), value]);
    }
  }
  return units;
}
