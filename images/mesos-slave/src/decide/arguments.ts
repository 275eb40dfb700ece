// The command line, in Go's notation: -name=value, -name value, and two dashes as one. Pure.

export interface Arguments {
  /** A configuration file, or a folder of them. */
  readonly config: string;
  readonly registry: string;
  /** Lines in a batch, at most. */
  readonly spoolSize: number;
  readonly longestLine: number;
  /** Tells problems alone. */
  readonly quiet: boolean;
  /** Flags of logstash-forwarder that mean nothing to us. */
  readonly ignored: readonly string[];
}

/** A command line that nothing can be made of. */
export class UsageError extends Error {}

export const DEFAULT_REGISTRY = '/var/lib/logstash-forwarder/registry';

const SMALLEST_LINE = 64;
const LARGEST_LINE = 64 * 1024 * 1024;
/** Servers make room for as many events as a window says. */
const LARGEST_SPOOL = 65_536;

/** Flags with a value, by all their names; undefined stands for one without effect. */
const VALUES: Readonly<Record<string, 'config' | 'registry' | 'spoolSize' | 'longestLine' | undefined>> = {
  config: 'config',
  registry: 'registry',
  'max-line-bytes': 'longestLine',
  'spool-size': 'spoolSize',
  sv: 'spoolSize',
  cpuprofile: undefined,
  'harvest-buffer-size': undefined,
  hb: undefined,
  'harvest-size': undefined,
  'idle-flush-time': undefined,
  'old-files-hours': undefined,
  'idle-timeout': undefined,
};

const SWITCHES = ['quiet', 'verbose', 'v', 'debug', 'tail', 't', 'log-to-syslog', 'syslog', 'from-beginning'];
/** What logstash-forwarder calls verbose is what makes it quiet. */
const QUIET = ['quiet', 'verbose', 'v'];

export function readArguments(words: readonly string[]): Arguments {
  const values = new Map<string, string>();
  const ignored: string[] = [];
  let quiet = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const [, name = '', given] = /^--?([a-z][a-z-]*)(?:=([^]*))?$/.exec(word) ?? [];
    if (Object.hasOwn(VALUES, name)) {
      at += given === undefined ? 1 : 0;
      const value = given ?? words[at];
      if (value === undefined) throw new UsageError(`-${name} needs a value`);
      const key = VALUES[name];
      if (key === undefined) ignored.push(`-${name}`);
      else values.set(key, value);
    } else if (SWITCHES.includes(name)) {
      const isOn = given === undefined || /^(?:1|t|true)$/i.test(given);
      if (QUIET.includes(name)) quiet = isOn;
      else if (isOn) ignored.push(`-${name}`);
    } else throw new UsageError(`'${word}' is no option: write -config=PATH`);
  }
  const config = values.get('config');
  if (config === undefined || config === '')
    throw new UsageError('no configuration is given: write -config=PATH');
  return {
    config,
    registry: values.get('registry') ?? DEFAULT_REGISTRY,
    spoolSize: number('spool-size', values.get('spoolSize') ?? '1024', 1, LARGEST_SPOOL),
    longestLine: number(
      'max-line-bytes',
      values.get('longestLine') ?? '1048576',
      SMALLEST_LINE,
      LARGEST_LINE,
    ),
    quiet,
    ignored,
  };
}

function number(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`-${name}=${text} is no number from ${least} to ${most}`);
}
