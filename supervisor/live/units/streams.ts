// The three standard streams of a unit's process (systemd.exec(5), StandardInput= and its kin).

import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { JournalLine } from '../../control/units.ts';
import type { Pipeline } from '../../logs/pipeline.ts';
import type { StreamTarget } from '../../units/model.ts';
import type { UnitsContext } from './context.ts';
import type { UnitCommand } from './run-command.ts';
import { unitSink } from './unit-output.ts';

export interface Streams {
  /** What become 0, 1 and 2. */
  readonly descriptors: readonly [number, number, number];
  /** The process is there: reads what it writes, and closes what was opened for it. */
  begin(pid: number): readonly Pipeline[];
  /** The process has ended: takes what is in the pipe now. */
  drain(): void;
  /** There is no process. */
  abandon(): void;
}

/** A file that a stream goes to is made with this mode (less the umask). */
const FILE_MODE = 0o644;

/** Opens what is needed; throws where that fails, with nothing left open. */
export function openStreams(request: UnitCommand, context: UnitsContext, uid: number | null): Streams {
  const { settings, unit } = request;
  const { system } = context;
  const opened: number[] = [];
  let journal: { readonly readEnd: number; readonly writeEnd: number } | null = null;
  let pipelines: Pipeline[] = [];
  const closeAll = (): void => {
    for (const descriptor of opened.splice(0)) closeSync(descriptor);
  };
  const open = (path: string, flags: number): number => {
    const descriptor = openSync(path, flags | constants.O_NOCTTY, FILE_MODE);
    opened.push(descriptor);
    return descriptor;
  };
  const named = (name: string): number => {
    const socket = request.sockets.find((each) => each.name === name) ?? request.sockets[0];
    if (socket === undefined) throw new Error('No such file or directory');
    return socket.descriptor;
  };
  const connection = (): number => {
    const descriptor = request.connection ?? request.sockets[0]?.descriptor;
    if (descriptor === undefined) throw new Error('Invalid argument');
    return descriptor;
  };
  const input = (target: StreamTarget): number => {
    switch (target.kind) {
      case 'socket':
        return connection();
      case 'fd':
        return named(target.name);
      case 'file':
        return open(target.path, constants.O_RDONLY);
      case 'tty':
        return open('/dev/console', constants.O_RDWR);
      case 'data':
        return openData();
      case 'append':
      case 'truncate':
      case 'inherit':
      case 'journal':
      case 'null':
        return context.devNull;
    }
  };
  /** One pipe for both streams keeps the order of what is written. */
  const toJournal = (): number => {
    if (journal === null) {
      journal = system.pipe();
      if (uid !== null) system.giveAway(journal.writeEnd, uid);
    }
    return journal.writeEnd;
  };
  const output = (target: StreamTarget, inherited: number): number => {
    switch (target.kind) {
      case 'inherit':
        return inherited;
      case 'null':
        return open('/dev/null', constants.O_WRONLY);
      case 'tty':
        return open('/dev/console', constants.O_WRONLY);
      case 'journal':
        return toJournal();
      case 'socket':
        return connection();
      case 'fd':
        return named(target.name);
      case 'file':
        return open(target.path, constants.O_WRONLY | constants.O_CREAT);
      case 'append':
        return open(target.path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
      case 'truncate':
        return open(target.path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
      case 'data':
        return context.devNull;
    }
  };
  const openData = (): number => {
    const pipe = system.pipe();
    opened.push(pipe.readEnd);
    // What does not fit into a pipe would have nobody to read it yet.
    writeSync(pipe.writeEnd, (settings.standardInputData ?? new Uint8Array()).subarray(0, 65_536));
    closeSync(pipe.writeEnd);
    return pipe.readEnd;
  };
  const closePipe = (): void => {
    if (journal === null) return;
    closeSync(journal.readEnd);
    closeSync(journal.writeEnd);
  };

  try {
    const stdin = input(settings.standardInput);
    const stdout = output(settings.standardOutput, stdin);
    const stderr = output(settings.standardError, stdout);
    const { path } = request.command;
    const identifier = settings.syslogIdentifier ?? path.slice(path.lastIndexOf('/') + 1);
    return {
      descriptors: [stdin, stdout, stderr],
      begin(pid) {
        closeAll();
        if (journal === null) return [];
        system.close(journal.writeEnd);
        const target = {
          append: (line: JournalLine) => context.journal.append(line),
          console: context.consoles.stdout,
          format: context.format,
          wallClock: () => system.wallClock(),
        };
        const { syslogLevel: level, syslogLevelPrefix: prefixed } = settings;
        const sink = unitSink({ unit: unit.id, identifier, pid, level, prefixed }, target);
        const pipeline = context.pipes.read(
          journal.readEnd,
          sink,
          (listener) => context.consoles.stdout.whenDrained(listener),
          system,
        );
        void pipeline.ended.then(() => sink.close());
        pipelines = [pipeline];
        return pipelines;
      },
      drain: () => pipelines.forEach((pipeline) => pipeline.drain()),
      abandon() {
        closeAll();
        closePipe();
      },
    };
  } catch (error) {
    closeAll();
    closePipe();
    throw error;
  }
}
