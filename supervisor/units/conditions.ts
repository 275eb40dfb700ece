// Whether the conditions and asserts of a unit hold (systemd.unit(5), "Conditions and Asserts").

import {
  hasCapability,
  hasController,
  hasCpuFeature,
  isAtMostPressure,
  isMountPoint,
  isReadOnly,
} from './condition-facts.ts';
import { matchesGlob } from './glob.ts';
import type { Condition } from './model.ts';
import type { HostFacts } from './specifiers.ts';
import { joinPath } from './unit-source.ts';
import { parseBoolean, parseSize, parseWords } from './values.ts';
import { cutOperator, numberHolds, versionHolds } from './versions.ts';

/** What conditions ask of the machine. Paths are absolute. */
export interface Probe {
  readonly host: HostFacts;
  /** After following links; null where there is nothing. */
  readonly stat: (path: string) => {
    readonly kind: 'file' | 'directory' | 'other';
    readonly size: number;
    readonly mode: number;
    readonly modifiedMs: number;
  } | null;
  readonly isLink: (path: string) => boolean;
  readonly realPath: (path: string) => string | null;
  readonly listDirectory: (path: string) => readonly string[];
  /** Paths that match a pattern (glob(7)). */
  readonly glob: (pattern: string) => readonly string[];
  /** A file of /proc or /sys, or any other; null where it cannot be read. */
  readonly text: (path: string) => string | null;
  /** The manager's own variables. */
  readonly environment: ReadonlyMap<string, string>;
  /** Names and numbers of all the manager's groups. */
  readonly groups: readonly string[];
  /** As systemd-detect-virt names it: `docker`, `podman`, `container-other`. */
  readonly container: string;
  /** CPUs that the manager may run on. */
  readonly cpus: number;
}

/** null where they hold; else the first that does not, or `triggers` where none of those with `|` does. */
export function whyUnmet(conditions: readonly Condition[], probe: Probe): Condition | 'triggers' | null {
  const holds = (condition: Condition): boolean =>
    testCondition(condition.kind, condition.parameter, probe) !== condition.negate;
  const unmet = conditions.find((condition) => !condition.trigger && !holds(condition));
  if (unmet !== undefined) return unmet;
  const triggers = conditions.filter((condition) => condition.trigger);
  return triggers.length === 0 || triggers.some(holds) ? null : 'triggers';
}

/** One condition, without its `!` and `|`. What cannot be known here counts as met, as systemd has it. */
export function testCondition(kind: string, parameter: string, probe: Probe): boolean {
  return (TESTS[kind] ?? (() => true))(parameter, probe);
}

/** As `systemctl status` and `show` print it: `ConditionPathExists=|!/x`. */
export function conditionText(prefix: 'Condition' | 'Assert', condition: Condition): string {
  const flags = `${condition.trigger ? '|' : ''}${condition.negate ? '!' : ''}`;
  return `${prefix}${condition.kind}=${flags}${condition.parameter}`;
}

type Test = (parameter: string, probe: Probe) => boolean;

const kernelVersion: Test = (parameter, { host }) => {
  const words = [...parseWords(parameter)];
  for (let first = true; words.length > 0; first = false) {
    const word = words.shift() ?? '';
    const cut = cutOperator(word);
    if (cut === null) {
      // A pattern stands alone; everything after it is part of no grammar.
      if (!first || !matchesGlob(host.kernelRelease, word)) return false;
      continue;
    }
    const [operator, rest] = cut;
    const wanted = rest === '' ? words.shift() : rest;
    if (wanted === undefined || !versionHolds(operator, host.kernelRelease, wanted)) return false;
  }
  return true;
};

const osRelease: Test = (parameter, { host }) =>
  parseWords(parameter).every((word) => {
    const at = word.search(/[<>=!$]/);
    const cut = at <= 0 ? null : cutOperator(word.slice(at));
    if (cut === null || cut[1] === '') return false;
    return versionHolds(cut[0], host.osRelease.get(word.slice(0, at)) ?? '', cut[1]);
  });

/** A word of the command line of PID 1: in a container that of the kernel is the host's. */
const commandLine: Test = (parameter, { text }) => {
  const words = (text('/proc/1/cmdline') ?? '').split(/[\0\s]+/);
  return parameter.includes('=')
    ? words.includes(parameter)
    : words.some((word) => word === parameter || word.startsWith(`${parameter}=`));
};

const virtualization: Test = (parameter, { container, text }) => {
  const truth = parseBoolean(parameter);
  if (truth !== null) return truth;
  if (parameter === 'private-users') {
    return !/^\s*0\s+0\s+4294967295\s*$/.test(text('/proc/self/uid_map') ?? '0 0 4294967295');
  }
  return parameter === 'container' || parameter === container;
};

const host: Test = (parameter, { host: { hostName, machineId } }) => {
  if (/^[0-9a-f]{32}$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(parameter)) {
    return parameter.replaceAll('-', '').toLowerCase() === machineId;
  }
  return matchesGlob(hostName.toLowerCase(), parameter.toLowerCase());
};

