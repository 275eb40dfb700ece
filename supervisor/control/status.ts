// What GET /status and GET /metrics answer: the state of everything, as JSON and as Prometheus text. Pure.

import type { Program } from '../model.ts';
import { STATE_CODES } from '../process/state.ts';
import type { StateName } from '../process/state.ts';
import type { Commands, ProcessSnapshot } from './commands.ts';
import { describe, exitStatus } from './describe.ts';
import { allByName } from './find.ts';

export interface Status {
  readonly supervisor: {
    readonly state: string;
    readonly pid: number;
    readonly identification: string;
    readonly version: string;
    readonly startedAt: string;
  };
  readonly healthy: boolean;
  readonly reasons: readonly string[];
  readonly processes: readonly ProcessStatus[];
}

export interface ProcessStatus {
  readonly group: string;
  readonly name: string;
  readonly type: Program['type'];
  readonly state: StateName;
  readonly description: string;
  readonly pid: number | null;
  readonly startedAt: string | null;
  readonly stoppedAt: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly spawnError: string | null;
  readonly restarts: number;
  readonly ready: boolean;
  /** When its schedule= starts it next. */
  readonly nextRunAt: string | null;
  /** What the program says of itself in its status_file. */
  readonly statusText: string | null;
  readonly stdoutLogfile: string | null;
  readonly stderrLogfile: string | null;
}

/** `textOf` gives what a program says of itself. */
export function status(
  commands: Commands,
  nowMs: number,
  textOf: (process: ProcessSnapshot) => string | null,
): Status {
  const { state, pid, identification, version, startedAtMs } = commands.info();
  return {
    supervisor: { state, pid, identification, version, startedAt: iso(startedAtMs) },
    ...commands.health(),
    processes: allByName(commands).map((process) => processStatus(process, nowMs, textOf(process))),
  };
}

/** Prometheus' text format, version 0.0.4. */
export function metrics(commands: Commands): string {
  const info = commands.info();
  const processes = allByName(commands);
  const each = (value: (process: ProcessSnapshot) => number | null): Sample[] =>
    processes.flatMap((process) => {
      const number = value(process);
      return number === null ? [] : [{ labels: labelsOf(process), value: number }];
    });
  const states = processes.flatMap((process) =>
    Object.keys(STATE_CODES).map((state) => ({
      labels: { ...labelsOf(process), state },
      value: Number(process.state === state),
    })),
  );
  return [
    metric('initkit_info', 'gauge', 'The supervisor itself.', [
      { labels: { version: info.version, identification: info.identification, state: info.state }, value: 1 },
    ]),
    metric('initkit_start_time_seconds', 'gauge', 'When the supervisor started.', [
      { labels: {}, value: info.startedAtMs / 1000 },
    ]),
    metric('initkit_healthy', 'gauge', 'Whether everything that is monitored is well.', [
      { labels: {}, value: Number(commands.health().healthy) },
    ]),
    metric(
      'initkit_process_state',
      'gauge',
      'One for the state that a process is in, zero for the others.',
      states,
    ),
    metric(
      'initkit_process_up',
      'gauge',
      'Whether a process is RUNNING.',
      each((p) => Number(p.state === 'RUNNING')),
    ),
    metric(
      'initkit_process_ready',
      'gauge',
      'Whether a process is RUNNING and ready.',
      each((p) => Number(p.ready)),
    ),
    metric(
      'initkit_process_restarts_total',
      'counter',
      'Starts that nobody asked for.',
      each((p) => p.restarts),
    ),
    metric(
      'initkit_process_start_time_seconds',
      'gauge',
      'When a process was last started.',
      each((p) => (p.startedAtMs === null ? null : p.startedAtMs / 1000)),
    ),
    metric(
      'initkit_process_exit_status',
      'gauge',
      'How a process last ended; -1 is by a signal.',
      each((p) => (p.exit === null ? null : exitStatus(p))),
    ),
  ].join('');
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function metric(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value }) => `${name}${writeLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function writeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function labelsOf({ group, name }: ProcessSnapshot): { group: string; name: string } {
  return { group, name };
}

function processStatus(process: ProcessSnapshot, nowMs: number, statusText: string | null): ProcessStatus {
  const { group, name, state, pid, spawnError, restarts, ready, stdoutLogfile, stderrLogfile } = process;
  return {
    group,
    name,
    type: process.program.type,
    state,
    description: describe(process, nowMs),
    pid,
    startedAt: process.startedAtMs === null ? null : iso(process.startedAtMs),
    stoppedAt: process.stoppedAtMs === null ? null : iso(process.stoppedAtMs),
    exitCode: process.exit?.code ?? null,
    signal: process.exit?.signal ?? null,
    spawnError,
    restarts,
    ready,
    nextRunAt: process.nextRunAtMs === null ? null : iso(process.nextRunAtMs),
    statusText,
    stdoutLogfile,
    stderrLogfile,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
