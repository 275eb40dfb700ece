// start, stop and all that makes jobs, and how their failure is told.

import type { JobMode, JobResult, UnitAction, UnitOutcome } from '../../control/units.ts';
import { isGlob } from '../../units/unit-names.ts';
import { expandNames } from './names.ts';
import { managerOf, type Session } from './session.ts';

/** The verbs that make a job of one kind for each unit that they name. */
export const JOB_VERBS: Readonly<Record<string, UnitAction>> = {
  start: 'start',
  stop: 'stop',
  condstop: 'stop',
  reload: 'reload',
  restart: 'restart',
  'try-restart': 'try-restart',
  condrestart: 'try-restart',
  'reload-or-restart': 'reload-or-restart',
  'reload-or-try-restart': 'try-reload-or-restart',
  'try-reload-or-restart': 'try-reload-or-restart',
  'force-reload': 'try-reload-or-restart',
  condreload: 'try-reload-or-restart',
};

/** Resolves with the exit code. */
export async function runJobs(session: Session, verb: string, words: readonly string[]): Promise<number> {
  const action = JOB_VERBS[verb] ?? 'start';
  const names = await expandNames(session, words);
  if (action === 'start' && words.some(isGlob) && names.length === 0) {
    session.io.err(GLOB_HINT);
  }
  return names.length === 0 ? 0 : makeJobs(session, action, names, session.options.jobMode);
}

export function isolate(session: Session, target: string): Promise<number> {
  return makeJobs(session, 'start', [target], 'isolate');
}

export async function makeJobs(
  session: Session,
  action: UnitAction,
  names: readonly string[],
  mode: JobMode,
): Promise<number> {
  const { io, options } = session;
  const manager = managerOf(session);
  if (action !== 'stop' && !options.quiet) await warnOfChanges(session, names);
  if (options.dryRun) return 0;
  const outcomes = await manager.act(action, names, { mode, wait: options.block });
  let code = 0;
  for (const outcome of outcomes) {
    if (outcome.kind !== 'refused') continue;
    if (!options.quiet) io.err(refusalText(action, outcome));
    code = outcome.exitCode;
  }
  for (const outcome of outcomes) {
    if (outcome.kind !== 'job') continue;
    const text = await failureText(session, outcome.unit, outcome.result);
    if (text === null) continue;
    if (!options.quiet) io.err(text);
    code = 1;
  }
  if (action === 'stop' && !options.quiet) await warnOfTriggers(session, names);
  return options.wait && code === 0 && action !== 'stop' ? waitForEnd(session, names) : code;
}

const GLOB_HINT = `Warning: systemctl start called with a glob pattern.
Hint: unit globs expand to loaded units, so start will usually have no effect.
      Passing --all will also load units which are pulled in by other units.
      See systemctl(1) for more details.
`;

/** Errors for which the log of the unit tells no more than the message does. */
const IS_ALL = /not found\.$|not loaded\.$|is masked\.$|is not applicable for unit/;

function refusalText(action: UnitAction, refused: UnitOutcome & { kind: 'refused' }): string {
  const { unit, message } = refused;
  const text = `Failed to ${action} ${unit}: ${message}\n`;
  return IS_ALL.test(message) ? text : `${text}See system logs and 'systemctl status ${unit}' for details.\n`;
}

/** Null for what is no failure. */
async function failureText(session: Session, unit: string, result: JobResult): Promise<string | null> {
  switch (result) {
    case 'done':
    case 'skipped':
      return null;
    case 'canceled':
      return `Job for ${unit} canceled.\n`;
    case 'timeout':
      return `Job for ${unit} timed out.\n`;
    case 'dependency':
      return `A dependency job for ${unit} failed. See 'journalctl -xe' for details.\n`;
    case 'invalid':
      return `${unit} is not active, cannot reload.\n`;
    case 'assert':
      return `Assertion failed on job for ${unit}.\n`;
    case 'unsupported':
      return `Operation on or unit type of ${unit} not supported on this system.\n`;
    case 'failed': {
      const properties = await managerOf(session).properties(unit);
      return serviceFailureText(unit, properties.get('Result') ?? '');
    }
    default:
      return result satisfies never;
  }
}

/** Why, in the words that systemctl has for each Result= of a service. */
const CAUSES: Readonly<Record<string, string>> = {
  resources: 'of unavailable resources or another system error',
  protocol: 'the service did not take the steps required by its unit configuration',
  timeout: 'a timeout was exceeded',
  'exit-code': 'the control process exited with error code',
  signal: 'a fatal signal was delivered to the control process',
  'core-dump': 'a fatal signal was delivered causing the control process to dump core',
  watchdog: 'the service failed to send watchdog ping',
  'start-limit': 'start of the service was attempted too often',
  'oom-kill': 'of a memory allocation failure',
};

function serviceFailureText(unit: string, result: string): string {
  const key = result === 'start-limit-hit' ? 'start-limit' : result;
  const cause = CAUSES[key];
  const name = shellEscaped(unit);
  const see = `See "systemctl status ${name}" and "journalctl -xeu ${name}" for details.\n`;
  const text = `Job for ${unit} failed${cause === undefined ? '' : ` because ${cause}`}.\n${see}`;
  if (key !== 'start-limit') return text;
  return `${text}To force a start use "systemctl reset-failed ${name}"\nfollowed by "systemctl start ${name}" again.\n`;
}

function shellEscaped(name: string): string {
  return /^[\w@:.-]+$/.test(name) ? name : `'${name}'`;
}

async function warnOfChanges(session: Session, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const properties = await managerOf(session).properties(name);
    if (properties.get('NeedDaemonReload') === 'yes') session.io.err(changedText(name));
  }
}

/** What systemctl says of a unit whose files are newer than what the manager has read. */
export function changedText(unit: string): string {
  return `Warning: The unit file, source configuration file or drop-ins of ${unit} changed on disk. Run 'systemctl daemon-reload' to reload units.\n`;
}

/** A stopped service that a socket or timer may start again at any time. */
async function warnOfTriggers(session: Session, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const manager = managerOf(session);
    const triggers = (await manager.properties(name)).get('TriggeredBy')?.split(' ').filter(Boolean) ?? [];
    const active: string[] = [];
    for (const trigger of triggers) {
      const { activeState } = await manager.snapshot(trigger);
      if (activeState === 'active') active.push(trigger);
    }
    if (active.length > 0) {
      session.io.err(
        `Warning: Stopping ${name}, but it can still be activated by:\n${active.map((each) => `  ${each}\n`).join('')}`,
      );
    }
  }
}

const POLL_MS = 200;

/** `start --wait`: until the units have ended; 1 where one has failed. */
async function waitForEnd(session: Session, names: readonly string[]): Promise<number> {
  const manager = managerOf(session);
  for (;;) {
    const states = await Promise.all(names.map(async (name) => (await manager.snapshot(name)).activeState));
    const isOver = (state: string): boolean => state === 'inactive' || state === 'failed';
    if (states.every(isOver)) return states.includes('failed') ? 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
