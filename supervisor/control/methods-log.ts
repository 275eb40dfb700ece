// The methods that read and clear logs.

import { integer, text } from './arguments.ts';
import type { ClearOutcome, Commands, Log, StreamName } from './commands.ts';
import { Fault } from './faults.ts';
import { allByPriority, findProcess } from './find.ts';
import { readLog, tailLog } from './log-read.ts';
import { NAME_PARAMETER } from './method.ts';
import type { Method, MethodTable, Parameter } from './method.ts';
import { forEach } from './methods-process.ts';
import type { Value } from './xmlrpc.ts';

const OFFSET: Parameter = {
  type: 'int',
  name: 'offset',
  help: 'where to begin; negative counts from the end, and then length must be 0',
};
const LENGTH: Parameter = { type: 'int', name: 'length', help: 'how many bytes; 0 for all that follow' };
const TRUE = { type: 'boolean', help: 'always true; a fault otherwise' } as const;
const TEXT = { type: 'string', help: 'the bytes as text; what XML cannot hold is replaced' } as const;

const readMain: Method = {
  summary: 'Reads a piece of the main log.',
  params: [OFFSET, LENGTH],
  returns: TEXT,
  call: ({ commands }, [offset, length]) => read(commands.mainLog(), integer(offset), integer(length)),
};

const clearProcess: Method = {
  summary: 'Empties the logs of a process.',
  params: [NAME_PARAMETER],
  returns: TRUE,
  call: ({ commands }, [name]) => clearLogs(commands, text(name)),
};

export const LOG_METHODS: MethodTable = {
  readLog: readMain,
  readMainLog: readMain,
  clearLog: {
    summary: 'Empties the main log.',
    params: [],
    returns: TRUE,
    call: async ({ commands }) => cleared(await (commands.mainLog()?.clear() ?? { kind: 'no-file' })),
  },
  readProcessStdoutLog: readStream('stdout'),
  readProcessLog: readStream('stdout'),
  readProcessStderrLog: readStream('stderr'),
  tailProcessStdoutLog: tailStream('stdout'),
  tailProcessLog: tailStream('stdout'),
  tailProcessStderrLog: tailStream('stderr'),
  clearProcessLogs: clearProcess,
  clearProcessLog: clearProcess,
  clearAllProcessLogs: {
    summary: 'Empties the logs of every process.',
    params: [],
    returns: { type: 'array', help: 'a status struct for each process: name, group, status, description' },
    call: ({ commands }) => forEach(allByPriority(commands), (_process, name) => clearLogs(commands, name)),
  },
};

function readStream(stream: StreamName): Method {
  return {
    summary: `Reads a piece of the ${stream} log of a process.`,
    params: [NAME_PARAMETER, OFFSET, LENGTH],
    returns: TEXT,
    call: ({ commands }, [name, offset, length]) => {
      const log = commands.processLog(findProcess(commands, text(name)), stream);
      return read(log, integer(offset), integer(length));
    },
  };
}

function tailStream(stream: StreamName): Method {
  return {
    summary: `Reads the ${stream} log of a process from an offset on, but no more than its last bytes.`,
    params: [NAME_PARAMETER, OFFSET, { ...LENGTH, help: 'how many bytes at most' }],
    returns: {
      type: 'array',
      help: '[text, size of the log, whether more than length bytes followed offset]',
    },
    call: async ({ commands }, [name, offset, length]) => {
      const log = commands.processLog(findProcess(commands, text(name)), stream);
      const tail = await tailLog(log, integer(offset), integer(length));
      return [decode(tail.bytes), tail.offset, tail.overflow];
    },
  };
}

async function read(log: Log | null, offset: number, length: number): Promise<string> {
  const outcome = await readLog(log, offset, length);
  switch (outcome.kind) {
    case 'read':
      return decode(outcome.bytes);
    case 'no-file':
      throw new Fault('NO_FILE', log?.place.kind === 'file' ? log.place.path : undefined);
    case 'bad-arguments':
      throw new Fault('BAD_ARGUMENTS');
    case 'failed':
      throw new Fault('FAILED', outcome.message);
  }
}

async function clearLogs(commands: Commands, name: string): Promise<true> {
  const process = findProcess(commands, name);
  for (const stream of ['stdout', 'stderr'] as const) {
    const outcome = await commands.processLog(process, stream)?.clear();
    if (outcome?.kind === 'failed') throw new Fault('FAILED', name);
  }
  return true;
}

function cleared(outcome: ClearOutcome): Value {
  if (outcome.kind === 'no-file') throw new Fault('NO_FILE');
  if (outcome.kind === 'failed') throw new Fault('FAILED');
  return true;
}

/** Logs may hold anything: bytes that are not UTF-8 become U+FFFD, where supervisord answers 500. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
