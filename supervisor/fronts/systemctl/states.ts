// is-active and its kin, kill, reset-failed, and the manager's environment and jobs.

import type { UnitOutcome } from '../../control/units.ts';
import { isGlob } from '../../units/unit-names.ts';
import { CTL_EXIT, Failure } from './failure.ts';
import { expandNames, fullName, mustBeUnit } from './names.ts';
import { managerOf, type Session } from './session.ts';
import { columns } from './table.ts';

/** Prints each unit's state; 0 where one is in one of the states that are asked for. */
export async function isInState(
  session: Session,
  words: readonly string[],
  wanted: readonly string[],
  otherwise: number,
): Promise<number> {
  const { io, options, client } = session;
  const names =
    client === null ? words.map((word) => fullName(session, word)) : await expandNames(session, words);
  for (const name of names) mustBeUnit(name, 'retrieve unit state');
  // Where nobody runs units, none is active.
  const states = await Promise.all(
    names.map(async (name) => (client === null ? 'inactive' : (await client.snapshot(name)).activeState)),
  );
  if (!options.quiet) io.out(states.map((state) => `${state}\n`).join(''));
  return states.some((state) => wanted.includes(state)) ? 0 : otherwise;
}

export const isActive = (session: Session, words: readonly string[]): Promise<number> =>
  isInState(session, words, ['active', 'reloading'], CTL_EXIT.notRunning);

export const isFailed = (session: Session, words: readonly string[]): Promise<number> =>
  isInState(session, words, ['failed'], CTL_EXIT.failure);

const POLL_MS = 100;

/** With --wait, not before the start-up is over. */
export async function isSystemRunning(session: Session): Promise<number> {
  const { io, options, client } = session;
  const isStarting = (each: string): boolean => each === 'initializing' || each === 'starting';
  let state = client === null ? 'offline' : await client.systemState();
  while (client !== null && options.wait && isStarting(state)) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    state = await client.systemState();
  }
  if (!options.quiet) io.out(`${state}\n`);
  return state === 'running' ? 0 : CTL_EXIT.failure;
}

export async function kill(session: Session, words: readonly string[]): Promise<number> {
  const { signal } = session.options;
  // Those with -fail fail where there is no such process; the manager says so in any case.
  const given = session.options.whom;
  const whom = (['main', 'control', 'all'] as const).find((each) => each === given.replace(/-fail$/, ''));
  const names = await expandNames(session, words);
  if (whom === undefined)
    throw new Failure(`Failed to kill unit ${names.join(', ')}: Invalid who argument ${given}`);
  const manager = managerOf(session);
  const outcomes = await Promise.all(names.map((name) => manager.kill(name, signal, whom)));
  return tell(session, outcomes, 'kill unit');
}

export async function resetFailed(session: Session, words: readonly string[]): Promise<number> {
  const manager = managerOf(session);
  if (words.length === 0) {
    await manager.resetFailed([]);
    return 0;
  }
  const names = await expandNames(session, words);
  if (names.length === 0) return 0;
  return tell(session, await manager.resetFailed(names), 'reset failed state of unit');
}

function tell(session: Session, outcomes: readonly UnitOutcome[], what: string): number {
  const refused = outcomes.filter((outcome) => outcome.kind === 'refused');
  for (const { unit, message } of refused) session.io.err(`Failed to ${what} ${unit}: ${message}\n`);
  return refused.length === 0 ? 0 : CTL_EXIT.failure;
}

export async function showEnvironment(session: Session): Promise<number> {
  const variables = await managerOf(session).environment();
  session.io.out([...variables].map(([name, value]) => `${name}=${shellQuoted(value)}\n`).join(''));
  return 0;
}

/** As bash would have it: `$'d e'` for what is not plain. */
function shellQuoted(value: string): string {
  if (/^[\w@%+=:,./~-]*$/.test(value)) return value;
  const escaped = value
    .replace(/[\\']/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\t/g, '\\t')
    .replace(/\r/g, '\\r');
  return `$'${escaped}'`;
}

export async function setEnvironment(session: Session, words: readonly string[]): Promise<number> {
  const assignments = words.map((word) => /^([A-Za-z_]\w*)=(.*)$/s.exec(word));
  if (assignments.includes(null))
    throw new Failure('Failed to set environment: Invalid environment assignments');
  const set = Object.fromEntries(assignments.map((match) => [match?.[1] ?? '', match?.[2] ?? '']));
  await managerOf(session).setEnvironment(set, []);
  return 0;
}

export async function unsetEnvironment(session: Session, words: readonly string[]): Promise<number> {
  if (!words.every((word) => /^[A-Za-z_]\w*(=.*)?$/s.test(word))) {
    throw new Failure('Failed to unset environment: Invalid environment variable names or assignments');
  }
  await managerOf(session).setEnvironment({}, words);
  return 0;
}

export async function importEnvironment(session: Session, words: readonly string[]): Promise<number> {
  const { environment } = session.io;
  const all = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  if (words.length === 0) {
    session.io.err('Calling import-environment without a list of variable names is deprecated.\n');
    await managerOf(session).setEnvironment(Object.fromEntries(all) as Record<string, string>, []);
    return 0;
  }
  const set: Record<string, string> = {};
  for (const name of words) {
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new Failure(`Not a valid environment variable name: ${name}`);
    const value = environment[name];
    if (value === undefined) session.io.err(`Environment variable $${name} not set, ignoring.\n`);
    else set[name] = value;
  }
  await managerOf(session).setEnvironment(set, []);
  return 0;
}

export async function listJobs(session: Session, words: readonly string[]): Promise<number> {
  const { io, options } = session;
  const all = await managerOf(session).jobs();
  const wanted = words.map((word) => fullName(session, word));
  const jobs = all.filter(
    ({ unit }) => wanted.length === 0 || wanted.some((name) => name === unit || isGlob(name)),
  );
  if (jobs.length === 0) {
    if (options.legend) io.out('No jobs running.\n');
    return 0;
  }
  const rows = jobs.map(({ id, unit, type, state }) => [String(id), unit, type, state]);
  const lines = columns(options.legend ? [['JOB', 'UNIT', 'TYPE', 'STATE'], ...rows] : rows);
  io.out(`${lines.join('\n')}\n`);
  if (options.legend) io.out(`\n${jobs.length} jobs listed.\n`);
  return 0;
}

export async function cancelJobs(session: Session, words: readonly string[]): Promise<number> {
  const manager = managerOf(session);
  if (words.length === 0) {
    await manager.cancelJobs([]);
    return 0;
  }
  const wrong = words.find((word) => !/^\d+$/.test(word));
  if (wrong !== undefined) throw new Failure(`Failed to parse job id "${wrong}": Invalid argument`);
  const outcomes = await manager.cancelJobs(words.map(Number));
  const refused = outcomes.filter((outcome) => outcome.kind === 'refused');
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === 'refused')
      session.io.err(`Failed to cancel job ${words[index]}: ${outcome.message}\n`);
  }
  return refused.length === 0 ? 0 : CTL_EXIT.failure;
}
