// The sections and keys that supervisord's files may have, ours included; what is not here is ignored with a warning.

import type { Problem } from '../model.ts';
import type { IniDocument } from './ini.ts';
import { didYouMean } from './suggest.ts';

/** Keys of a program that supervisord does not have. */
export const EXTRA_KEYS = [
  'enabled',
  'depends_on',
  'ready',
  'type',
  'exit_on',
  'max_restarts',
  'restart_window',
  'backoff_max',
  'log_format',
  'limits',
  'environment_file',
  'set_home',
  'schedule',
  'status_file',
  'check',
  'check_interval',
  'check_timeout',
  'check_failures',
  'check_action',
  'watch',
  'watch_action',
] as const;

const STREAM_KEYS = [
  'logfile',
  'logfile_maxbytes',
  'logfile_backups',
  'capture_maxbytes',
  'events_enabled',
  'syslog',
];

const PROGRAM_KEYS: readonly string[] = [
  'command',
  'process_name',
  'numprocs',
  'numprocs_start',
  'priority',
  'autostart',
  'startsecs',
  'startretries',
  'autorestart',
  'exitcodes',
  'stopsignal',
  'stopwaitsecs',
  'stopasgroup',
  'killasgroup',
  'user',
  'redirect_stderr',
  'environment',
  'directory',
  'umask',
  'serverurl',
  ...STREAM_KEYS.map((key) => `stdout_${key}`),
  ...STREAM_KEYS.map((key) => `stderr_${key}`),
  ...EXTRA_KEYS,
];

const AUTHENTICATION = ['username', 'password'];

/** Section names; a name that ends in `:` is followed by a name of the user's own. null means any key. */
export const SECTIONS: readonly (readonly [section: string, keys: readonly string[] | null])[] = [
  ['program:', PROGRAM_KEYS],
  ['fcgi-program:', [...PROGRAM_KEYS, 'socket', 'socket_owner', 'socket_mode', 'socket_backlog']],
  ['eventlistener:', [...PROGRAM_KEYS, 'events', 'buffer_size', 'result_handler']],
  ['group:', ['programs', 'priority']],
  [
    'supervisord',
    [
      'logfile',
      'logfile_maxbytes',
      'logfile_backups',
      'loglevel',
      'pidfile',
      'umask',
      'nodaemon',
      'silent',
      'minfds',
      'minprocs',
      'nocleanup',
      'childlogdir',
      'user',
      'directory',
      'strip_ansi',
      'environment',
      'identifier',
    ],
  ],
  ['unix_http_server', ['file', 'chmod', 'chown', ...AUTHENTICATION]],
  ['inet_http_server', ['port', ...AUTHENTICATION]],
  ['supervisorctl', ['serverurl', 'prompt', 'history_file', ...AUTHENTICATION]],
  ['include', ['files']],
  ['rpcinterface:', null],
  ['ctlplugin:', null],
];

/** Warns of every section and key that nothing reads. */
export function unknownNames(document: IniDocument): Problem[] {
  return [...document.sections.values()].flatMap((section): Problem[] => {
    const known = SECTIONS.find(([name]) => isA(section.name, name));
    if (known === undefined) {
      const [type = '', ...rest] = section.name.split(':');
      const suggestion = didYouMean(
        type,
        SECTIONS.map(([name]) => name.replace(/:$/, '')),
      );
      const name = rest.length === 0 ? section.name : `${type}:${rest.join(':')}`;
      return [ignored(`[${name}] is no section of supervisord and is ignored`, suggestion, section.origin)];
    }
    const keys = known[1];
    if (keys === null) return [];
    return [...section.entries]
      .filter(([key]) => !keys.includes(key))
      .map(([key, entry]) =>
        ignored(`${key} is no key of [${section.name}] and is ignored`, didYouMean(key, keys), entry.origin),
      );
  });
}

function isA(name: string, known: string): boolean {
  if (known.endsWith(':')) return name.startsWith(known);
  return name === known || (known.endsWith('_http_server') && name.startsWith(known));
}

function ignored(message: string, remedy: string | undefined, origin: Problem['origin']): Problem {
  return { severity: 'warning', message, ...(remedy && { remedy }), ...(origin && { origin }) };
}
