// The files that units are read from, and what their specifiers say of this machine, on Linux.

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { readEnvFile } from '../config/envfile.ts';
import type { HostFacts } from '../units/specifiers.ts';
import type { UnitSource } from '../units/unit-source.ts';
import { findAccount } from './accounts.ts';
import { orElse } from './or-else.ts';

/** `root` is put before every path, for `systemctl --root=`. */
export function unitSource(root = ''): UnitSource {
  const at = (path: string): string => root + path;
  return {
    readText(path) {
      try {
        return { text: readFileSync(at(path), 'utf8') };
      } catch (error) {
        return { code: error instanceof Error && 'code' in error ? String(error.code) : 'EIO' };
      }
    },
    listDirectory: (path) => orElse(() => readdirSync(at(path)), []),
    readLink: (path) => orElse(() => readlinkSync(at(path)), null),
    kind(path) {
      const stat = orElse(() => statSync(at(path)), null);
      if (stat === null) return null;
      return stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
    },
    size: (path) => orElse(() => statSync(at(path)).size, null),
    changedAt: (path) => orElse(() => String(statSync(at(path), { bigint: true }).mtimeNs), null),
  };
}

/** What `%H`, `%m`, `%u` and their kin stand for here; `environment` is the manager's own. */
export function hostFacts(environment: Readonly<Record<string, string | undefined>>): HostFacts {
  // The number of the user may have no name (docker run --user 1000).
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const account = findAccount(textOf('/etc/passwd'), String(uid));
  const temporary = [environment['TMPDIR'], environment['TEMP'], environment['TMP']].find((path) =>
    path?.startsWith('/'),
  );
  const groups = textOf('/etc/group')
    .split('\n')
    .map((line) => line.split(':'));
  return {
    hostName: hostname(),
    machineId: /^[0-9a-f]{32}$/.exec(textOf('/etc/machine-id').trim())?.[0] ?? null,
    bootId: textOf('/proc/sys/kernel/random/boot_id').trim().replaceAll('-', ''),
    kernelRelease: release(),
    architecture: { x64: 'x86-64', ia32: 'x86' }[process.arch as string] ?? process.arch,
    osRelease: readEnvFile(textOf('/etc/os-release') || textOf('/usr/lib/os-release'), '/etc/os-release')
      .values,
    user: {
      name: account?.name ?? String(uid),
      uid,
      group: groups.find((fields) => fields[2] === String(gid))?.[0] ?? String(gid),
      gid,
      home: uid === 0 ? '/root' : (account?.home ?? '/'),
      shell: environment['SHELL'] || (uid === 0 ? '/bin/bash' : (account?.shell ?? '/bin/sh')),
    },
    temporary: temporary ?? '/tmp',
    persistentTemporary: temporary ?? '/var/tmp',
  };
}

function textOf(path: string): string {
  return orElse(() => readFileSync(path, 'utf8'), '');
}
