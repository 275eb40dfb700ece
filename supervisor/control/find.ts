// Finds processes by the names that clients give, in the orders that supervisord lists them.

import type { Commands, GroupSnapshot, ProcessSnapshot } from './commands.ts';
import { Fault } from './faults.ts';
import { compareNames, splitName } from './names.ts';

export type Found =
  | { readonly kind: 'process'; readonly process: ProcessSnapshot }
  | { readonly kind: 'group'; readonly group: GroupSnapshot };

/** Throws BAD_NAME with the name as it was given. */
export function find(commands: Commands, spec: string): Found {
  const { group: groupName, name } = splitName(spec);
  const group = commands.groups().find((candidate) => candidate.name === groupName);
  if (group === undefined) throw new Fault('BAD_NAME', spec);
  if (name === null) return { kind: 'group', group };
  const process = group.processes.find((candidate) => candidate.name === name);
  if (process === undefined) throw new Fault('BAD_NAME', spec);
  return { kind: 'process', process };
}

/** As find, for methods that do not take a whole group. */
export function findProcess(commands: Commands, spec: string): ProcessSnapshot {
  const found = find(commands, spec);
  if (found.kind === 'group') throw new Fault('BAD_NAME', spec);
  return found.process;
}

export function findGroup(commands: Commands, name: string): GroupSnapshot {
  const group = commands.groups().find((candidate) => candidate.name === name);
  if (group === undefined) throw new Fault('BAD_NAME', name);
  return group;
}

/** Equal priorities go by name, as supervisord sorts what it reads. */
export function byPriority(group: GroupSnapshot): ProcessSnapshot[] {
  return group.processes.toSorted(
    (a, b) => a.program.priority - b.program.priority || compareNames(a.name, b.name),
  );
}

export function allByPriority(commands: Commands): ProcessSnapshot[] {
  return commands
    .groups()
    .toSorted((a, b) => a.priority - b.priority || compareNames(a.name, b.name))
    .flatMap(byPriority);
}

export function allByName(commands: Commands): ProcessSnapshot[] {
  return commands
    .groups()
    .flatMap((group) => group.processes)
    .toSorted((a, b) => compareNames(a.group, b.group) || compareNames(a.name, b.name));
}