const user: Test = (parameter, { host: { user: own } }) =>
  parameter === '@system'
    ? own.uid < 1000 || own.uid === 65_534
    : parameter === own.name || (/^\d+$/.test(parameter) && Number(parameter) === own.uid);

/** Bytes, or a share of all memory; without an operator, at least so much. */
const memory: Test = (parameter, { text }) => {
  const [operator, rest] = cutOperator(parameter) ?? (['>=', parameter] as const);
  const total = Number(/^MemTotal:\s*(\d+)/m.exec(text('/proc/meminfo') ?? '')?.[1] ?? 0) * 1024;
  const percent = /^\s*(\d+(?:\.\d+)?)%$/.exec(rest)?.[1];
  const wanted = percent === undefined ? parseSize(rest) : (total * Number(percent)) / 100;
  return wanted !== null && numberHolds(operator, total, Number(wanted));
};

const cpus: Test = (parameter, probe) => {
  const [operator, rest] = cutOperator(parameter) ?? (['>=', parameter] as const);
  const wanted = /^\s*(\d+)\s*$/.exec(rest)?.[1];
  return wanted !== undefined && numberHolds(operator, probe.cpus, Number(wanted));
};

const environment: Test = (parameter, { environment: variables }) => {
  const equals = parameter.indexOf('=');
  return equals === -1
    ? variables.has(parameter)
    : variables.get(parameter.slice(0, equals)) === parameter.slice(equals + 1);
};

/** systemd's services update /etc and /var when /usr is newer than the mark that they left. */
const needsUpdate: Test = (parameter, probe) => {
  if (isReadOnly(parameter, probe) !== false) return false;
  const updated = probe.stat(joinPath(parameter, '.updated'));
  const usr = probe.stat('/usr');
  return updated === null || usr === null || usr.modifiedMs > updated.modifiedMs;
};

const firstBoot: Test = (parameter, { stat }) => {
  const wanted = parseBoolean(parameter);
  return wanted !== null && (stat('/run/systemd/first-boot') !== null) === wanted;
};

const security: Test = (parameter, { stat, text }) => {
  switch (parameter) {
    case 'selinux':
      return stat('/sys/fs/selinux/enforce') !== null;
    case 'smack':
      return stat('/sys/fs/smackfs') !== null;
    case 'apparmor':
      return text('/sys/module/apparmor/parameters/enabled')?.startsWith('Y') === true;
    case 'ima':
      return stat('/sys/kernel/security/ima') !== null;
    case 'tomoyo':
      return stat('/sys/kernel/security/tomoyo/version') !== null;
    default:
      // Neither the audit of the kernel, nor firmware, nor a TPM is a container's.
      return false;
  }
};

const firmware: Test = (parameter, { stat }) => {
  if (parameter === 'uefi') return stat('/sys/firmware/efi') !== null;
  return parameter === 'device-tree' && stat('/proc/device-tree') !== null;
};

const TESTS: Readonly<Record<string, Test>> = {
  PathExists: (path, { stat }) => stat(path) !== null,
  PathExistsGlob: (pattern, { glob }) => glob(pattern).length > 0,
  PathIsDirectory: (path, { stat }) => stat(path)?.kind === 'directory',
  PathIsSymbolicLink: (path, { isLink }) => isLink(path),
  PathIsMountPoint: isMountPoint,
  PathIsReadWrite: (path, probe) => isReadOnly(path, probe) === false,
  PathIsEncrypted: () => false,
  DirectoryNotEmpty: (path, { stat, listDirectory }) =>
    stat(path)?.kind === 'directory' && listDirectory(path).some((name) => !name.startsWith('.')),
  FileNotEmpty: (path, { stat }) => stat(path)?.kind === 'file' && (stat(path)?.size ?? 0) > 0,
  FileIsExecutable: (path, { stat }) =>
    stat(path)?.kind === 'file' && ((stat(path)?.mode ?? 0) & 0o111) !== 0,
  NeedsUpdate: needsUpdate,
  FirstBoot: firstBoot,
  Architecture: (parameter, { host: { architecture } }) =>
    parameter === 'native' || parameter === architecture,
  Firmware: firmware,
  Virtualization: virtualization,
  Host: host,
  KernelCommandLine: commandLine,
  KernelVersion: kernelVersion,
  Version: kernelVersion,
  Credential: (parameter, { stat }) => stat(joinPath('/run/credentials/@system', parameter)) !== null,
  Security: security,
  Capability: hasCapability,
  ACPower: (parameter) => parseBoolean(parameter) === true,
  Memory: memory,
  CPUFeature: hasCpuFeature,
  CPUs: cpus,
  Environment: environment,
  User: user,
  Group: (parameter, { groups }) => groups.includes(parameter),
  ControlGroupController: hasController,
  OSRelease: osRelease,
  MemoryPressure: isAtMostPressure('memory', 'full'),
  CPUPressure: isAtMostPressure('cpu', 'some'),
  IOPressure: isAtMostPressure('io', 'full'),
  KernelModuleLoaded: (parameter, { stat }) => stat(`/sys/module/${parameter.replaceAll('-', '_')}`) !== null,
};
