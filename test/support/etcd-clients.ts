// Clients of etcd that count what they see: every write that was acknowledged, refused, or had no answer.

import { Agent, request, type IncomingMessage } from 'node:http';
import { eventually } from './eventually.ts';

/** For one request of a writer: etcd itself gives up after seven seconds. */
const ANSWER_MS = 15_000;

/** Writers of tests that failed before they stopped them. */
const running = new Set<AbortController>();

export function abortWriters(): void {
  for (const writer of running) writer.abort();
}

export interface WriterCounts {
  acknowledged: number;
  /** etcd itself answered that it could not. */
  refusedByEtcd: string[];
  /** There was no answer: the connection broke, or could not be had. */
  broken: string[];
}

export interface Writer {
  readonly counts: WriterCounts;
  /** Resolves when so many more writes have been acknowledged. */
  more(writes: number): Promise<void>;
  stop(): Promise<WriterCounts>;
}

/**
 * Writers that never stop, each with one connection of its own that it keeps until it is told no (etcd's JSON gateway), and
 * nothing that tries again: every write that fails is counted. Keys are `PREFIX/WRITER/NUMBER`, without gaps among those acknowledged.
 */
export function startWriters(base: string, writers: number, prefix: string): Writer {
  const counts: WriterCounts = { acknowledged: 0, refusedByEtcd: [], broken: [] };
  const end = new AbortController();
  running.add(end);
  const loops = Array.from({ length: writers }, async (_, writer) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let number = 0; !end.signal.aborted; number++) {
      const key = `${prefix}/${writer}/${number}`;
      try {
        const answer = await post(`${base}/v3/kv/put`, { key: encode(key), value: encode('x') }, agent);
        if (answer.status === 200) counts.acknowledged += 1;
        else {
          counts.refusedByEtcd.push(`${answer.status} ${answer.text.slice(0, 120)}`);
          // A member that is going down says so on connections that it has, and takes no new ones.
          agent.destroy();
        }
      } catch (error) {
        counts.broken.push(error instanceof Error ? error.message : String(error));
      }
    }
    agent.destroy();
  });
  return {
    counts,
    async more(writes) {
      const goal = counts.acknowledged + writes;
      await eventually(
        `${writes} more writes`,
        () => counts.acknowledged >= goal,
        () => JSON.stringify(counts),
      );
    },
    async stop() {
      running.delete(end);
      end.abort();
      await Promise.all(loops);
      return counts;
    },
  };
}

/** How many keys there are below a prefix. */
export async function countKeys(base: string, prefix: string): Promise<number> {
  const last = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  const body = { key: encode(prefix), range_end: encode(last), count_only: true };
  const { text } = await post(`${base}/v3/kv/range`, body, undefined);
  return Number((JSON.parse(text) as { count?: string }).count ?? 0);
}

/** One request; throws where there is no answer. */
export function post(
  url: string,
  body: object,
  agent: Agent | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        signal: AbortSignal.timeout(ANSWER_MS),
        ...(agent === undefined ? { agent: false } : { agent }),
      },
      (response: IncomingMessage) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => void (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    sent.on('error', reject).end(JSON.stringify(body));
  });
}

export function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
