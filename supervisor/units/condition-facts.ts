// What /proc and /sys say to the conditions of units: mounts, capabilities, controllers, pressure.

import { CAPABILITIES } from './capabilities.ts';
import type { Probe } from './conditions.ts';
import { parseTimeSpan } from './time-span.ts';

const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'io', 'blkio', 'memory', 'devices', 'pids'];

/** Whether it is in the bounding set: what no program in the container can have, none should ask for. */
export function hasCapability(parameter: string, { text }: Probe): boolean {
  const number = CAPABILITIES.indexOf(`cap_${parameter.toLowerCase().replace(/^cap_/, '')}`);
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(text('/proc/self/status') ?? '')?.[1];
  return number >= 0 && bounding !== undefined && ((BigInt(`0x${bounding}`) >> BigInt(number)) & 1n) === 1n;
}

export function hasCpuFeature(parameter: string, { text }: Probe): boolean {
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(text('/proc/cpuinfo') ?? '')?.[1] ?? '';
  return flags.split(' ').includes(parameter.toLowerCase());
}

/** `v1`, `v2`, or the names of controllers, of which those that nobody knows do not count. */
export function hasController(parameter: string, { text }: Probe): boolean {
  const unified = text('/sys/fs/cgroup/cgroup.controllers');
  if (parameter === 'v2') return unified !== null;
  if (parameter === 'v1') return unified === null;
  const known = parameter.split(/\s+/).filter((name) => CONTROLLERS.includes(name));
  if (unified !== null) {
    // These are no controllers of version 2, and always there in another form.
    const own = new Set([...unified.trim().split(' '), 'cpuacct', 'devices']);
    return known.every((name) => own.has(name === 'blkio' ? 'io' : name));
  }
  const enabled = (text('/proc/cgroups') ?? '')
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((fields) => fields[3] === '1')
    .map((fields) => fields[0]);
  return known.every((name) => enabled.includes(name === 'io' ? 'blkio' : name));
}

interface Mount {
  readonly point: string;
  readonly options: readonly string[];
}

/** /proc/self/mountinfo, later mounts last (proc(5)). */
function mountsOf({ text }: Probe): Mount[] {
  return (text('/proc/self/mountinfo') ?? '').split('\n').flatMap((line) => {
    const [fields = '', rest = ''] = line.split(' - ');
    const [, , , , point, options = ''] = fields.split(' ');
    if (point === undefined) return [];
    const plain = point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    return [{ point: plain, options: [...options.split(','), ...(rest.split(' ')[2] ?? '').split(',')] }];
  });
}

export function isMountPoint(path: string, probe: Probe): boolean {
  const real = probe.realPath(path);
  return real !== null && (real === '/' || mountsOf(probe).some(({ point }) => point === real));
}

/** Whether the file system at a path is mounted read-only; null where there is nothing. */
export function isReadOnly(path: string, probe: Probe): boolean | null {
  const real = probe.realPath(path);
  if (real === null) return null;
  const above = mountsOf(probe).filter(
    ({ point }) => point === '/' || real === point || real.startsWith(`${point}/`),
  );
  const longest = Math.max(...above.map(({ point }) => point.length));
  return above.findLast(({ point }) => point.length === longest)?.options.includes('ro') ?? false;
}

/** `[slice:]10%[/1min]` of /proc/pressure; of a slice of its own nothing is known in a container, so that it holds. */
export function isAtMostPressure(
  resource: 'memory' | 'cpu' | 'io',
  kind: 'some' | 'full',
): (parameter: string, probe: Probe) => boolean {
  return (parameter, { text }) => {
    const match = /^(?:([^:]*):)?\s*(\d+(?:\.\d+)?)%(?:\/(.*))?$/.exec(parameter);
    const pressure = text(`/proc/pressure/${resource}`);
    if (match === null || match[1] !== undefined || pressure === null) return true;
    const spanMs = match[3] === undefined ? 300_000 : parseTimeSpan(match[3]);
    const window = { 10000: 'avg10', 60000: 'avg60', 300000: 'avg300' }[spanMs ?? 0] ?? 'avg300';
    const line = pressure.split('\n').find((each) => each.startsWith(`${kind} `)) ?? '';
    const value = new RegExp(`${window}=([0-9.]+)`).exec(line)?.[1];
    return value === undefined || Number(value) <= Number(match[2]);
  };
}
