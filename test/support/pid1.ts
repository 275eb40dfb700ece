// What a test wants to know of a container's processes.

import type { Container } from './containers.ts';

/** VmRSS of PID 1. */
export async function residentKib(container: Container): Promise<number> {
  const { stdout } = await container.exec('grep', 'VmRSS', '/proc/1/status');
  return Number(/(\d+) kB/.exec(stdout)?.[1] ?? NaN);
}

/** How many processes have ended and were not collected. */
export async function zombies(container: Container): Promise<number> {
  const stats = await processes(container);
  return stats.filter(({ state }) => state === 'Z').length;
}

export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  readonly state: string;
  readonly parent: number;
}

/** Every process of the container, as proc_pid_stat(5) tells it. */
export async function processes(container: Container): Promise<ProcessStat[]> {
  const { stdout } = await container.exec('sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null');
  return stdout.split('\n').flatMap((line) => {
    const [, pid, name, state, parent] = /^(\d+) \((.*)\) (\S) (\d+)/s.exec(line) ?? [];
    if (pid === undefined || name === undefined || state === undefined) return [];
    return [{ pid: Number(pid), name, state, parent: Number(parent) }];
  });
}

export async function isRunning(container: Container, program: string): Promise<boolean> {
  const { stdout } = await container.exec('initkit', 'status');
  return new RegExp(`^${program}\\s+RUNNING`, 'm').test(stdout);
}
