// The processes of a unit in `systemctl status`: those that have ended, the main one, and all that are there. Pure.

import { signalName } from '../../process/signals.ts';
import { EXIT_STATUSES } from '../../units/exit-status.ts';
import { field, get, LABEL_WIDTH, type StatusInput } from './status-fields.ts';

/** The commands of a service in the order in which they run. */
const COMMANDS = [
  'ExecCondition',
  'ExecStartPre',
  'ExecStart',
  'ExecStartPost',
  'ExecReload',
  'ExecStop',
  'ExecStopPost',
  'ExecStopPre',
];

export function processLines(input: StatusInput): string[] {
  const shown = new Set<number>();
  const ended = COMMANDS.flatMap((name) =>
    (get(input, name) ?? '').split(/\n(?=\{ path=)/).flatMap((text) => {
      const command = readCommand(text);
      if (command === null || !/^(exited|killed|dumped)$/.test(command.code)) return [];
      shown.add(command.pid);
      return field(
        'Process',
        `${command.pid} ${name}=${command.argv} ${endText(command.code, command.status)}`,
      );
    }),
  );
  const main = Number(get(input, 'MainPID') ?? 0);
  const last = Number(get(input, 'ExecMainPID') ?? 0);
  const control = Number(get(input, 'ControlPID') ?? 0);
  const commOf = (pid: number): string => {
    const comm = input.processes.find((each) => each.pid === pid)?.comm;
    return comm === undefined ? '' : ` (${comm})`;
  };
  const parts: string[] = [];
  if (main > 0) parts.push(`${'Main PID'.padStart(LABEL_WIDTH)}: ${main}${commOf(main)}`);
  else if (last > 0) {
    const code = EXIT_CODES[get(input, 'ExecMainCode') ?? '0'];
    const status = get(input, 'ExecMainStatus') ?? '0';
    const end = code === undefined ? '' : ` ${endText(code, status)}`;
    parts.push(`${'Main PID'.padStart(LABEL_WIDTH)}: ${last}${end}`);
  }
  if (control > 0 && !shown.has(control)) {
    const label = parts.length === 0 ? `${'Cntrl PID'.padStart(LABEL_WIDTH)}: ` : '; Control PID: ';
    parts.push(`${label}${control}${commOf(control)}`);
  }
  return parts.length === 0 ? ended : [...ended, parts.join('')];
}

/** CLD_EXITED, CLD_KILLED, CLD_DUMPED (siginfo_t). */
const EXIT_CODES: Readonly<Record<string, string>> = { '1': 'exited', '2': 'killed', '3': 'dumped' };

interface RunCommand {
  readonly argv: string;
  readonly pid: number;
  readonly code: string;
  /** A number, with a name behind a slash or without. */
  readonly status: string;
}

/** `{ path=… ; argv[]=… ; … ; pid=… ; code=exited ; status=0 }` */
function readCommand(text: string): RunCommand | null {
  const [, argv, rest] =
    /^\{ path=.*? ; argv\[\]=(.*) ; (?:ignore_errors|flags)=[^;]* ; (start_time=.*)\}$/s.exec(text) ?? [];
  if (argv === undefined || rest === undefined) return null;
  const value = (name: string): string =>
    new RegExp(`(?:^|; )${name}=([^;]*?) *(?:;|$)`).exec(rest)?.[1] ?? '';
  return { argv, pid: Number(value('pid')), code: value('code'), status: value('status') };
}

function endText(code: string, status: string): string {
  const number = Number.parseInt(status, 10);
  if (code !== 'exited') return `(code=${code}, signal=${signalName(number).replace(/^SIG/, '')})`;
  // The names of LSB and BSD are guesses: only what libc and systemd say is shown.
  const name = EXIT_STATUSES.find(
    (each) => each.code === number && /^(libc|systemd)$/.test(each.class),
  )?.name;
  return `(code=exited, status=${number}${name === undefined ? '' : `/${name}`})`;
}

/** The processes as a tree of one level. */
export function groupLines(input: StatusInput): string[] {
  const { processes, glyphs } = input;
  const group =
    get(input, 'ControlGroup') ?? (processes.length > 0 ? `/system.slice/${get(input, 'Id') ?? ''}` : null);
  if (group === null || processes.length === 0) return [];
  const width = Math.max(...processes.map(({ pid }) => String(pid).length));
  const sorted = processes.toSorted((one, two) => one.pid - two.pid);
  const tree = sorted.map(({ pid, commandLine }, index) => {
    const branch = index === sorted.length - 1 ? glyphs.last : glyphs.branch;
    return `${' '.repeat(LABEL_WIDTH + 2)}${branch}${String(pid).padStart(width)} ${commandLine}`;
  });
  return [...field('CGroup', group), ...tree];
}
