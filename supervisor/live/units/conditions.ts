// Whether the conditions and asserts of a unit hold (systemd.unit(5), "Conditions and Asserts").

import { accessSync, constants, lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { System } from '../../os/system.ts';
import type { HostFacts } from '../../units/specifiers.ts';
import type { Condition } from '../../units/model.ts';
import { listGlob } from './glob.ts';

export interface ConditionContext {
  readonly system: Pick<System, 'readText' | 'uid'>;
  readonly host: HostFacts;
  readonly environment: ReadonlyMap<string, string>;
}

/** Null where they hold; else the first that does not, as it is written, or `triggers` where none of those does. */
export function whyUnmet(
  conditions: readonly Condition[],
  context: ConditionContext,
): Condition | 'triggers' | null {
  const holds = (condition: Condition): boolean => test(condition, context) !== condition.negate;
  const unmet = conditions.find((condition) => !condition.trigger && !holds(condition));
  if (unmet !== undefined) return unmet;
  const triggers = conditions.filter((condition) => condition.trigger);
  return triggers.length === 0 || triggers.some((condition) => holds(condition)) ? null : 'triggers';
}

function test({ kind, parameter }: Condition, context: ConditionContext): boolean {
  const { system, host } = context;
  switch (kind) {
    case 'PathExists':
      return there(() => statSync(parameter));
    case 'PathExistsGlob':
      return listGlob(parameter).length > 0;
    case 'PathIsDirectory':
      return there(() => statSync(parameter).isDirectory());
    case 'PathIsSymbolicLink':
      return there(() => lstatSync(parameter).isSymbolicLink());
    case 'PathIsMountPoint':
      return there(() => statSync(parameter).dev !== statSync(dirname(parameter)).dev || parameter === '/');
    case 'PathIsReadWrite':
      return there(() => {
        accessSync(parameter, constants.W_OK);
        return true;
      });
    case 'DirectoryNotEmpty':
      return there(() => readdirSync(parameter).length > 0);
    case 'FileNotEmpty':
      return there(() => statSync(parameter).isFile() && statSync(parameter).size > 0);
    case 'FileIsExecutable':
      return there(() => {
        accessSync(parameter, constants.X_OK);
        return statSync(parameter).isFile();
      });
    case 'Virtualization':
      return virtualization(parameter);
    case 'Host':
      return matches(parameter, host.hostName) || parameter === host.machineId;
    case 'Architecture':
      return parameter === host.architecture || parameter === 'native';
    case 'KernelVersion':
      return kernelVersion(parameter, host.kernelRelease);
    case 'KernelCommandLine':
      return kernelCommandLine(parameter, system.readText('/proc/cmdline') ?? '');
    case 'Environment':
      return environment(parameter, context.environment);
    case 'User':
      return (
        parameter === host.user.name ||
        parameter === String(host.user.uid) ||
        (parameter === '@system' && host.user.uid < 1000)
      );
    case 'Group':
      return parameter === host.user.group || parameter === String(host.user.gid);
    case 'ACPower':
      return isTrue(parameter);
    case 'FirstBoot':
      return !isTrue(parameter);
    case 'Capability':
      return hasCapability(parameter, system);
    case 'CPUs':
      return compare(parameter, cpuCount(system));
    case 'Memory':
      return compare(parameter, memoryBytes(system));
    case 'KernelModuleLoaded':
      return there(() => statSync(`/sys/module/${parameter.replaceAll('-', '_')}`));
    case 'OSRelease':
      return osRelease(parameter, host.osRelease);
    // Neither is there in a container: no security module of ours, no firmware, no update that waits.
    case 'Security':
    case 'Firmware':
    case 'Credential':
    case 'NeedsUpdate':
    case 'PathIsEncrypted':
      return false;
    default:
      // What cannot be known is no reason to keep a unit from running (systemd: pressure, CPU features, controllers).
      return true;
  }
}

function there(look: () => unknown): boolean {
  try {
    return look() !== false;
  } catch {
    return false;
  }
}

/** We are in a container, whichever it is. */
function virtualization(parameter: string): boolean {
  if (parameter === 'container') return true;
  if (['yes', 'true', '1', 'on', 'y', 't'].includes(parameter.toLowerCase())) return true;
  return ['docker', 'oci'].includes(parameter);
}

function isTrue(text: string): boolean {
  return ['yes', 'true', '1', 'on', 'y', 't'].includes(text.toLowerCase());
}

/** fnmatch(3) without case, for host names. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(text);
}

/** `>= 4.15 < 6`, or a pattern. */
function kernelVersion(parameter: string, release: string): boolean {
  return parameter.split(/\s+(?=[<>=!])/).every((part) => {
    const match = /^(<=|>=|=|!=|<|>)\s*(\S+)$/.exec(part.trim());
    if (match === null) return matches(part.trim(), release);
    return holds(match[1] ?? '=', compareVersions(release, match[2] ?? ''));
  });
}

function compareVersions(one: string, other: string): number {
  const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);
  const [left, right] = [numbers(one), numbers(other)];
  for (let index = 0; index < right.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function holds(operator: string, difference: number): boolean {
  switch (operator) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    case '!=':
      return difference !== 0;
    default:
      return difference === 0;
  }
}

function kernelCommandLine(parameter: string, commandLine: string): boolean {
  const words = commandLine.split(/\s+/);
  return parameter.includes('=')
    ? words.includes(parameter)
    : words.some((word) => word === parameter || word.startsWith(`${parameter}=`));
}

function environment(parameter: string, variables: ReadonlyMap<string, string>): boolean {
  const at = parameter.indexOf('=');
  return at < 0
    ? variables.has(parameter)
    : variables.get(parameter.slice(0, at)) === parameter.slice(at + 1);
}

/** The numbers of capabilities(7) that units ask for. */
const CAPABILITIES: readonly string[] =
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'.split(
    ' ',
  );

