// The World as it is in a container: Node's HTTP and DNS, files, and HAProxy's program and socket.

import { execFile } from 'node:child_process';
import { lookup, Resolver } from 'node:dns/promises';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Settings } from '../decide/settings.ts';
import { codeOf, messageOf } from './errors.ts';
import { request, type Certificates } from './http.ts';
import type { World } from './world.ts';

export const MASTER_SOCKET = '/run/etcd-amb/master.sock';

/** HAProxy answers its socket at once, and reads a configuration in milliseconds. */
const PROXY_TIMEOUT_MS = 10_000;

export function linuxWorld(tls: Settings['tls']): World {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    async pause(ms, signal) {
      await wait(ms, undefined, { signal }).catch(() => {});
    },
    // Read each time: certificates are renewed while we run.
    request: async (url, options) => request(url, options, await certificatesOf(tls, url)),
    async addresses(host, timeoutMs) {
      const found = await withTimeout(lookup(host, { all: true }), timeoutMs, `the addresses of ${host}`);
      return found.map(({ address }) => address);
    },
    async srv(name, timeoutMs) {
      const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 2), tries: 2 });
      try {
        return await resolver.resolveSrv(name);
      } catch (error) {
        if (codeOf(error) === 'ENODATA' || codeOf(error) === 'ENOTFOUND') return [];
        throw new Error(`cannot resolve ${name}: ${messageOf(error)}`, { cause: error });
      }
    },
    ownAddresses: () =>
      Object.values(networkInterfaces()).flatMap((addresses) =>
        (addresses ?? []).map(({ address }) => address),
      ),
    async readFile(path) {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    writeFile: writeWhole,
    removeFile: (path) => rm(path, { force: true }),
    checkConfig: (path) =>
      new Promise((resolve, reject) => {
        execFile('haproxy', ['-c', '-f', path], { timeout: PROXY_TIMEOUT_MS }, (error, stdout, stderr) => {
          if (error === null) resolve(null);
          else if (typeof error.code === 'number') resolve(`${stdout}${stderr}`.trim());
          else reject(new Error(`cannot run haproxy -c: ${error.message}`, { cause: error }));
        });
      }),
    askProxy,
    say: (line) => void process.stdout.write(`${line}\n`),
  };
}

/** In the same folder, flushed, then renamed: after a power cut there is the old file or the new one. */
async function writeWhole(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.part`;
  try {
    const file = await open(draft, 'w', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function askProxy(command: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(MASTER_SOCKET);
    const chunks: Buffer[] = [];
    socket.setTimeout(PROXY_TIMEOUT_MS, () =>
      socket.destroy(new Error(`haproxy does not answer "${command}"`)),
    );
    // It answers what it has read when we say that no more comes, and closes.
    socket.on('connect', () => socket.end(`${command}\n`));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', (error) => {
      const isAway = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '');
      if (isAway) resolve(undefined);
      else reject(error);
    });
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}

async function certificatesOf({ ca, cert, key }: Settings['tls'], url: string): Promise<Certificates> {
  const read = (path: string | null): Promise<Buffer> | undefined =>
    path === null || !/^https:/i.test(url) ? undefined : readFile(path);
  return { ca: await read(ca), cert: await read(cert), key: await read(key) };
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  const end = new AbortController();
  const late = wait(timeoutMs, undefined, { signal: end.signal }).then(() => {
    throw new Error(`cannot find ${what} within ${timeoutMs / 1000} s`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    end.abort();
  }
}
