// The command-line clients, connected to the real terminal and to the configuration that says where the supervisor listens.

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readPlan } from '../config/plan.ts';
import type { CtlConfig, CtlIo } from '../control/ctl-io.ts';
import { ctl } from '../control/ctl.ts';
import { supervisorctl } from '../control/supervisorctl.ts';
import { EXIT, UserError } from '../errors.ts';
import { configSource } from '../os/config-source.ts';
import { listUsage } from '../os/usage.ts';
import { candidates } from '../live/runtime-directory.ts';
import { findConfigFile } from './search-path.ts';

/** Resolves with the exit code. */
export function runControl(argv: readonly string[], name: 'initkit' | 'supervisorctl'): Promise<number> {
  const io = terminalIo(name);
  return name === 'initkit' ? ctl(argv, io) : supervisorctl(argv, io);
}

function terminalIo(programName: string): CtlIo {
  return {
    programName,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    readConfig: (path) => Promise.resolve(readConfig(path)),
    processes: listUsage,
    onInterrupt(listener) {
      process.on('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
  };
}

/** [supervisorctl] of the file; where a file that was found by itself has none, its socket is answer enough. */
function readConfig(path: string | null): CtlConfig | null {
  const configFile = path ?? findConfigFile(process.argv[1] ?? '');
  if (configFile === null) return null;
  const given = Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  const { plan } = readPlan({ source: configSource(), configFile, environment: new Map(given) });
  const { supervisorctl: section, unixServer } = plan;
  if (section !== undefined) return { ...section, serverUrl: whereItIs(section.serverUrl) };
  if (path !== null && plan.files.length === 0) {
    throw new UserError(`could not read config file ${path}`, EXIT.usage);
  }
  if (path !== null || unixServer === null) {
    throw new UserError('.ini file does not include supervisorctl section', EXIT.usage);
  }
  const { username, password } = unixServer;
  return {
    serverUrl: whereItIs(`unix://${unixServer.file}`),
    username,
    password,
    prompt: null,
    historyFile: null,
  };
}

/** The socket that is there: a supervisor without a writable /run has it below /tmp. */
function whereItIs(serverUrl: string): string {
  const path = serverUrl.replace(/^unix:\/\//, '');
  if (path === serverUrl || existsSync(path)) return serverUrl;
  const moved = candidates()
    .map((directory) => join(directory, basename(path)))
    .find((each) => existsSync(each));
  return moved === undefined ? serverUrl : `unix://${moved}`;
}
