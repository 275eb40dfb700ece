// [supervisord] → the settings of the supervisor itself, and the variables that it gives to every program.

import type { LogTarget, SupervisorConfig } from '../model.ts';
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
import { expand } from './expand.ts';
import { absolute, expandHome } from './paths.ts';
import { environmentPairs } from './program.ts';
import { readerOf, type Context } from './reader.ts';
import type { ConfigSource } from './source.ts';

export interface Supervisor {
  readonly config: SupervisorConfig;
  readonly environment: ReadonlyMap<string, string>;
}

/** Reads [supervisord]; a faulty value is noted, and its default stands in so that the rest can be checked. */
export function readSupervisor(context: Context): Supervisor {
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
export function checkUser(context: Context, config: SupervisorConfig): void {
  const section = context.document.sections.get('supervisord');
  const name = config.user;
  if (section === undefined || name === null) return;
  readerOf(context, section, new Map()).attempt('user', () => user(name, context.source));
}

/** What holds where [supervisord] says nothing. */
export function supervisorDefaults(source: ConfigSource): SupervisorConfig {
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