function hasCapability(parameter: string, system: Pick<System, 'readText'>): boolean {
  const number = CAPABILITIES.indexOf(parameter.toLowerCase().replace(/^cap_/, ''));
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(system.readText('/proc/self/status') ?? '')?.[1];
  return number >= 0 && bounding !== undefined && ((BigInt(`0x${bounding}`) >> BigInt(number)) & 1n) === 1n;
}

function compare(parameter: string, value: number): boolean {
  const match = /^(<=|>=|=|!=|<|>)?\s*(\d+)([KMGT]?)$/.exec(parameter.trim());
  if (match === null) return false;
  const unit = 1024 ** ['', 'K', 'M', 'G', 'T'].indexOf(match[3] ?? '');
  return holds(match[1] ?? '>=', value - Number(match[2]) * unit);
}

function cpuCount(system: Pick<System, 'readText'>): number {
  return (system.readText('/proc/cpuinfo')?.match(/^processor\s*:/gm) ?? ['']).length;
}

function memoryBytes(system: Pick<System, 'readText'>): number {
  return Number(/^MemTotal:\s*(\d+)/m.exec(system.readText('/proc/meminfo') ?? '')?.[1] ?? 0) * 1024;
}

function osRelease(parameter: string, facts: ReadonlyMap<string, string>): boolean {
  return parameter.split(/\s+/).every((part) => {
    const match = /^([A-Z_]+)(<=|>=|!=|=|<|>)(.*)$/.exec(part);
    if (match === null) return false;
    const value = facts.get(match[1] ?? '') ?? '';
    const wanted = (match[3] ?? '').replace(/^"(.*)"$/, '$1');
    if (match[2] === '=') return value === wanted;
    if (match[2] === '!=') return value !== wanted;
    return holds(match[2] ?? '=', compareVersions(value, wanted));
  });
}
