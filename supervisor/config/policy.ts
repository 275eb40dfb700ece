// What the image decides over its programs: which of them end the container, and what happens to absent software.

import type { ExitOn, Group, Origin, Problem, Program } from '../model.ts';
import type { ImageConfig, Software } from './image.ts';
import type { Redpill } from './redpill.ts';
import type { ConfigSource } from './source.ts';
import { didYouMean } from './suggest.ts';

/** The slot that a program's command belongs to, if there is one. */
export function slotOf(program: Program, image: ImageConfig): Software | undefined {
  const [command = ''] = program.argv;
  const name = command.slice(command.lastIndexOf('/') + 1);
  return image.software.find(({ commands }) => commands.includes(command) || commands.includes(name));
}

/** Whether the program is what image.ini calls `main`. */
export function isMain(program: Program, image: ImageConfig): boolean {
  return image.main !== null && isNamed(program, image.main);
}

/**
 * Disables programs whose software slot is empty, with a warning: a table that enables a log forwarder is no reason to
 * stop Mesos from running. The main program stays as it is, for without it there is nothing to run (exit 127).
 */
export function withoutAbsent(
  groups: readonly Group[],
  image: ImageConfig,
  values: ReadonlyMap<string, string>,
  source: ConfigSource,
  problems: Problem[],
): Group[] {
  return mapPrograms(groups, (program) => {
    const [command] = program.argv;
    const slot = slotOf(program, image);
    if (slot === undefined || command === undefined || !program.enabled || isMain(program, image))
      return program;
    const path = program.environment['PATH'] ?? values.get('PATH') ?? '/usr/local/bin:/usr/bin:/bin';
    if (source.findExecutable(command, path) !== undefined) return program;
    problems.push({
      severity: 'warning',
      message: `${program.name} is enabled, but ${command} is not in this image: it stays disabled`,
      remedy: `build the image with --software ${slot.name}=…`,
      origin: program.origin,
    });
    return { ...program, enabled: false };
  });
}

/** An unknown user prevents the start only where a program would run as it. */
export function forgiveDisabled(
  problems: readonly Problem[],
  unknownUsers: ReadonlyMap<Problem, Origin>,
  groups: readonly Group[],
): Problem[] {
  const programs = groups.flatMap((group) => group.programs);
  return problems.map((problem) => {
    const section = unknownUsers.get(problem);
    const own = programs.filter(({ origin }) => section !== undefined && origin === section);
    const forgiven = own.length > 0 && own.every(({ enabled }) => !enabled);
    return forgiven ? { ...problem, severity: 'warning' } : problem;
  });
}

export interface ExitPolicy {
  readonly image: ImageConfig;
  readonly redpill: Redpill;
  readonly debug: boolean;
  /** The sections that set exit_on= themselves. */
  readonly decided: ReadonlySet<Origin>;
}

/**
 * Settles what each program's end does to the container. Under debug nothing ends it; a program's own exit_on= comes
 * next; then the end of the main program and the FATAL of a monitored one do, unless redpill was switched off.
 */
export function withExitPolicy(groups: readonly Group[], policy: ExitPolicy, problems: Problem[]): Group[] {
  const { image, redpill, debug, decided } = policy;
  const programs = groups.flatMap((group) => group.programs);
  if (redpill.enabled === true) warnOfUnknown(programs, redpill.monitor, 'redpill monitors', problems);
  if (image.main !== null)
    warnOfUnknown(programs, [image.main], 'the image calls its main program', problems);
  return mapPrograms(groups, (program) => ({ ...program, exitOn: exitOnOf(program) }));

  function exitOnOf(program: Program): ExitOn {
    if (debug) return 'never';
    if (decided.has(program.origin) || redpill.enabled === false) return program.exitOn;
    if (isMain(program, image)) return 'exit';
    return redpill.monitor.some((name) => isNamed(program, name)) ? 'fatal' : 'never';
  }
}

/** `name`, `group:name`, `group:*`, or the name of its group. */
function isNamed(program: Program, name: string): boolean {
  return [program.name, program.group, `${program.group}:${program.name}`, `${program.group}:*`].includes(
    name,
  );
}

function warnOfUnknown(
  programs: readonly Program[],
  wanted: readonly string[],
  what: string,
  problems: Problem[],
): void {
  if (programs.length === 0) return;
  for (const name of wanted) {
    // A systemd unit; whether there is one is known when units are read.
    if (/\.(service|socket|timer|path|target)$/.test(name)) continue;
    if (programs.some((program) => isNamed(program, name))) continue;
    const remedy = didYouMean(
      name,
      programs.map((program) => program.name),
    );
    const message = `${what} ${name}, which is no program`;
    problems.push({ severity: 'warning', message, ...(remedy && { remedy }) });
  }
}

function mapPrograms(groups: readonly Group[], change: (program: Program) => Program): Group[] {
  return groups.map((group) => ({ ...group, programs: group.programs.map(change) }));
}
