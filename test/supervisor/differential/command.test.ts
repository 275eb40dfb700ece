// The command itself: what it says and how it ends where it cannot start, as a daemon, with a user, in the foreground.

import { chmodSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { compare, type Case } from './cases.ts';
import { BASE, type Finished, type Side } from './pair.ts';

const SECTIONS = `
[program:steady]
command=/bin/sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
`;
const INCOMPLETE = '[supervisord]\nlogfile=%D/main.log\npidfile=%D/pid\nuser=root\n';

/** What a command says, with its own name and directory taken out. */
function said(side: Side, { code, stdout, stderr }: Finished): Record<string, unknown> {
  const plain = (text: string): string =>
    text
      .replaceAll(side.directory, '%D')
      .replace(/For help, use .* -h/, 'For help, use COMMAND -h')
      .replace(/^also: .*\n/gm, '');
  return { code, stdout: plain(stdout), stderr: plain(stderr) };
}

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

/** Runs the command to its end; one that does not end by itself is ended, and has no exit code then. */
async function ending(side: Side, args: readonly string[], cwd?: string): Promise<Finished> {
  const { child, finished } = side.supervisord(args, cwd);
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  return finished.finally(() => clearTimeout(timer));
}

/** A server of somebody else. */
function answering(): Server {
  return createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.0 404 \r\n\r\n'));
}

async function isUp(side: Side, log = 'main.log'): Promise<void> {
  await side.until('it to be up', () => (side.read(log) ?? '').includes('entered RUNNING'));
}

/** What can be seen of a daemon from outside. */
function lookAt(side: Side, pid: number): Record<string, unknown> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return {
    cwd: readlinkSync(`/proc/${pid}/cwd`).replace(side.directory, '%D'),
    umask: /^Umask:\s+(\S+)/m.exec(status)?.[1],
    uid: /^Uid:\s+(.*)/m.exec(status)?.[1],
    gid: /^Gid:\s+(.*)/m.exec(status)?.[1],
    groups: /^Groups:[ \t]*(.*?) *$/m.exec(status)?.[1],
    leadsSession: stat[3] === String(pid),
    streams: [0, 1, 2].map((each) => readlinkSync(`/proc/${pid}/fd/${each}`)),
  };
}

