// supervisord's main file and what it includes → one Plan, with every fault of them in supervisord's order.

import type { LogTarget, Origin, Plan, Problem, SupervisorConfig } from '../model.ts';
import {
  boolean,
  byteSize,
  existingDirectory,
  existingDirpath,
  fileTarget,
  integer,
  loggingLevel,
  octal,
  user,
} from './datatypes.ts';
import { dependencyProblems } from './dependencies.ts';
import { expand, namesIn } from './expand.ts';
import { readGroups } from './group.ts';
import { emptyDocument, readInto, SUPERVISORD, type IniDocument } from './ini.ts';
import { unknownNames } from './keys.ts';
import { absolute, directoryOf, expandHome, glob, join } from './paths.ts';
import { environmentPairs } from './program.ts';
import { splitBlanks } from './python.ts';
import { readerOf, type Context } from './reader.ts';
import { readInetServers, readRpcInterfaces, readSupervisorctl, readUnixServers } from './servers.ts';
import type { ConfigSource } from './source.ts';

export interface PlanRequest {
  readonly source: ConfigSource;
  /** The main file, as it was given on the command line. */
  readonly configFile: string;
  /** What `%(ENV_X)s` means, and what the programs inherit. */
  readonly environment: ReadonlyMap<string, string>;
}

export interface PlanReading {
  readonly plan: Plan;
  /** The variables that the files ask for by %(ENV_X)s. */
  readonly reads: ReadonlySet<string>;
  /** The sections that set exit_on= themselves. */
  readonly decided: ReadonlySet<Origin>;
  /** The problems that are no more than warnings where the program of this section is disabled. */
  readonly unknownUsers: ReadonlyMap<Problem, Origin>;
}

/** The reading of no file. */
export const NOTHING_READ = {
  reads: new Set<string>(),
  decided: new Set<Origin>(),
  unknownUsers: new Map<Problem, Origin>(),
};

/** Reads the configuration; its problems stand in the order in which supervisord would meet them. */
export function readPlan(request: PlanRequest): PlanReading {
  const { source, configFile } = request;
  const problems: Problem[] = [];
  const text = readText(source, configFile, problems);
  if (text === undefined) return { plan: emptyPlan(source, problems), ...NOTHING_READ };

  const document = emptyDocument();
  const context: Context = {
    source,
    document,
    here: absolute(directoryOf(configFile), source.cwd),
    home: request.environment.get('HOME'),
    environment: new Map([...request.environment].map(([name, value]) => [`ENV_${name}`, value])),
    problems,
    unknownUsers: new Map(),
  };
  problems.push(...readInto(document, text, configFile, SUPERVISORD));
  const files = [configFile, ...readIncludes(context, configFile)];
  const unreadable = problems.some(({ severity }) => severity === 'error');
  if (!document.sections.has('supervisord') && !unreadable) {
    problems.push({
      severity: 'error',
      message: '.ini file does not include supervisord section',
      remedy: 'add a line [supervisord]',
      origin: { file: configFile, line: 1 },
    });
  }
  const reads = variablesIn(document);
  const { config, environment } = readSupervisor(context);
  const rpcInterface = readRpcInterfaces(context);
  const groups = readGroups(context, environment);
  const inetServers = readInetServers(context);
  const unixServers = readUnixServers(context);
  checkUser(context, config);
  warnOfMoreServers(context, unixServers.length);
  problems.push(...unknownNames(document), ...dependencyProblems(groups, document.sections.keys()));
  const supervisorctl = readClient(context, configFile, text);
  const plan: Plan = {
    supervisor: config,
    groups,
    unixServer: unixServers[0] ?? null,
    inetServers,
    rpcInterface,
    ...(supervisorctl && { supervisorctl }),
    files,
    problems,
  };
  const sections = [...document.sections.values()];
  const decided = sections.filter(({ entries }) => entries.has('exit_on')).map(({ origin }) => origin);
  return { plan, reads, decided: new Set(decided), unknownUsers: context.unknownUsers };
}

