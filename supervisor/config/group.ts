// The process groups: [group:x], then each program, event listener and fcgi-program that is in none, sorted by priority.

import type { EventListenerConfig, Group, Program, ResultHandler } from '../model.ts';
import { boolean, integer, listOfStrings, processOrGroupName } from './datatypes.ts';
import { BadValue } from './expand.ts';
import type { Section } from './ini.ts';
import { readPrograms } from './program.ts';
import { readSocket } from './fcgi.ts';
import { compare } from './python.ts';
import { readerOf, type Context, type Reader } from './reader.ts';
import { didYouMean } from './suggest.ts';

/** Every group of the configuration, in the order in which supervisord starts them. */
export function readGroups(context: Context, environment: ReadonlyMap<string, string>): Group[] {
  const sections = [...context.document.sections.values()];
  const taken = new Set<Section>();
  const ofType = (type: string): Section[] => sections.filter((section) => section.name.startsWith(type));
  const free = (type: string): Section[] => ofType(type).filter((section) => !taken.has(section));
  const groups = [
    ...ofType('group:').flatMap((section) => readGroup(context, section, taken, environment)),
    ...free('program:').flatMap((section) => readProgramGroup(context, section, environment)),
    ...ofType('eventlistener:').flatMap((section) => readListeners(context, section, environment)),
    ...free('fcgi-program:').flatMap((section) => readFcgi(context, section, environment)),
  ];
  return unique(
    context,
    groups.toSorted((one, two) => one.priority - two.priority || compare(one.name, two.name)),
  );
}

function here(context: Context): Map<string, string> {
  return new Map([['here', context.here]]);
}

function nameOf(reader: Reader): string | undefined {
  const { name } = reader.section;
  return reader.attempt(null, () => processOrGroupName(name.slice(name.indexOf(':') + 1)));
}

function readGroup(
  context: Context,
  section: Section,
  taken: Set<Section>,
  environment: ReadonlyMap<string, string>,
): Group[] {
  const reader = readerOf(context, section, here(context));
  const name = nameOf(reader);
  const members = reader.value('programs', '', listOfStrings) ?? [];
  const priority = reader.value('priority', '999', integer);
  const programs = members.flatMap((member): Program[] => {
    const program = memberOf(context, reader, member);
    if (program === undefined || name === undefined) return [];
    taken.add(program);
    return readPrograms(context, program, name, 'program', environment);
  });
  return name === undefined || priority === undefined ? [] : [{ name, priority, programs }];
}

/** The section that a group's member names. */
function memberOf(context: Context, group: Reader, member: string): Section | undefined {
  const { sections } = context.document;
  const program = sections.get(`program:${member}`);
  const fcgi = sections.get(`fcgi-program:${member}`);
  const id = `[${group.section.name}]`;
  if (program !== undefined && fcgi !== undefined) {
    const message = `${id} name ${member} is ambiguous (exists as program and fcgi-program)`;
    group.fail('programs', message, 'rename one of the two');
    return undefined;
  }
  if (program === undefined && fcgi === undefined) {
    const names = [...sections.keys()].map((name) => /^(?:fcgi-)?program:(.*)$/s.exec(name)?.[1] ?? '');
    group.fail(
      'programs',
      `${id} names unknown program or fcgi-program ${member}`,
      didYouMean(member, names),
    );
  }
  if (fcgi !== undefined) {
    group.warn('programs', `[${fcgi.name}] is in a group, where supervisord starts it without its socket`);
  }
  return program ?? fcgi;
}

function readProgramGroup(
  context: Context,
  section: Section,
  environment: ReadonlyMap<string, string>,
): Group[] {
  const reader = readerOf(context, section, here(context));
  const name = nameOf(reader);
  const priority = reader.value('priority', '999', integer);
  if (name === undefined) return [];
  const programs = readPrograms(context, section, name, 'program', environment);
  return priority === undefined ? [] : [{ name, priority, programs }];
}

const EVENTS = new Set(
  [
    'EVENT PROCESS_COMMUNICATION PROCESS_COMMUNICATION_STDERR PROCESS_COMMUNICATION_STDOUT PROCESS_GROUP',
    'PROCESS_GROUP_ADDED PROCESS_GROUP_REMOVED PROCESS_LOG PROCESS_LOG_STDERR PROCESS_LOG_STDOUT PROCESS_STATE',
    'PROCESS_STATE_BACKOFF PROCESS_STATE_EXITED PROCESS_STATE_FATAL PROCESS_STATE_RUNNING PROCESS_STATE_STARTING',
    'PROCESS_STATE_STOPPED PROCESS_STATE_STOPPING PROCESS_STATE_UNKNOWN REMOTE_COMMUNICATION',
    'SUPERVISOR_STATE_CHANGE SUPERVISOR_STATE_CHANGE_RUNNING SUPERVISOR_STATE_CHANGE_STOPPING TICK TICK_3600',
    'TICK_5 TICK_60',
  ].flatMap((line) => line.split(' ')),
);

