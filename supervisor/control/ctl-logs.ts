// `initkit logs`: the output of several processes at once, each line with the name of its process.

import { follow, StatusError } from './client.ts';
import type { Session } from './ctl-session.ts';
import { faultCodeOf } from './ctl-session.ts';
import { CTL_EXIT } from './ctl-text.ts';
import { FAULT_CODES } from './faults.ts';
import { joinName, splitName } from './names.ts';
import type { ProcessInfo } from './rpc-client.ts';

const TAIL_BYTES = 4096;

export async function showLogs(
  session: Session,
  names: readonly string[],
  isFollowing: boolean,
): Promise<number> {
  const chosen = choose(session, await session.rpc.allProcessInfo(), names);
  const width = Math.max(0, ...chosen.map((name) => name.length));
  const streams = chosen.flatMap((name) =>
    STREAMS.map((stream) => ({ name, stream, write: prefixer(session, name.padEnd(width)) })),
  );
  if (isFollowing) await followAll(session, streams);
  for (const stream of streams) {
    if (!isFollowing) await showOne(session, stream);
    stream.write.end();
  }
  return session.exitCode;
}

const STREAMS = [
  { channel: 'stdout', method: 'readProcessStdoutLog' },
  { channel: 'stderr', method: 'readProcessStderrLog' },
] as const;

interface Stream {
  readonly name: string;
  readonly stream: (typeof STREAMS)[number];
  readonly write: Prefixer;
}

interface Prefixer {
  (text: string): void;
  /** Writes what is left of a line without an end. */
  readonly end: () => void;
}

async function showOne(session: Session, { name, stream, write }: Stream): Promise<void> {
  try {
    write(await session.rpc.text(stream.method, name, -TAIL_BYTES, 0));
  } catch (error) {
    if (faultCodeOf(error) !== FAULT_CODES.NO_FILE) throw error;
  }
}

async function followAll(session: Session, streams: readonly Stream[]): Promise<void> {
  const abort = new AbortController();
  const release = session.onInterrupt(() => abort.abort());
  const one = async ({ name, stream, write }: Stream): Promise<void> => {
    try {
      await follow(
        session.target,
        `/logtail/${encodeURIComponent(name)}/${stream.channel}`,
        write,
        abort.signal,
      );
    } catch (error) {
      if (!(error instanceof StatusError && error.status === 404)) throw error;
    }
  };
  try {
    await Promise.all(streams.map(one));
  } finally {
    release();
    abort.abort();
  }
}

/** Text comes in any pieces; lines of several processes must not mix. */
function prefixer(session: Session, prefix: string): Prefixer {
  let rest = '';
  const write = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) session.output(`${prefix} | ${line}`);
  };
  const end = (): void => {
    if (rest !== '') write('\n');
  };
  return Object.assign(write, { end });
}

function choose(session: Session, infos: readonly ProcessInfo[], names: readonly string[]): string[] {
  const all = infos.map((info) => ({ ...info, full: joinName(info.group, info.name) }));
  if (names.length === 0 || names.includes('all')) return all.map((info) => info.full);
  return names.flatMap((given) => {
    const { group, name } = splitName(given);
    const matching = all.filter((info) => info.group === group && (name === null || info.name === name));
    if (matching.length === 0) {
      session.io.stderr.write(`initkit: there is no ${given}\n`);
      session.exitCode = CTL_EXIT.generic;
    }
    return matching.map((info) => info.full);
  });
}
