// Pure: what the supervisord command says: its help, its errors, and the first lines of its log.

import type { Loaded } from '../config/load.ts';
import { problemLine, problemText } from '../config/explain.ts';
import type { Problem, SupervisorConfig } from '../model.ts';
import type { Message } from '../process/messages.ts';

/** supervisord's exit code for whatever keeps it from starting. */
export const REFUSED = 2;

export function helpText(calledAs: string): string {
  return `supervisord -- run a set of applications as daemons, those of a supervisord.conf.

Usage: ${calledAs} [OPTION…]

-c/--configuration FILENAME -- the configuration; without it the first of ../etc/supervisord.conf, ../supervisord.conf
                               (from the folder of this command), ./supervisord.conf, ./etc/supervisord.conf,
                               /etc/supervisord.conf and /etc/supervisor/supervisord.conf
-n/--nodaemon -- stay in the foreground, with the log on stdout as well (PID 1 always does)
-s/--silent -- keep the log off stdout
-u/--user USER -- become this user, by name or number
-m/--umask UMASK -- umask of the daemon and its programs (octal, 022)
-d/--directory DIRECTORY -- where the daemon goes
-l/--logfile FILENAME -- use FILENAME as the supervisor's own log
-y/--logfile_maxbytes BYTES -- rotate it at this size (50MB; 0: never)
-z/--logfile_backups NUM -- how many rotated files are kept (10)
-e/--loglevel LEVEL -- critical, error, warn, info, debug, trace or blather
-j/--pidfile FILENAME -- where the pid is written
-i/--identifier STR -- the name that clients and automatic logs see (supervisor)
-q/--childlogdir DIRECTORY -- where automatic logs of programs go
-k/--nocleanup -- leave the automatic logs of earlier runs
-a/--minfds NUM -- open files without which there is no start (1024)
--minprocs NUM -- processes without which there is no start (200)
-t/--strip_ansi -- take terminal escapes out of the programs' logs
--profile_options LIST -- taken, and without effect
-h/-?/--help -- this text
-v/--version -- the version

An option wins over the file. No image.ini is read and no ENVIRONMENT resolved: that is what initkit init does.
INITKIT_STOP_BUDGET=SECONDS bounds the whole stop; without it each program has its stopwaitsecs.
`;
}

/** In supervisord's words. */
export function errorText(calledAs: string, message: string): string {
  return `Error: ${message}\nFor help, use ${calledAs} -h\n`;
}

/** The first error as supervisord, which stops there, prints it, then the others with their places; null without any. */
export function configurationErrors(calledAs: string, problems: readonly Problem[]): string | null {
  const [first, ...others] = problems.filter(({ severity }) => severity === 'error');
  if (first === undefined) return null;
  const also = others.map((problem) => `also: ${problemLine(problem)}\n`);
  // Python's list of lines that it could not read.
  const message = first.message.replaceAll(/ (\[line +\d+\]: )/g, '\n\t$1');
  return `${errorText(calledAs, message)}${also.join('')}`;
}

/** What the reading of the files leaves to be said in the log: warnings first, as supervisord has it. */
export function readingNotes({ plan, problems }: Pick<Loaded, 'plan' | 'problems'>): Message[] {
  const warnings = problems.map((problem): Message => {
    const isOurs = !problem.message.startsWith('No file matches via include');
    return { level: 'warn', text: isOurs ? problemText(problem) : problem.message };
  });
  const [, ...included] = plan.files;
  const infos = included.map((file): Message => {
    return { level: 'info', text: `Included extra file "${file}" during parsing` };
  });
  return [...warnings, ...infos];
}

/** Why there is no start with so few open files or processes. */
export function limitMessage(
  limit: 'nofile' | 'nproc',
  config: Pick<SupervisorConfig, 'minfds' | 'minprocs'>,
  hard: bigint,
): string {
  const words =
    limit === 'nofile'
      ? { what: 'number of file descriptors', option: 'minfds', noun: 'file descriptors', whole: 'process' }
      : { what: 'number of available processes', option: 'minprocs', noun: 'processes', whole: 'program' };
  const least = limit === 'nofile' ? config.minfds : config.minprocs;
  const usable = limit === 'nofile' ? 'file descriptors' : 'processes';
  return (
    `The minimum ${words.what} required to run this ${words.whole} is ${least} as per the "${words.option}" ` +
    `command-line argument or config file setting. The current environment will only allow you to open ${hard} ` +
    `${words.noun}.  Either raise the number of usable ${usable} in your environment (see README.rst) or lower the ` +
    `${words.option} setting in the config file to allow the ${limit === 'nofile' ? 'process' : 'program'} to start.`
  );
}

/** Why there is no start without a server; `code` is the errno's name, `errno` its number. */
export function serverMessage(code: string, errno: number): string {
  if (code === 'EADDRINUSE') {
    return (
      'Another program is already listening on a port that one of our HTTP servers is configured to use.  ' +
      'Shut this program down first before starting supervisord.'
    );
  }
  return `Cannot open an HTTP server: socket.error reported errno.${code} (${errno})`;
}
