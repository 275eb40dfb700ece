// The entry of the one file that goes into images: looks at the name it was called by and at its first argument.

import { basename } from 'node:path';
import { EXIT, UserError } from './errors.ts';
import type { RunName } from './fronts/run-voice.ts';
import type { systemctl } from './fronts/systemctl/systemctl.ts';
import { VERSION } from './version.ts';

/** Those by which systemd's programs, and the commands of SysV init that it brings, are called. */
const SYSTEMD_NAMES: ReadonlySet<string> = new Set(
  'init systemd systemctl journalctl halt poweroff reboot shutdown telinit runlevel'.split(' '),
);

const HELP = `initkit ${VERSION}: PID 1 for containers that run several programs

usage: initkit COMMAND

  init [OPTION…] [CMD…]
                     be PID 1: resolve the environment, start the programs, end with a telling code;
                     with CMD, run that instead of the programs, in the same environment;
                     -c FILE and --image FILE choose the files that it reads, --target UNIT the systemd units
  run [OPTION…] -- CMD…
                     be PID 1 for one command, as tini and dumb-init are

  supervisord [OPTION…]
                     supervise the programs of a supervisord.conf by supervisord's own rules; -h says more

  explain [NAME…]    every variable of the environment: its value, where it came from, what it overrode
  check              all problems of the configuration, with file and line; exits ${EXIT.configuration} if there are errors

  status, top, start, stop, restart, signal, tail, logs, events, health, pid, avail, reread, update,
  add, remove, clear, fg, maintail, version, reload, shutdown
                     talk to the running supervisor; initkit COMMAND --help says more

  --help, --version

Called as supervisord, supervisorctl, tini, dumb-init, systemctl or journalctl, it takes their command lines.
`;

async function main(name: string, argv: readonly string[]): Promise<void> {
  if (name === 'supervisorctl') return control(argv, 'supervisorctl');
  if (name === 'supervisord') return daemon(process.argv[1] ?? name, argv);
  if (name === 'tini' || name === 'dumb-init') return one(name, argv);
  if (SYSTEMD_NAMES.has(name)) return asSystemd(name, argv);
  const [command, ...rest] = argv;
  switch (command) {
    case 'supervisord':
      return daemon(`${process.argv[1]} ${command}`, rest);
    case 'init': {
      const { init, readInitOptions } = await import('./fronts/init.ts');
      return init(readInitOptions(rest, givenEnvironment()));
    }
    case 'run':
      return one('initkit', rest);
    case 'explain':
    case 'check': {
      const inspect = await import('./fronts/inspect.ts');
      process.exitCode = await inspect[command](rest, givenEnvironment());
      return;
    }
    case '--version':
    case '-v':
      process.stdout.write(`${VERSION}\n`);
      return;
    case undefined:
    case '--help':
    case '-h':
    case 'help':
      process.stdout.write(HELP);
      return;
    default:
      return control(argv, 'initkit');
  }
}

/** As PID 1, systemctl without a verb is an init as well: images for docker-systemctl-replacement have it as CMD. */
async function asSystemd(name: string, argv: readonly string[]): Promise<void> {
  const target = process.pid === 1 ? targetOfPid1(name, argv) : null;
  if (target !== null) {
    const { init, readInitOptions } = await import('./fronts/init.ts');
    return init(readInitOptions(['--target', target], givenEnvironment()));
  }
  const { runOnTerminal } = await import('./fronts/systemctl/terminal.ts');
  process.exitCode = await runOnTerminal(await commandOf(name), argv);
}

async function commandOf(name: string): Promise<typeof systemctl> {
  if (name === 'journalctl') return (await import('./fronts/journalctl.ts')).journalctl;
  const front = await import('./fronts/systemctl/systemctl.ts');
  if (name === 'systemctl') return front.systemctl;
  return (...args) => front.asSysv(name === 'init' || name === 'systemd' ? 'telinit' : name, ...args);
}

/**
 * What an init with systemd's name is to start: all that is enabled or, with `systemctl init NAME…`, these. Null where it
 * is no init. systemd's options of its command line (`--log-level=`, …) mean nothing here.
 */
function targetOfPid1(name: string, argv: readonly string[]): string | null {
  const [verb, ...units] = argv.filter((word) => !word.startsWith('-'));
  if (name !== 'init' && name !== 'systemd' && name !== 'systemctl') return null;
  if (name === 'init' || name === 'systemd') {
    const given = argv.findLast((word) => /^(--unit|systemd\.unit)=/.test(word));
    return given?.replace(/^[^=]*=/, '') ?? 'default.target';
  }
  if (verb !== undefined && verb !== 'init' && verb !== 'default') return null;
  return units.length === 0 ? 'default.target' : units.join(' ');
}

async function daemon(calledAs: string, argv: readonly string[]): Promise<void> {
  const { supervisord } = await import('./fronts/supervisord.ts');
  return supervisord({ calledAs, argv, given: givenEnvironment() });
}

async function one(name: RunName, argv: readonly string[]): Promise<void> {
  const { runCommand } = await import('./fronts/run-command.ts');
  process.exit(await runCommand(name, argv, givenEnvironment()));
}

async function control(argv: readonly string[], name: 'initkit' | 'supervisorctl'): Promise<void> {
  const { runControl } = await import('./fronts/control-cli.ts');
  process.exitCode = await runControl(argv, name);
}

function givenEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

main(basename(process.argv[1] ?? 'initkit'), process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof UserError) {
    process.stderr.write(`initkit: ${error.message}\n`);
    process.exit(error.exitCode);
  }
  process.stderr.write(
    `initkit: a defect of initkit: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(EXIT.defect);
});
