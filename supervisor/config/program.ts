// One [program:x], [fcgi-program:x] or [eventlistener:x] → its Programs, read in supervisord's order of evaluation.

import type { Program } from '../model.ts';
import {
  autorestart,
  boolean,
  exitCodes,
  integer,
  keyValuePairs,
  octal,
  processOrGroupName,
  signal,
  user,
} from './datatypes.ts';
import { expand, type Expansions } from './expand.ts';
import { readExtras } from './extras.ts';
import type { Section } from './ini.ts';
import { compare, repr } from './python.ts';
import { inSection, merged, readerOf, type Context, type Reader } from './reader.ts';
import { splitCommand } from './shlex.ts';
import { readCapture, readStream, redirectedStream } from './streams.ts';

/** The processes of a section, sorted as supervisord sorts them; empty where the section is faulty. */
export function readPrograms(
  context: Context,
  section: Section,
  group: string,
  kind: Program['kind'],
  supervisorEnvironment: ReadonlyMap<string, string>,
): Program[] {
  const suffix = inSection(section);
  const bare = readerOf(context, section, new Map(), suffix);
  const name = bare.attempt(null, () =>
    processOrGroupName(section.name.slice(section.name.indexOf(':') + 1)),
  );
  if (name === undefined) return [];
  const names = new Map<string, string | number>([
    ['here', context.here],
    ['program_name', name],
    ['host_node_name', context.source.hostName],
    ['group_name', group],
  ]);
  const reader = readerOf(context, section, names, suffix);
  const common = readCommon(context, reader);
  checkTogether(reader, common);
  if (common.count === undefined || common.start === undefined || common.count > MOST_PROCESSES) return [];

  const programs: Program[] = [];
  for (let number = common.start; number < common.start + common.count; number += 1) {
    names.set('process_num', number).set('numprocs', common.count);
    const expansions = merged(names, context.environment);
    const own = readProcess(context, reader, common, expansions, names);
    const settings = complete(common.settings);
    const extras = readExtras(reader, expansions);
    // Further processes would only repeat the faults of the first.
    if (reader.failed() || own === undefined || settings === undefined || extras === undefined) return [];
    programs.push({
      kind,
      group,
      origin: section.origin,
      ...own,
      environment: Object.fromEntries([...supervisorEnvironment, ...own.environment]),
      ...settings,
      ...extras,
    });
  }
  return programs.toSorted((one, two) => compare(one.name, two.name));
}

type Common = ReturnType<typeof readCommon>;

/** What is the same for all processes of the section; a faulty value is undefined and noted. */
function readCommon(context: Context, reader: Reader) {
  const priority = reader.value('priority', '999', integer);
  const autostart = reader.value('autostart', 'true', boolean);
  const restart = reader.value('autorestart', 'unexpected', autorestart);
  const startSecs = reader.value('startsecs', '1', integer);
  const startRetries = reader.value('startretries', '3', integer);
  const stopSignal = reader.value('stopsignal', 'TERM', signal);
  const stopWaitSecs = reader.value('stopwaitsecs', '10', integer);
  const stopAsGroup = reader.value('stopasgroup', 'false', boolean);
  const killAsGroup = reader.value('killasgroup', String(stopAsGroup ?? false), boolean);
  const codes = reader.value('exitcodes', '0', exitCodes);
  const redirectStderr = reader.value('redirect_stderr', 'false', boolean);
  const count = reader.value('numprocs', '1', integer);
  const start = reader.value('numprocs_start', '0', integer);
  const stdoutCapture = readCapture(reader, 'stdout');
  const stderrCapture = readCapture(reader, 'stderr');
  const settings = {
    priority,
    autostart,
    autorestart: restart,
    startSecs,
    startRetries,
    stopSignal,
    stopWaitSecs,
    stopAsGroup,
    killAsGroup,
    exitCodes: codes,
    redirectStderr,
    serverUrl: reader.optional('serverurl', (text) => (/^\s*(?:auto\s*)?$/i.test(text) ? null : text)),
    user: readUser(context, reader),
    umask: reader.optional('umask', octal),
  };
  const nameTemplate = reader.attempt('process_name', () =>
    processOrGroupName(reader.raw('process_name') ?? '%(program_name)s'),
  );
  return { settings, count, start, stdoutCapture, stderrCapture, nameTemplate };
}