const DEFAULT_HANDLER = 'supervisor.dispatchers:default_handler';

/** The functions that we have ourselves; the second is of the package supervisor-stdout, which prints what programs say. */
const HANDLERS: ReadonlyMap<string, ResultHandler> = new Map([
  [DEFAULT_HANDLER, 'default'],
  ['supervisor_stdout:event_handler', 'print'],
]);

/** An event listener's group is called what stands behind the colon, its own programs by the same name, trimmed. */
function readListeners(
  context: Context,
  section: Section,
  environment: ReadonlyMap<string, string>,
): Group[] {
  const reader = readerOf(context, section, here(context));
  const name = section.name.slice('eventlistener:'.length);
  const priority = reader.value('priority', '-1', integer);
  const bufferSize = reader.value('buffer_size', '10', integer);
  if (bufferSize !== undefined && bufferSize < 1) {
    const message = `[${section.name}] section sets invalid buffer_size (${bufferSize})`;
    reader.fail('buffer_size', message, 'write a number from 1');
  }
  const resultHandler = reader.value('result_handler', DEFAULT_HANDLER, (text) => {
    const handler = HANDLERS.get(text);
    if (handler !== undefined) return handler;
    throw new BadValue(`${text} cannot be resolved within [${section.name}]`, 'leave result_handler out');
  });
  const events = readEvents(reader);
  if (reader.value('redirect_stderr', 'false', boolean) === true) {
    reader.fail(
      'redirect_stderr',
      `[${section.name}] section sets redirect_stderr=true but this is not allowed because it will interfere with ` +
        'the eventlistener protocol',
      'leave redirect_stderr out',
    );
  }
  const programs = readPrograms(context, section, name, 'eventlistener', environment);
  if (priority === undefined || bufferSize === undefined || resultHandler === undefined || reader.failed())
    return [];
  const listener: EventListenerConfig = { events, bufferSize, resultHandler };
  return [{ name, priority, programs: programs.map((program) => ({ ...program, listener })) }];
}

function readEvents(reader: Reader): string[] {
  const names = reader.value('events', '', listOfStrings);
  if (names === undefined) return [];
  const id = `[${reader.section.name}]`;
  const events = [...new Set(names.map((name) => name.toUpperCase()))];
  if (events.length === 0) reader.fail('events', `${id} section requires an "events" line`, 'add events=');
  for (const event of events) {
    if (EVENTS.has(event)) continue;
    reader.fail('events', `Unknown event type ${event} in ${id} events`, didYouMean(event, EVENTS));
  }
  return events;
}

function readFcgi(context: Context, section: Section, environment: ReadonlyMap<string, string>): Group[] {
  const reader = readerOf(context, section, here(context));
  const name = nameOf(reader);
  const priority = reader.value('priority', '999', integer);
  const socket = name === undefined ? undefined : readSocket(context, reader, name);
  if (name === undefined) return [];
  const programs = readPrograms(context, section, name, 'fcgi-program', environment);
  if (priority === undefined || socket === undefined) return [];
  return [{ name, priority, programs: programs.map((program) => ({ ...program, socket })) }];
}

/** Of groups with one name supervisord runs the first, of processes with one name the last; neither is said there. */
function unique(context: Context, groups: readonly Group[]): Group[] {
  const seen = new Map<string, Group>();
  for (const group of groups) {
    if (seen.has(group.name)) warnDropped(context, `there are two groups ${group.name}`, group.programs[0]);
    else seen.set(group.name, group);
  }
  return [...seen.values()].map((group) => {
    const programs = new Map<string, Program>();
    for (const program of group.programs) {
      const other = programs.get(program.name);
      if (other !== undefined) warnDropped(context, `${group.name} has two processes ${program.name}`, other);
      programs.set(program.name, program);
    }
    return { ...group, programs: [...programs.values()] };
  });
}

function warnDropped(context: Context, what: string, dropped: Program | undefined): void {
  context.problems.push({
    severity: 'warning',
    message: `${what}: only one of them runs`,
    remedy: 'rename one of the two',
    ...(dropped && { origin: dropped.origin }),
  });
}
