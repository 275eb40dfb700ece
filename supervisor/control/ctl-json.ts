// What `initkit COMMAND --json` writes: the answers of the server as they are, and the result of every action.

import { get } from './client.ts';
import { faultCodeOf } from './ctl-session.ts';
import type { Session } from './ctl-session.ts';
import { CTL_EXIT, exitCodeOf } from './ctl-text.ts';
import { FAULT_CODES } from './faults.ts';
import { splitName } from './names.ts';
import type { ProcessResult } from './rpc-client.ts';

export interface JsonResult {
  readonly value: unknown;
  readonly exitCode: number;
}

export type JsonCommand = (session: Session, args: readonly string[]) => Promise<JsonResult>;

export const JSON_COMMANDS: ReadonlyMap<string, JsonCommand> = new Map<string, JsonCommand>([
  ['status', async ({ target }) => found(JSON.parse((await get(target, '/status')).text))],
  ['avail', async ({ rpc }) => found(await rpc.allConfigInfo())],
  ['version', async ({ rpc }) => found({ version: await rpc.text('getSupervisorVersion') })],
  ['reread', async ({ rpc }) => found(await rpc.reloadConfig())],
  ['pid', pids],
  ['start', (session, names) => act(session, names, 'start', [], FAULT_CODES.ALREADY_STARTED)],
  ['stop', (session, names) => act(session, names, 'stop', [], FAULT_CODES.NOT_RUNNING)],
  ['restart', restart],
  ['signal', (session, [signal = '', ...names]) => act(session, names, 'signal', [signal], null)],
  ['clear', clear],
]);

function found(value: unknown): JsonResult {
  return { value, exitCode: CTL_EXIT.success };
}

async function pids({ rpc }: Session, names: readonly string[]): Promise<JsonResult> {
  if (names.length === 0) return found({ pid: await rpc.number('getPID') });
  const infos = await rpc.allProcessInfo();
  const isAsked = (group: string, name: string): boolean =>
    names.includes('all') || names.some((given) => isMeant(given, group, name));
  return found(
    infos
      .filter((info) => isAsked(info.group, info.name))
      .map(({ group, name, pid }) => ({ group, name, pid })),
  );
}

async function restart(session: Session, names: readonly string[]): Promise<JsonResult> {
  const stopped = await act(session, names, 'stop', [], FAULT_CODES.NOT_RUNNING);
  const started = await act(session, names, 'start', [], FAULT_CODES.ALREADY_STARTED);
  return {
    value: { stopped: stopped.value, started: started.value },
    exitCode: stopped.exitCode || started.exitCode,
  };
}

async function clear({ rpc }: Session, names: readonly string[]): Promise<JsonResult> {
  if (names.includes('all')) return judge(await rpc.results('clearAllProcessLogs'), null);
  const results: ProcessResult[] = [];
  for (const name of names)
    results.push(...(await resultsOf(name, () => rpc.call('clearProcessLogs', name))));
  return judge(results, null);
}

async function act(
  { rpc }: Session,
  names: readonly string[],
  verb: 'start' | 'stop' | 'signal',
  params: readonly string[],
  ignored: number | null,
): Promise<JsonResult> {
  if (names.includes('all')) return judge(await rpc.results(`${verb}AllProcesses`, ...params), ignored);
  const results: ProcessResult[] = [];
  for (const given of names) {
    const { group, name } = splitName(given);
    if (name === null)
      results.push(
        ...(await groupResults(group, () => rpc.results(`${verb}ProcessGroup`, group, ...params))),
      );
    else results.push(...(await resultsOf(given, () => rpc.call(`${verb}Process`, given, ...params))));
  }
  return judge(results, ignored);
}

async function resultsOf(given: string, call: () => Promise<unknown>): Promise<ProcessResult[]> {
  const { group, name } = splitName(given);
  return groupResults(
    group,
    async () => {
      await call();
      return [{ group, name: name ?? '*', status: FAULT_CODES.SUCCESS, description: 'OK' }];
    },
    name ?? '*',
  );
}

/** A fault of the whole call becomes a result of the process or group that was named. */
async function groupResults(
  group: string,
  call: () => Promise<ProcessResult[]>,
  name = '*',
): Promise<ProcessResult[]> {
  try {
    return await call();
  } catch (error) {
    const status = faultCodeOf(error);
    if (status === null || !(error instanceof Error)) throw error;
    return [{ group, name, status, description: error.message }];
  }
}

function judge(results: readonly ProcessResult[], ignored: number | null): JsonResult {
  const codes = results.map((result) => exitCodeOf(result.status, ignored)).filter((code) => code !== null);
  return { value: results, exitCode: codes.at(-1) ?? CTL_EXIT.success };
}

function isMeant(given: string, group: string, name: string): boolean {
  const spec = splitName(given);
  return spec.group === group && (spec.name === null || spec.name === name);
}
