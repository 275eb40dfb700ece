// What the command says, and how it ends, where it cannot start.

import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { compare, type Case } from './cases.ts';
import { answering, ending, said, SECTIONS } from './commands.ts';
import { BASE } from './pair.ts';
import type { Finished } from './process.ts';

/** Refused command lines: what each says. */
const refused =
  (...lines: readonly (readonly string[])[]): Case['run'] =>
  async (side) => {
    const all: Record<string, unknown> = {};
    for (const line of lines) {
      all[line.join(' ')] = said(side, await ending(side, line));
    }
    return all;
  };

/** A configuration that is refused: what is said, and that nothing is left behind. */
const refusedFile: Case['run'] = async (side) => {
  const words = said(side, await ending(side, ['-n', '-c', side.configuration]));
  return { ...words, files: side.files().filter((name) => name !== 'main.log') };
};

const CASES: Case[] = [
  {
    title: 'command lines that are refused',
    configuration: `${BASE}${SECTIONS}`,
    run: refused(
      ['-x'],
      ['--bogus'],
      ['--no'],
      ['-c'],
      ['word'],
      ['-n', 'a', 'b'],
      ['-e', 'loud'],
      ['-m', '9'],
      ['-d', '/nonexistent'],
      ['-l', '/nonexistent/log'],
      ['-y', '5XB'],
      ['-z', 'many'],
      ['-a', 'x'],
      ['--minprocs=x'],
      ['-c', '/nonexistent/conf'],
      ['-c', 'x', '-c', 'y'],
    ),
  },
  {
    title: 'a user that is not there',
    configuration: `${BASE}${SECTIONS}`,
    run: refused(['-n', '-c', 'supervisord.conf', '-u', 'nobody-at-all']),
  },
  {
    title: 'no configuration where none is named',
    configuration: `${BASE}${SECTIONS}`,
    run: async (side) => {
      const { code, stderr } = await ending(side, [], '/');
      const lines = stderr.split('\n').filter((line) => !line.includes('Warning'));
      return { code, error: lines[0]?.startsWith('Error: No config file found at default paths') };
    },
  },
  {
    title: 'a configuration without [supervisord]',
    configuration: '[program:x]\ncommand=/bin/true\n',
    run: refusedFile,
  },
  { title: 'a program without a command', configuration: `${BASE}[program:x]\n`, run: refusedFile },
  {
    title: 'a value that is none, an unknown expansion, an unknown section in a group',
    configuration: `${BASE}[program:x]\ncommand=/bin/true\nstartsecs=soon\n`,
    run: async (side) => {
      const all: Record<string, unknown> = { value: await refusedFile(side) };
      for (const [name, lines] of Object.entries({
        expansion: '[program:x]\ncommand=%(nothing)s\n',
        group: '[group:x]\nprograms=y\n',
        syntax: 'no section\n',
        server: '[inet_http_server]\nusername=x\n',
        exits: '[program:x]\ncommand=/bin/true\nexitcodes=999\n',
        signal: '[program:x]\ncommand=/bin/true\nstopsignal=NOPE\n',
        kill: '[program:x]\ncommand=/bin/true\nstopasgroup=true\nkillasgroup=false\n',
        numprocs: '[program:x]\ncommand=/bin/true\nnumprocs=2\n',
        include: '[include]\n',
        listener: '[eventlistener:x]\ncommand=/bin/true\n',
        fcgi: '[fcgi-program:x]\ncommand=/bin/true\n',
      })) {
        side.write('supervisord.conf', `${BASE}${lines}`);
        const { code, stderr } = (await refusedFile(side)) as { code: number; stderr: string };
        // Python names the class of what it caught in some of them.
        all[name] = { code, stderr };
      }
      return all;
    },
  },
  {
    title: 'another server on the port, and on the socket',
    configuration: `${BASE}${SECTIONS}`,
    run: async (side) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : 0;
      try {
        side.write(
          'supervisord.conf',
          `${BASE}[inet_http_server]\nport=127.0.0.1:${port}\nusername=u\npassword=p\n`,
        );
        const inet = said(side, await ending(side, ['-n', '-c', side.configuration]));
        side.write('supervisord.conf', `${BASE}${SECTIONS}`);
        const unix = answering();
        await new Promise<void>((resolve) => unix.listen(join(side.directory, 'sock'), resolve));
        const second = said(side, await ending(side, ['-n', '-c', side.configuration]));
        unix.close();
        const plain = ({ code, stderr }: Record<string, unknown>): unknown => ({ code, stderr });
        return { inet: plain(inet), unix: plain(second), pidfile: side.read('pid') };
      } finally {
        server.close();
      }
    },
  },
  {
    title: 'limits that cannot be had',
    configuration: `${BASE}${SECTIONS}`,
    run: async (side) => {
      chmodSync(side.directory, 0o777);
      const limited = (...args: readonly string[]): Promise<Finished> =>
        side.limited('ulimit -n 500; ', ['-u', 'daemon', '-n', '-c', side.configuration, ...args]);
      const words = said(side, await limited('-j', join(side.directory, 'p'), '-a', '600'));
      const [, allowed] = /open (\d+) file descriptors/.exec(String(words['stderr'])) ?? [];
      return { ...words, stderr: String(words['stderr']).replace(`open ${allowed}`, 'open N'), allowed };
    },
    better: {
      allowed: { why: 'the limit that there is, not the one that was asked for', real: '600', ours: '500' },
    },
  },
  {
    title: 'a main log that cannot be opened',
    configuration: `${BASE.replace('logfile=%D/main.log', 'logfile=%D')}${SECTIONS}`,
    run: async (side) => {
      const { code, stderr } = await ending(side, ['-n', '-c', side.configuration]);
      return { code, says: stderr.split('\n')[0]?.replaceAll(side.directory, '%D') };
    },
    better: {
      code: { why: 'an error as any other, with exit code 2', real: 1, ours: 2 },
      says: {
        why: 'the reason, and no traceback',
        real: 'Traceback (most recent call last):',
        ours: "Error: cannot open the log file: EISDIR: illegal operation on a directory, open '%D'",
      },
    },
  },
];

compare('differential refusals', CASES);
