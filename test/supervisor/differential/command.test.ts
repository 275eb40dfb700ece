// The command as it runs: a daemon, in the foreground, as another user; its pidfile, its socket, its first lines.

import { chmodSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { compare, type Case } from './cases.ts';
import { answering, ending, said, SECTIONS } from './commands.ts';
import { BASE, type Side } from './pair.ts';

const INCOMPLETE = '[supervisord]\nlogfile=%D/main.log\npidfile=%D/pid\nuser=root\n';

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
];

/** What only the real one says: that it is root. */
const ROOT = /Supervisor is running as root/;

compare('differential command', CASES);
