// fcgi-program under the real supervisord and under ours: the shared socket, its owner and mode, and how long it is there.

import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { compare, type Case } from '../differential/cases.ts';
import type { Side } from '../differential/pair.ts';
import { untilRunning } from '../../support/listeners.ts';

const SERVER = new URL('../../fixtures/fcgi-server.py', import.meta.url).pathname;

function fcgi(name: string, ...keys: readonly string[]): string {
  return `[fcgi-program:${name}]\ncommand=/usr/bin/python3 ${SERVER}\n${keys.join('\n')}\n`;
}

/** A program that only holds its socket. */
function sleeper(name: string, key: string): string {
  return `[fcgi-program:${name}]\ncommand=/bin/sleep 1000\nsocket=unix://%D/${name}.sock\n${key}\n`;
}

/** What a connection is answered, or the error that it meets. */
function ask(target: { path: string } | { host: string; port: number }): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection(target);
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('close', () => resolve(text));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? String(error)));
  });
}

/** Asks until as many processes as there should be have answered: which, and whether their socket is one and the same. */
async function answers(side: Side, target: Parameters<typeof ask>[0], count: number): Promise<unknown> {
  const seen = new Map<string, string>();
  await side.until(`${count} processes to answer`, async () => {
    const [name, inode] = (await ask(target)).split(' ');
    if (name !== undefined && inode !== undefined) seen.set(name, inode);
    return seen.size >= count;
  });
  return { names: [...seen.keys()].toSorted(), sockets: new Set(seen.values()).size };
}

/** The lines of the main log about the opening and closing of sockets. */
function socketLines(side: Side): string[] {
  return side.log().filter((line) => / socket unix:| socket tcp:/.test(line));
}

/** A TCP port that nobody listens on now. */
function freePort(): number {
  const script = 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])';
  return Number(execFileSync('/usr/bin/python3', ['-c', script], { encoding: 'utf8' }));
}

const PORTS = { real: freePort(), ours: freePort() };

const CASES: Case[] = [
  {
    title: 'a Unix socket, shared by three processes, with its mode; gone with the last of them',
    sections: fcgi(
      'web',
      'socket=unix://%D/web.sock',
      'socket_mode=0750',
      'numprocs=3',
      'process_name=web%(process_num)d',
      'startsecs=0',
    ),
    run: async (side) => {
      const path = join(side.directory, 'web.sock');
      const shared = await answers(side, { path }, 3);
      const { mode, uid, gid } = lstatSync(path);
      await side.rpc('stopProcess', 'web:web0');
      await side.rpc('stopProcess', 'web:web1');
      const left = await answers(side, { path }, 1);
      await side.rpc('stopProcess', 'web:web2');
      const stopped = { answer: await ask({ path }), file: existsSync(path), log: socketLines(side).at(-1) };
      await side.rpc('startProcessGroup', 'web');
      return {
        shared,
        mode: mode.toString(8),
        owner: [uid, gid],
        left,
        stopped,
        again: await answers(side, { path }, 3),
        log: socketLines(side).at(-1),
      };
    },
  },
  {
    title: 'socket_owner, and an owner that follows from user',
    sections:
      sleeper('own', 'socket_owner=nobody:daemon') +
      sleeper('alone', 'socket_owner=nobody') +
      sleeper('user', 'user=nobody'),
    run: async (side) => {
      const owners: unknown[] = [];
      for (const name of ['own', 'alone', 'user']) {
        const path = join(side.directory, `${name}.sock`);
        await untilRunning(side, name);
        const { uid, gid, mode } = lstatSync(path);
        owners.push([name, uid, gid, mode.toString(8)]);
      }
      return owners;
    },
  },
  {
    title: 'a TCP socket by name, with a backlog',
    run: async (side) => {
      const port = PORTS[side.name];
      const target = { host: '127.0.0.1', port };
      const configuration = side.read('supervisord.conf') ?? '';
      const section = fcgi('web', `socket=tcp://localhost:${port}`, 'socket_backlog=5', 'startsecs=0');
      side.write('supervisord.conf', `${configuration}\n${section}`);
      await side.rpc('reloadConfig');
      await side.rpc('addProcessGroup', 'web');
      const shared = await answers(side, target, 1);
      await side.rpc('stopProcess', 'web');
      return { shared, stopped: await ask(target) };
    },
  },
  {
    title: 'what was at the path of the socket goes; stdin cannot be written to',
    sections: fcgi('web', 'socket=unix://%D/web.sock', 'autostart=false', 'startsecs=0'),
    run: async (side) => {
      // supervisord has tried the socket by now, and left it there.
      rmSync(join(side.directory, 'web.sock'), { force: true });
      side.write('web.sock', 'a file');
      await side.rpc('startProcess', 'web');
      const answer = await answers(side, { path: join(side.directory, 'web.sock') }, 1);
      return { answer, stdin: await side.rpc('sendProcessStdin', 'web', 'x') };
    },
  },
  {
    title: 'a process that crashes again and again holds the socket only while it runs',
    sections:
      '[fcgi-program:web]\ncommand=/bin/false\nsocket=unix://%D/web.sock\nstartsecs=5\nstartretries=1\n',
    run: async (side) => {
      await side.until('it to be FATAL', () => side.log().some((line) => line.includes('entered FATAL')));
      // The real one has opened and closed it once before, when it read its configuration.
      return socketLines(side).slice(side.name === 'real' ? 2 : 0);
    },
  },
];

compare('fcgi-program, beside supervisord', CASES);
