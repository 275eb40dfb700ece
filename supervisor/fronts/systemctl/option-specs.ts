// The options that systemctl takes, by their long names and their letters. Pure.

import type { OptionSpec } from './getopt.ts';

const NONE = [
  'help h',
  'version',
  'all a',
  'full l',
  'quiet q',
  'no-block',
  'now',
  'force f',
  'runtime',
  'wait',
  'value',
  'plain',
  'no-legend',
  'no-pager',
  'no-wall',
  'no-reload',
  'no-ask-password',
  'no-warn',
  'dry-run',
  'reverse',
  'after',
  'before',
  'show-types',
  'failed',
  'fail',
  'irreversible',
  'ignore-dependencies',
  'recursive r',
  'with-dependencies',
  'user',
  'system',
  'global',
  'show-transaction T',
  'i',
  'marked',
  'read-only',
  'mkdir',
  'stdin',
  'verbose v',
];
const REQUIRED = [
  'type t',
  'state',
  'property p',
  'P',
  'root',
  'image',
  'host H',
  'machine M',
  'job-mode',
  'signal s',
  'kill-who',
  'kill-whom',
  'kill-value',
  'lines n',
  'output o',
  'preset-mode',
  'what',
  'message',
  'timestamp',
  'legend',
  'reboot-argument',
  'check-inhibitors',
  'drop-in',
];

export const SPECS: readonly OptionSpec[] = [
  ...NONE.map((words) => specOf(words, 'none')),
  ...REQUIRED.map((words) => specOf(words, 'required')),
];

function specOf(words: string, argument: OptionSpec['argument']): OptionSpec {
  const [name = '', short = name.length === 1 ? name : undefined] = words.split(' ');
  return short === undefined ? { name, argument } : { name, short, argument };
}