function variablesIn(document: IniDocument): Set<string> {
  const sections = [document.defaults, ...document.sections.values()];
  const names = sections.flatMap(({ entries }) =>
    [...entries.values()].flatMap(({ value }) => namesIn(value)),
  );
  return new Set(names.filter((name) => name.startsWith('ENV_')).map((name) => name.slice('ENV_'.length)));
}

function readText(source: ConfigSource, path: string, problems: Problem[]): string | undefined {
  try {
    return source.readFile(path);
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    problems.push({
      severity: 'error',
      message: `could not ${missing ? 'find' : 'read'} config file ${path}`,
      remedy: missing ? 'name another file with -c' : 'check its permissions',
    });
    return undefined;
  }
}

/** Reads what [include] names, and replaces %(here)s in every value by the directory of the file it came from. */
function readIncludes(context: Context, mainFile: string): string[] {
  const { document, source, problems } = context;
  const include = document.sections.get('include');
  if (include === undefined) return [];
  replaceHere(document, context.here);
  const names = new Map([
    ...context.environment,
    ['here', context.here],
    ['host_node_name', source.hostName],
  ]);
  const reader = readerOf(context, include, names);
  const raw = reader.raw('files');
  if (raw === null) {
    reader.fail(null, '.ini file has [include] section, but no files setting', 'add files=');
    return [];
  }
  const patterns = reader.attempt('files', () => splitBlanks(expand(raw, names, 'include.files'))) ?? [];
  const base = directoryOf(absolute(mainFile, source.cwd));
  return patterns.flatMap((name) => {
    const pattern = join(base, name);
    const files = glob(pattern, source);
    if (files.length === 0) reader.warn('files', `No file matches via include "${pattern}"`);
    return files.filter((file) => readIncluded(context, file, problems));
  });
}

function readIncluded(context: Context, file: string, problems: Problem[]): boolean {
  let text: string;
  try {
    text = context.source.readFile(file);
  } catch {
    // Python's reader skips what it cannot open, and says nothing.
    problems.push({
      severity: 'warning',
      message: `cannot read ${file}, which is included; it is left out`,
      remedy: 'check its permissions',
      origin: { file, line: 1 },
    });
    return false;
  }
  const faults = readInto(context.document, text, file, SUPERVISORD);
  // A file that two patterns match is read twice.
  if (!problems.some(({ origin }) => origin?.file === file)) problems.push(...faults);
  replaceHere(context.document, absolute(directoryOf(file), context.source.cwd));
  return true;
}

function replaceHere(document: IniDocument, here: string): void {
  for (const section of document.sections.values()) {
    for (const [key, entry] of new Map([...document.defaults.entries, ...section.entries])) {
      if (!entry.value.includes('%(here)s')) continue;
      section.entries.set(key, { ...entry, value: entry.value.replaceAll('%(here)s', here) });
    }
  }
}

interface Supervisor {
  readonly config: SupervisorConfig;
  readonly environment: ReadonlyMap<string, string>;
}

