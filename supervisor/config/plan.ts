// supervisord's main file and what it includes → one Plan, with every fault of them in supervisord's order.

import type { Origin, Plan, Problem } from '../model.ts';
import type { Overrides } from './command-line.ts';
import { dependencyProblems } from './dependencies.ts';
import { namesIn } from './expand.ts';
import { readGroups } from './group.ts';
import { readIncludes } from './include.ts';
import { emptyDocument, readInto, SUPERVISORD, type IniDocument } from './ini.ts';
import { unknownNames } from './keys.ts';
import { absolute, directoryOf } from './paths.ts';
import type { Context } from './reader.ts';
import { readInetServers, readRpcInterfaces, readSupervisorctl, readUnixServers } from './servers.ts';
import type { ConfigSource } from './source.ts';
import { checkUser, readSupervisor, supervisorDefaults } from './supervisord.ts';

export interface PlanRequest {
  readonly source: ConfigSource;
  /** The main file, as it was given on the command line. */
  readonly configFile: string;
  /** What `%(ENV_X)s` means, and what the programs inherit. */
  readonly environment: ReadonlyMap<string, string>;
  /** What supervisord's command line sets; it wins over [supervisord]. */
  readonly overrides?: Overrides;
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
    environment: variableNames(request.environment),
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
  const { config: written, environment } = readSupervisor(context);
  const config = { ...written, ...request.overrides };
  const rpcInterface = readRpcInterfaces(context);
  const groups = readGroups(context, environment);
  const inetServers = readInetServers(context);
  const unixServers = readUnixServers(context);
  checkUser(context, config);
  warnOfMoreServers(context, unixServers.length);
  problems.push(...unknownNames(document), ...dependencyProblems(groups, document.sections.keys()));
  const supervisorctl = readClient(context, request, text);
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

function warnOfMoreServers(context: Context, servers: number): void {
  if (servers < 2) return;
  context.problems.push({
    severity: 'warning',
    message: 'there is more than one [unix_http_server]; only the first is opened',
    remedy: 'keep one of them',
  });
}

/** The real client knows neither the included files nor what [supervisord] puts into the environment. */
function readClient(
  context: Context,
  { configFile, environment }: PlanRequest,
  text: string,
): ReturnType<typeof readSupervisorctl> {
  const document = emptyDocument();
  readInto(document, text, configFile, SUPERVISORD);
  const problems: Problem[] = [];
  const own = { ...context, document, problems, environment: variableNames(environment) };
  const client = readSupervisorctl(own);
  context.problems.push(...problems.map((problem): Problem => ({ ...problem, severity: 'warning' })));
  return client;
}

function variableNames(environment: ReadonlyMap<string, string>): Map<string, string | number> {
  return new Map([...environment].map(([name, value]) => [`ENV_${name}`, value]));
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
