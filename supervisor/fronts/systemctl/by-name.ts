// The commands of SysV init that systemd has as names of systemctl: what they say in systemctl's own words. Pure.

import { Failure } from './failure.ts';

/** The old levels and what they are with systemd; 1 to 5 are targets. */
const LEVELS: Readonly<Record<string, readonly string[]>> = {
  '0': ['poweroff'],
  '6': ['reboot'],
  '1': ['isolate', 'rescue.target'],
  s: ['isolate', 'rescue.target'],
  S: ['isolate', 'rescue.target'],
  '2': ['isolate', 'multi-user.target'],
  '3': ['isolate', 'multi-user.target'],
  '4': ['isolate', 'multi-user.target'],
  '5': ['isolate', 'graphical.target'],
  q: ['daemon-reload'],
  Q: ['daemon-reload'],
  u: ['daemon-reexec'],
  U: ['daemon-reexec'],
};

/** systemctl's command line; a text is what is to be printed instead. Throws Failure. */
export function systemctlLine(name: string, argv: readonly string[]): readonly string[] | string {
  switch (name) {
    case 'runlevel':
      // The level before this one, and this one: as systemd says it after every start.
      return 'N 5\n';
    case 'telinit': {
      const level = argv.find((word) => !word.startsWith('-'));
      const line = LEVELS[level ?? ''];
      if (line === undefined)
        throw new Failure(
          level === undefined ? 'telinit: required argument missing.' : `Invalid run level: ${level}`,
        );
      return line;
    }
    case 'shutdown': {
      if (argv.includes('-c')) return [];
      const verb = argv.includes('-r')
        ? 'reboot'
        : argv.includes('-H') || argv.includes('-h')
          ? 'halt'
          : 'poweroff';
      const when = argv.find((word) => !word.startsWith('-'));
      if (when !== undefined && when !== 'now' && when !== '+0') {
        throw new Failure(
          `shutdown at ${when} is not supported by initkit: it ends the container now, or not at all.`,
        );
      }
      return [verb];
    }
    case 'halt':
    case 'poweroff':
    case 'reboot':
      return [
        argv.includes('--halt')
          ? 'halt'
          : argv.includes('--reboot')
            ? 'reboot'
            : argv.includes('-p') || argv.includes('--poweroff')
              ? 'poweroff'
              : name,
      ];
    default:
      throw new Failure(`${name} is no command of initkit.`);
  }
}
