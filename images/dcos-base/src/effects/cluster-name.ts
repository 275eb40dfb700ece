// Asks the masters for the name of their cluster, all of them at once, again and again until one answers.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../decide/slave.ts';

export interface Asking {
  readonly deadlineMs: number;
  readonly requestTimeoutMs: number;
  readonly pauseMs: number;
  readonly note: (line: string) => void;
}

/** Where a master tells its state: behind the admin router, or on Mesos' own port. */
function urlsOf(address: string): string[] {
  const hasPort = /:\d+$/.test(address);
  return [`http://${address}/mesos/state`, ...(hasPort ? [] : [`http://${address}:5050/state`])];
}

/** Never throws: an agent can run without the name. */
export async function askClusterName(addresses: readonly string[], asking: Asking): Promise<Cluster> {
  const end = Date.now() + asking.deadlineMs;
  const urls = addresses.flatMap(urlsOf);
  for (let round = 1; ; round += 1) {
    // A last request that has no time to be answered would hide what was wrong before.
    const leastMs = asking.requestTimeoutMs / 5;
    const timeoutMs = Math.min(asking.requestTimeoutMs, Math.max(leastMs, end - Date.now()));
    const asked = urls.map((url) => ask(url, timeoutMs));
    try {
      const { name, url } = await Promise.any(asked);
      return name === '' ? { problem: `${url} tells none` } : { name, from: `from ${url}` };
    } catch (error) {
      const reasons = error instanceof AggregateError ? error.errors.map(String) : [String(error)];
      const seconds = Math.round(asking.deadlineMs / 1000);
      if (Date.now() + asking.pauseMs >= end) {
        return { problem: `no master answered within ${seconds} s: ${reasons.join('; ')}` };
      }
      if (round === 1) asking.note(`no master answers yet; asking for ${seconds} s: ${reasons.join('; ')}`);
    }
    await sleep(asking.pauseMs);
  }
}

async function ask(url: string, timeoutMs: number): Promise<{ name: string; url: string }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((error: unknown) => {
    throw failure(url, error);
  });
  if (!response.ok) throw new Failure(`${url} gives ${response.status}`);
  const state: unknown = await response.json().catch((error: unknown) => {
    throw failure(url, error);
  });
  const name = typeof state === 'object' && state !== null && 'cluster' in state ? state.cluster : '';
  return { name: typeof name === 'string' ? name : '', url };
}

/** A reason that reads without the name of a class in front of it. */
class Failure extends Error {
  override toString(): string {
    return this.message;
  }
}

function failure(url: string, error: unknown): Failure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  return new Failure(
    name === 'TimeoutError' ? `${url} does not answer in time` : `${url}: ${message || name}`,
  );
}