/** An unknown user is an error, but one that is forgiven where the program turns out to be disabled: it is set apart. */
function readUser(context: Context, reader: Reader): string | null | undefined {
  const text = reader.text('user');
  if (typeof text !== 'string') return text;
  const known = context.problems.length;
  const apart = readerOf(context, reader.section, new Map(), inSection(reader.section));
  apart.attempt('user', () => user(text, context.source));
  const [problem] = context.problems.slice(known);
  if (problem !== undefined) context.unknownUsers.set(problem, reader.section.origin);
  return text;
}

type Complete<T> = { readonly [Key in keyof T]: Exclude<T[Key], undefined> };

/** The settings that go into every process as they are, or undefined where one is faulty. */
function complete(settings: Common['settings']): Complete<Common['settings']> | undefined {
  // The cast says no more than the test: none of the values is undefined.
  return Object.values(settings).includes(undefined) ? undefined : (settings as Complete<Common['settings']>);
}

/** More than anybody means: a slip of the keyboard must not keep PID 1 busy for minutes. */
const MOST_PROCESSES = 10_000;

function checkTogether(reader: Reader, common: Common): void {
  if ((common.count ?? 0) > MOST_PROCESSES) {
    reader.fail('numprocs', `numprocs is above ${MOST_PROCESSES}`, 'write a smaller number');
  }
  if ((common.count ?? 0) > 1 && common.nameTemplate?.includes('%(process_num)') === false) {
    reader.fail(
      'process_name',
      '%(process_num) must be present within process_name when numprocs > 1',
      'set process_name=%(program_name)s_%(process_num)02d',
    );
  }
  if (common.settings.stopAsGroup === true && common.settings.killAsGroup === false) {
    reader.fail(
      'killasgroup',
      'Cannot set stopasgroup=true and killasgroup=false',
      'leave killasgroup out: it follows stopasgroup',
    );
  }
}

type Own = Pick<
  Program,
  'name' | 'directory' | 'commandLine' | 'argv' | 'commandProblem' | 'stdout' | 'stderr'
> & {
  readonly environment: ReadonlyMap<string, string>;
};

/** What may differ between the processes of one section. `names` gains the ENV_X of the program's own environment. */
function readProcess(
  context: Context,
  reader: Reader,
  common: Common,
  expansions: Map<string, string | number>,
  names: Map<string, string | number>,
): Own | undefined {
  const environment = readEnvironment(reader, expansions);
  for (const [key, value] of environment ?? []) {
    expansions.set(`ENV_${key}`, value);
    names.set(`ENV_${key}`, value);
  }
  const directory = reader.optional('directory', (text) => text, expansions);
  const stdout = readStream(context, reader, 'stdout', common.stdoutCapture, expansions);
  const stderr = readStream(context, reader, 'stderr', common.stderrCapture, expansions);
  const command = reader.optional('command', (text) => text, expansions);
  if (command === null) {
    reader.fail(null, `program section ${reader.section.name} does not specify a command`, 'add command=');
  }
  const { nameTemplate } = common;
  const name =
    nameTemplate && reader.attempt('process_name', () => expand(nameTemplate, expansions, 'process_name'));
  if (
    environment === undefined ||
    directory === undefined ||
    stdout === undefined ||
    stderr === undefined ||
    command === null ||
    command === undefined ||
    name === undefined
  ) {
    return undefined;
  }
  return {
    name,
    environment,
    directory,
    stdout,
    stderr: common.settings.redirectStderr === true ? redirectedStream(reader, stderr) : stderr,
    commandLine: command,
    ...split(reader, command),
  };
}

function readEnvironment(reader: Reader, expansions: Expansions): ReadonlyMap<string, string> | undefined {
  const text = reader.raw('environment') ?? '';
  return reader.attempt('environment', () =>
    environmentPairs(reader, expand(text, expansions, 'environment')),
  );
}

/** `environment=` of any section; warns of what an unquoted `#` drops. */
export function environmentPairs(reader: Reader, text: string): ReadonlyMap<string, string> {
  const [pairs, skipped] = keyValuePairs(text);
  if (skipped !== '') {
    const lost = skipped.trim();
    reader.warn(
      'environment',
      `environment= ends at an unquoted #: ${lost} is dropped`,
      'put the value into quotes',
    );
  }
  return pairs;
}

/** A command that cannot be split is no fault of the configuration: the program fails when it is started. */
function split(reader: Reader, command: string): Pick<Program, 'argv' | 'commandProblem'> {
  const result = splitCommand(command);
  if (result.ok && result.words.length > 0) return { argv: result.words };
  const reason = result.ok ? 'command is empty' : `can't parse command ${repr(command)}: ${result.reason}`;
  reader.warn('command', reason, result.ok ? 'add a command' : 'close the quotes');
  return { argv: [], commandProblem: reason };
}