/** Ends a daemon by its pidfile, and waits until that is gone. */
async function end(side: Side): Promise<void> {
  process.kill(Number(side.read('pid')), 'SIGTERM');
  await side.until('the daemon to end', () => side.read('pid') === null);
}

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
    title: 'a stale socket is replaced; its mode is as asked for',
    configuration: `${BASE.replace('file=%D/sock', 'file=%D/sock\nchmod=0760\nchown=daemon:adm')}${SECTIONS}`,
    run: async (side) => {
      const first = side.supervisord(['-n', '-c', side.configuration]);
      await isUp(side);
      first.child.kill('SIGKILL');
      await first.finished;
      const stale = side.files().includes('sock');
      const again = side.supervisord(['-n', '-c', side.configuration]);
      await side.until(
        'the second',
        () => side.log().filter((line) => line.includes('entered RUNNING')).length === 2,
      );
      const { mode, uid, gid } = lstatSync(join(side.directory, 'sock'));
      const states = await side.states();
      again.child.kill('SIGTERM');
      const { code } = await again.finished;
      return { stale, mode: (mode & 0o7777).toString(8), uid, gid, states, code, left: side.files() };
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
    title:
      'a daemon: session, streams, umask, directory, pidfile; the command itself ends with 0 when it is up',
    configuration: `${BASE}${SECTIONS}`,
    run: async (side) => {
      const { code, stdout, stderr } = await ending(
        side,
        ['-c', side.configuration, '-m', '027', '-d', '/usr/lib', '-i', 'myself'],
        '/',
      );
      await isUp(side);
      const seen = lookAt(side, Number(side.read('pid')));
      const identification = await side.rpc('getIdentification');
      await end(side);
      return {
        code,
        stdout,
        stderr,
        ...seen,
        identification,
        log: side.log().filter((line) => !ROOT.test(line)),
        left: side.files().filter((name) => !name.includes('.log')),
      };
    },
  },
  {
    title: 'a daemon whose configuration is wrong, or whose port is taken, says so and ends with 2',
    configuration: `${BASE}[program:x]\n`,
    run: async (side) => {
      const wrong = said(side, await ending(side, ['-c', side.configuration]));
      side.write('supervisord.conf', `${BASE}${SECTIONS}`);
      const unix = answering();
      await new Promise<void>((resolve) => unix.listen(join(side.directory, 'sock'), resolve));
      const taken = said(side, await ending(side, ['-c', side.configuration]));
      unix.close();
      return { wrong, taken, left: side.files().filter((name) => !name.startsWith('sock.')) };
    },
  },
  {
    title: 'in the foreground neither umask nor directory change; the log is on stdout too, unless silent',
    configuration: `${BASE}${SECTIONS}`,
    run: async (side) => {
      const loud = side.supervisord(['-n', '-c', side.configuration, '-m', '077', '-d', '/usr/lib']);
      await isUp(side);
      const { cwd, umask } = lookAt(side, Number(side.read('pid')));
      loud.child.kill('SIGTERM');
      const { stdout } = await loud.finished;
      const shown = stdout.split('\n').filter((line) => line.includes('spawned')).length;
      const silent = side.supervisord([
        '-ns',
        '-c',
        side.configuration,
        '-l',
        join(side.directory, 'other.log'),
        '-e',
        'warn',
        '-j',
        join(side.directory, 'other.pid'),
      ]);
      await side.until('the pidfile', () => side.read('other.pid') !== null);
      await side.until('the program', async () => (await side.states()).includes('RUNNING'));
      silent.child.kill('SIGTERM');
      const quiet = await silent.finished;
      return {
        cwd,
        umask,
        shown,
        quiet: quiet.stdout,
        code: quiet.code,
        other: (side.read('other.log') ?? '')
          .split('\n')
          .map((line) => line.replace(/^\S+ \S+ /, ''))
          .filter((line) => !ROOT.test(line)),
      };
    },
  },
  {
    title: 'user= makes the whole supervisor another user, with all its groups',
    configuration: `${BASE.replace('user=root', 'user=daemon')}${SECTIONS}`,
    run: async (side) => {
      chmodSync(side.directory, 0o777);
      const daemon = side.supervisord(['-n', '-c', side.configuration]);
      await isUp(side);
      const { uid, gid, groups } = lookAt(side, Number(side.read('pid')));
      const { mode, uid: owner } = lstatSync(join(side.directory, 'main.log'));
      daemon.child.kill('SIGTERM');
      const { code } = await daemon.finished;
      return {
        uid,
        gid,
        groups,
        mode,
        owner,
        code,
        log: side.log().filter((line) => line.includes('Set uid')),
      };
    },
  },
  {
    title: 'included files and patterns without a file are in the log',
    configuration: `${BASE}[include]\nfiles=%D/more/*.conf inc*.conf nothing*.conf\n`,
    run: async (side) => {
      side.write('inc1.conf', SECTIONS);
      side.write('inc2.conf', '[program:idle]\ncommand=/bin/cat\nautostart=false\n');
      const daemon = side.supervisord(['-n', '-c', side.configuration]);
      await isUp(side);
      daemon.child.kill('SIGTERM');
      await daemon.finished;
      return side.log().filter((line) => /include|Included/.test(line));
    },
  },
  {
    title: 'a pidfile that cannot be written is no reason not to run',
    configuration: `${BASE.replace('pidfile=%D/pid', 'pidfile=%D/main.log/pid')}${SECTIONS}`.replace(
      '%D/main.log/pid',
      '/proc/self/pid',
    ),
    run: async (side) => {
      const daemon = side.supervisord(['-n', '-c', side.configuration]);
      await isUp(side);
      daemon.child.kill('SIGTERM');
      const { code } = await daemon.finished;
      return { code, log: side.log().filter((line) => /pidfile|started with/.test(line)) };
    },
  },
  {
    title: 'without any server, and without any program',
    configuration: INCOMPLETE,
    run: async (side) => {
      const daemon = side.supervisord(['-n', '-c', side.configuration]);
      await side.until('it to be up', () => side.log().some((line) => line.includes('started with pid')));
      daemon.child.kill('SIGINT');
      const { code } = await daemon.finished;
      return { code, received: side.log().filter((line) => line.includes('received')) };
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

/** What only the real one says: that it is root. */
const ROOT = /Supervisor is running as root/;

compare('differential command', CASES);
