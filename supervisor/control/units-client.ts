// The manager of units as its clients see it: the same methods over the control socket, each with a promise.

import { follow, request, type Target } from './client.ts';
import type { JournalLine, JournalQuery, UnitOutcome, Units } from './units.ts';

type Answer<K extends keyof Units> = Promise<Awaited<ReturnType<Units[K]>>>;

/** As `Units`; see there. All reject with StatusError, or with what the connection failed with. */
export interface UnitsClient {
  list(...args: Parameters<Units['list']>): Answer<'list'>;
  snapshot(...args: Parameters<Units['snapshot']>): Answer<'snapshot'>;
  properties(...args: Parameters<Units['properties']>): Answer<'properties'>;
  act(...args: Parameters<Units['act']>): Answer<'act'>;
  kill(...args: Parameters<Units['kill']>): Answer<'kill'>;
  resetFailed(...args: Parameters<Units['resetFailed']>): Promise<readonly UnitOutcome[]>;
  daemonReload(): Promise<void>;
  systemState(): Answer<'systemState'>;
  environment(): Answer<'environment'>;
  setEnvironment(...args: Parameters<Units['setEnvironment']>): Promise<void>;
  journal(query: JournalQuery): Answer<'journal'>;
  /** What is kept, then all that follows, until `abort` fires or the manager ends. */
  followJournal(query: JournalQuery, onLine: (line: JournalLine) => void, abort: AbortSignal): Promise<void>;
  jobs(): Answer<'jobs'>;
  cancelJobs(...args: Parameters<Units['cancelJobs']>): Answer<'cancelJobs'>;
  end(exitCode: number): Promise<void>;
}

export function unitsClient(target: Target): UnitsClient {
  const call = async <T>(method: string, body: object = {}): Promise<T> =>
    JSON.parse(await request(target, 'POST', `/units/${method}`, JSON.stringify(body))) as T;
  return {
    list: (patterns) => call('list', { patterns }),
    snapshot: (name) => call('snapshot', { name }),
    properties: async (name) => new Map(await call<[string, string][]>('properties', { name })),
    act: (action, names, options) => call('act', { action, names, ...options }),
    kill: (name, signal, whom) => call('kill', { name, signal, whom }),
    resetFailed: (names) => call('reset-failed', { names }),
    daemonReload: () => call('daemon-reload'),
    systemState: () => call('system-state'),
    environment: async () => new Map(await call<[string, string][]>('environment')),
    setEnvironment: (set, unset) => call('set-environment', { set, unset }),
    journal: (query) => call('journal', query),
    async followJournal(query, onLine, abort) {
      let rest = '';
      const onText = (text: string): void => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(JSON.parse(line) as JournalLine);
      };
      await follow(target, '/units/follow', onText, abort, JSON.stringify(query));
    },
    jobs: () => call('jobs'),
    cancelJobs: (ids) => call('cancel-jobs', { ids }),
    end: (exitCode) => call('end', { exitCode }),
  };
}
