// `%i`, `%n`, `%H` and their kin in the values of unit files (systemd.unit(5), "Specifiers").

import { directoryOf } from './unit-source.ts';
import { parseUnitName, unescapeName, unescapePath } from './unit-names.ts';

/** What specifiers ask of the host and of the manager's own user. */
export interface HostFacts {
  readonly hostName: string;
  /** 32 hex digits; null where there is no /etc/machine-id. */
  readonly machineId: string | null;
  readonly bootId: string;
  readonly kernelRelease: string;
  /** As systemd names it: `x86-64`, `arm64`. */
  readonly architecture: string;
  /** /etc/os-release. */
  readonly osRelease: ReadonlyMap<string, string>;
  readonly user: {
    readonly name: string;
    readonly uid: number;
    readonly group: string;
    readonly gid: number;
    readonly home: string;
    readonly shell: string;
  };
  /** TMPDIR of the manager, or /tmp and /var/tmp. */
  readonly temporary: string;
  readonly persistentTemporary: string;
}

export interface SpecifierContext {
  readonly unit: string;
  readonly fragmentPath: string | null;
  readonly host: HostFacts;
}

/**
 * The text with its specifiers replaced; null where one cannot be resolved (`%m` without a machine id), or is a letter
 * that means nothing. A `%` before anything else stays as it is.
 */
export function expandSpecifiers(text: string, context: SpecifierContext): string | null {
  if (!text.includes('%')) return text;
  let failed = false;
  const expanded = text.replace(/%(.)/gsu, (whole, letter: string) => {
    if (letter === '%') return '%';
    const value = valueOf(letter, context);
    if (value === null || (value === undefined && /[A-Za-z0-9]/.test(letter))) failed = true;
    return value ?? whole;
  });
  return failed ? null : expanded;
}

/** undefined: no specifier; null: one that has no value here. */
function valueOf(letter: string, { unit, fragmentPath, host }: SpecifierContext): string | null | undefined {
  const name = parseUnitName(unit);
  const prefix = name?.prefix ?? unit;
  const instance = name?.instance ?? '';
  const lastPart = prefix.slice(prefix.lastIndexOf('-') + 1);
  switch (letter) {
    case 'n':
      return unit;
    case 'N':
      return unit.slice(0, unit.lastIndexOf('.'));
    case 'p':
      return prefix;
    case 'P':
      return unescapeName(prefix);
    case 'i':
      return instance;
    case 'I':
      return unescapeName(instance);
    case 'j':
      return lastPart;
    case 'J':
      return unescapeName(lastPart);
    case 'f':
      return unescapePath(instance === '' ? prefix : instance);
    case 'y':
      return fragmentPath ?? '';
    case 'Y':
      return fragmentPath === null ? '' : directoryOf(fragmentPath);
    default:
      return hostValue(letter, unit, host);
  }
}

function hostValue(letter: string, unit: string, host: HostFacts): string | null | undefined {
  const { user, osRelease } = host;
  switch (letter) {
    case 'a':
      return host.architecture;
    case 'A':
      return osRelease.get('IMAGE_VERSION') ?? '';
    case 'b':
      return host.bootId;
    case 'B':
      return osRelease.get('BUILD_ID') ?? '';
    case 'C':
      return '/var/cache';
    case 'd':
      return `/run/credentials/${unit}`;
    case 'E':
      return '/etc';
    case 'g':
      return user.group;
    case 'G':
      return String(user.gid);
    case 'h':
      return user.home;
    case 'H':
    case 'q':
      return host.hostName;
    case 'l':
      return host.hostName.split('.')[0] ?? '';
    case 'L':
      return '/var/log';
    case 'm':
      return host.machineId;
    case 'M':
      return osRelease.get('IMAGE_ID') ?? '';
    case 'o':
      return osRelease.get('ID') ?? '';
    case 's':
      return user.shell;
    case 'S':
      return '/var/lib';
    case 't':
      return '/run';
    case 'T':
      return host.temporary;
    case 'u':
      return user.name;
    case 'U':
      return String(user.uid);
    case 'v':
      return host.kernelRelease;
    case 'V':
      return host.persistentTemporary;
    case 'w':
      return osRelease.get('VERSION_ID') ?? '';
    case 'W':
      return osRelease.get('VARIANT_ID') ?? '';
    default:
      return undefined;
  }
}
