// The status of 100 programs by XML-RPC: requests per second, and latency while eight clients ask all the time.

import { connect, type Socket } from 'node:net';
import { interleave, type Case } from '../case.ts';
import { endAll, pause, socketOf, startInit } from '../inits.ts';

const CLIENTS = 8;
const WARM_MS = 500;
const WATCHED_MS = 3000;

const BODY =
  '<?xml version="1.0"?><methodCall><methodName>supervisor.getAllProcessInfo</methodName><params></params></methodCall>';
const REQUEST = `POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

export const control: Case = {
  name: 'control',
  title: 'status of 100 programs by XML-RPC',
  place: 'container',
  rounds: 3,
  metrics: [
    {
      name: 'requests',
      title: 'status of 100 programs by XML-RPC, one client',
      unit: 'per s',
      better: 'higher',
      contenders: ['initkit', 'supervisord'],
      aims: [{ of: 'initkit', to: 'supervisord', atLeast: 5 }],
    },
    {
      name: 'requests of 8',
      title: 'status of 100 programs by XML-RPC, eight clients',
      unit: 'per s',
      better: 'higher',
      contenders: ['initkit', 'supervisord'],
      aims: [{ of: 'initkit', to: 'supervisord', atLeast: 5 }],
    },
    {
      name: 'latency',
      title: 'the slowest of 100 answers to each of eight clients',
      unit: 'ms',
      better: 'lower',
      contenders: ['initkit', 'supervisord'],
      aims: [],
    },
  ],
  async run(bench) {
    const contenders = (['initkit', 'supervisord'] as const).map((name) => ({
      name,
      running: startInit(name, { programs: { count: 100, command: 'echo up; exec sleep 1000' } }),
    }));
    for (const { running } of contenders) await running.lines(100);
    await pause(3000);
    await interleave(bench, contenders, async ({ name, running }, round) => {
      const one = await load(socketOf(running), 1);
      const eight = await load(socketOf(running), CLIENTS);
      bench.sample({ metric: 'requests', contender: name, round, value: one.perSecond });
      bench.sample({ metric: 'requests of 8', contender: name, round, value: eight.perSecond });
      bench.sample({ metric: 'latency', contender: name, round, value: eight.p99Ms });
    });
    await endAll();
  },
};

/** Each client asks again as soon as it has its answer, over one connection. */
async function load(path: string, clients: number): Promise<{ perSecond: number; p99Ms: number }> {
  const begin = performance.now() + WARM_MS;
  const end = begin + WATCHED_MS;
  const latencies: number[] = [];
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const socket = connect(path);
      while (performance.now() < end) {
        const askedAt = performance.now();
        await ask(socket);
        const answeredAt = performance.now();
        if (askedAt >= begin && answeredAt < end) latencies.push(answeredAt - askedAt);
      }
      socket.destroy();
    }),
  );
  latencies.sort((one, two) => one - two);
  return {
    perSecond: latencies.length / (WATCHED_MS / 1000),
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? NaN,
  };
}

/** One request and its whole answer; a client that costs as little as it can. */
function ask(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let expected = -1;
    let received = 0;
    const take = (chunk: Buffer): void => {
      received += chunk.length;
      if (expected === -1) {
        const head = chunk.indexOf('\r\n\r\n');
        const [, length] = /content-length: (\d+)/i.exec(chunk.toString('latin1', 0, head)) ?? [];
        if (head === -1 || length === undefined) return reject(new Error('cannot read the answer'));
        expected = head + 4 + Number(length);
      }
      if (received < expected) return;
      socket.off('data', take).off('error', reject).off('close', onClose);
      resolve();
    };
    const onClose = (): void => reject(new Error('the connection was closed'));
    socket.on('data', take).on('error', reject).on('close', onClose);
    socket.write(REQUEST);
  });
}