/** [supervisord]; a faulty value is noted, and its default stands in so that the rest can be checked. */
function readSupervisor(context: Context): Supervisor {
  const { source, document, home } = context;
  const section = document.sections.get('supervisord');
  const defaults = supervisorDefaults(source);
  if (section === undefined) return { config: defaults, environment: new Map() };
  const reader = readerOf(context, section, new Map([['here', context.here]]));
  const minfds = reader.value('minfds', '1024', integer);
  const minprocs = reader.value('minprocs', '200', integer);
  const directory = reader.optional('directory', (text) => existingDirectory(text, source, home));
  const account = reader.text('user');
  const umask = reader.value('umask', '022', octal);
  const normalized = (text: string): string => absolute(expandHome(text, source, home), source.cwd);
  const dirpath = (text: string): string => normalized(existingDirpath(text, source, home));
  const logfile = reader.value('logfile', 'supervisord.log', (text): LogTarget =>
    text === 'syslog' ? { kind: 'syslog' } : fileTarget(dirpath(text)),
  );
  const logfileMaxBytes = reader.value('logfile_maxbytes', '50MB', byteSize);
  const logfileBackups = reader.value('logfile_backups', '10', integer);
  const loglevel = reader.value('loglevel', 'info', loggingLevel);
  const pidfile = reader.value('pidfile', 'supervisord.pid', dirpath);
  const identifier = reader.value('identifier', 'supervisor', (text) => text);
  const nodaemon = reader.value('nodaemon', 'false', boolean);
  const silent = reader.value('silent', 'false', boolean);
  const childLogDir = reader.optional('childlogdir', (text) => existingDirectory(text, source, home));
  const nocleanup = reader.value('nocleanup', 'false', boolean);
  const stripAnsi = reader.value('strip_ansi', 'false', boolean);
  const environment = readEnvironment(context, section.name);
  const config: SupervisorConfig = {
    logfile: logfile ?? defaults.logfile,
    logfileMaxBytes: logfileMaxBytes ?? defaults.logfileMaxBytes,
    logfileBackups: logfileBackups ?? defaults.logfileBackups,
    loglevel: loglevel ?? defaults.loglevel,
    pidfile: pidfile ?? defaults.pidfile,
    umask: umask ?? defaults.umask,
    nodaemon: nodaemon ?? defaults.nodaemon,
    silent: silent ?? defaults.silent,
    minfds: minfds ?? defaults.minfds,
    minprocs: minprocs ?? defaults.minprocs,
    nocleanup: nocleanup ?? defaults.nocleanup,
    childLogDir: childLogDir ?? defaults.childLogDir,
    user: account ?? null,
    directory: directory ?? null,
    stripAnsi: stripAnsi ?? defaults.stripAnsi,
    environment: Object.fromEntries(environment),
    identifier: identifier ?? defaults.identifier,
  };
  return { config, environment };
}

/** [supervisord] environment= is expanded twice; from here on the programs may ask for what it sets. */
function readEnvironment(context: Context, name: string): ReadonlyMap<string, string> {
  const section = context.document.sections.get(name);
  if (section === undefined) return new Map();
  const here = new Map([['here', context.here]]);
  const reader = readerOf(context, section, here);
  const names = new Map([...context.environment, ...here, ['host_node_name', context.source.hostName]]);
  const environment =
    reader.value('environment', '', (text) => environmentPairs(reader, expand(text, names, 'environment'))) ??
    new Map<string, string>();
  for (const [key, value] of environment) context.environment.set(`ENV_${key}`, value);
  return environment;
}

/** supervisord looks at its own user only after everything else. */
function checkUser(context: Context, config: SupervisorConfig): void {
  const section = context.document.sections.get('supervisord');
  const name = config.user;
  if (section === undefined || name === null) return;
  readerOf(context, section, new Map()).attempt('user', () => user(name, context.source));
}

function warnOfMoreServers(context: Context, servers: number): void {
  if (servers < 2) return;
  context.problems.push({
    severity: 'warning',
    message: 'there is more than one [unix_http_server]; only the first is opened',
    remedy: 'keep one of them',
  });
}

function readClient(context: Context, file: string, text: string): ReturnType<typeof readSupervisorctl> {
  const document = emptyDocument();
  readInto(document, text, file, SUPERVISORD);
  const problems: Problem[] = [];
  const client = readSupervisorctl({ ...context, document, problems });
  context.problems.push(...problems.map((problem): Problem => ({ ...problem, severity: 'warning' })));
  return client;
}

function supervisorDefaults(source: ConfigSource): SupervisorConfig {
  return {
    logfile: { kind: 'file', path: absolute('supervisord.log', source.cwd) },
    logfileMaxBytes: 50 * 1024 * 1024,
    logfileBackups: 10,
    loglevel: 'info',
    pidfile: absolute('supervisord.pid', source.cwd),
    umask: 0o022,
    nodaemon: false,
    silent: false,
    minfds: 1024,
    minprocs: 200,
    nocleanup: false,
    childLogDir: source.tempDir,
    user: null,
    directory: null,
    stripAnsi: false,
    environment: {},
    identifier: 'supervisor',
  };
}

/** The plan of a supervisor without a configuration. */
export function emptyPlan(source: ConfigSource, problems: readonly Problem[] = []): Plan {
  return {
    supervisor: supervisorDefaults(source),
    groups: [],
    unixServer: null,
    inetServers: [],
    rpcInterface: false,
    files: [],
    problems,
  };
}
