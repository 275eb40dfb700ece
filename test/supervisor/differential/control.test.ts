// Debian's supervisorctl in front of both: its commands on one, on a group, on all; changed configurations.

import { compare, type Case } from './cases.ts';
import { BASE, type Side } from './pair.ts';
import { program } from './programs.ts';

const STEADY = program('steady', '/bin/sleep 1000', 'startsecs=0');
const IDLE = program('idle', '/bin/sleep 1000', 'startsecs=0', 'autostart=false');
const PAIR =
  program('left', '/bin/sleep 1000', 'startsecs=0') +
  program('right', '/bin/sleep 1000', 'startsecs=0') +
  '[group:pair]\nprograms=left,right\n';
const BROKEN = program('broken', '/bin/false', 'startretries=0', 'startsecs=3');
const MISSING = program('missing', '/no/such/missing', 'startretries=0', 'autostart=false');

/** Runs command lines of supervisorctl one after the other: what each prints, and its exit code. */
async function commands(side: Side, ...lines: readonly string[]): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const [index, line] of lines.entries()) {
    const { stdout, stderr, code } = await side.ctl(...line.split(' '));
    all[`${index + 1} ${line}`] = { stdout: stdout.split('\n').toSorted().join('\n').trim(), stderr, code };
  }
  return all;
}

const settled = (side: Side): Promise<void> =>
  side.until(
    'all to settle',
    async () =>
      !/STARTING|BACKOFF|STOPPING/.test(await side.states()) && (await side.states()).includes('RUNNING'),
  );

const CASES: Case[] = [
  {
    title: 'supervisorctl on one, on a group, on all, and on what is not there',
    sections: STEADY + IDLE + PAIR + BROKEN + MISSING,
    run: async (side) => {
      await side.until('FATAL', async () => (await side.states()).includes('broken:FATAL'));
      return commands(
        side,
        'status',
        'status steady idle nothing',
        'status pair:*',
        'start idle',
        'start idle',
        'start missing',
        'start nothing',
        'stop idle',
        'stop idle',
        'restart steady',
        'signal HUP nothing',
        'signal CONT steady',
        'stop pair:*',
        'start pair:left pair:right',
        'restart pair:*',
        'stop all',
        'status',
      );
    },
  },
  {
    title: 'restart all, signal all, clear, pid, version, avail, maintail',
    sections: STEADY + PAIR,
    run: async (side) => {
      await settled(side);
      const all = await commands(side, 'restart all', 'signal CONT all', 'clear all', 'avail', 'status');
      const pid = (await side.ctl('pid')).stdout.trim();
      return {
        ...all,
        pid: pid === side.read('pid')?.trim(),
        signal: await commands(side, 'signal KILL all'),
      };
    },
  },
  {
    title: 'reread and update: added, changed and removed groups',
    sections: STEADY + PAIR + IDLE,
    run: async (side) => {
      await settled(side);
      side.write(
        'supervisord.conf',
        BASE +
          program('steady', '/bin/sleep 2000', 'startsecs=0') +
          PAIR +
          program('fresh', '/bin/sleep 1000', 'startsecs=0'),
      );
      const all = await commands(side, 'reread', 'status', 'update', 'status', 'reread', 'update');
      return { ...all, log: ['steady', 'idle', 'fresh', 'left'].map((name) => side.logOf(name)) };
    },
  },
  {
    title: 'update of one group, add and remove',
    sections: STEADY + IDLE,
    run: async (side) => {
      await settled(side);
      const before = await commands(side, 'remove idle', 'remove steady', 'status');
      side.write(
        'supervisord.conf',
        BASE +
          STEADY +
          program('one', '/bin/sleep 1', 'startsecs=0', 'autostart=false') +
          program('two', '/bin/sleep 1', 'startsecs=0', 'autostart=false'),
      );
      return {
        before,
        after: await commands(
          side,
          'reread',
          'update one',
          'status',
          'add two',
          'add two',
          'add three',
          'status',
        ),
      };
    },
  },
  {
    title: 'reread of a configuration with an error leaves all as it is',
    sections: STEADY,
    run: async (side) => {
      await settled(side);
      side.write('supervisord.conf', `${BASE}[program:steady]\ncommand=/bin/sleep 1000\nnumprocs=x\n`);
      return commands(side, 'reread', 'update', 'status');
    },
  },
];

compare('differential control', CASES);
