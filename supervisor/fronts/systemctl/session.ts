// What every command of systemctl works with: its options, where it writes, the manager, and the files of the units.

import type { UnitsClient } from '../../control/units-client.ts';
import { Failure } from './failure.ts';
import type { Options } from './options.ts';

export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Null where standard output is no terminal. */
  readonly columns: number | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Wall clock, milliseconds since 1970. */
  wallClock(): number;
  /** CLOCK_MONOTONIC in microseconds: the same for all processes of the machine. */
  monotonicUs(): number;
}

/** The ways to a manager of units. */
export interface Managers {
  /** Null where nobody runs units here. */
  find(): Promise<UnitsClient | null>;
  /** Makes one that stays in the background; null where that cannot be. */
  bringUp(): Promise<UnitsClient | null>;
}

export interface Session {
  readonly io: Io;
  readonly options: Options;
  /** Null where nobody runs units here, as while an image is built. */
  readonly client: UnitsClient | null;
}

/** The manager; throws Failure where there is none. */
export function managerOf({ client }: Session): UnitsClient {
  if (client !== null) return client;
  throw new Failure(
    "System has not been booted with systemd as init system (PID 1). Can't operate.\n" +
      'Failed to connect to bus: Host is down (no initkit with units runs here: start the container with it as PID 1)',
  );
}

/** States of unit files for which a preset would only confuse. */
export const WITHOUT_PRESET: readonly string[] = ['alias', 'static', 'generated', 'transient'];

export interface Glyphs {
  readonly active: string;
  readonly inactive: string;
  readonly failed: string;
  readonly reloading: string;
  readonly branch: string;
  readonly last: string;
  readonly trunk: string;
  readonly arrow: string;
  readonly ellipsis: string;
}

const UNICODE: Glyphs = {
  active: '●',
  inactive: '○',
  failed: '×',
  reloading: '↻',
  branch: '├─',
  last: '└─',
  trunk: '│ ',
  arrow: '→',
  ellipsis: '…',
};
const ASCII: Glyphs = {
  active: '*',
  inactive: '*',
  failed: '*',
  reloading: 'C',
  branch: '|-',
  last: '`-',
  trunk: '| ',
  arrow: '->',
  ellipsis: '...',
};

/** systemd takes a locale that nobody has set for one with UTF-8. */
export function glyphsOf({ environment }: Io): Glyphs {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || 'C.UTF-8';
  return /utf-?8/i.test(locale) ? UNICODE : ASCII;
}

export function stateGlyph(state: string, glyphs: Glyphs): string {
  if (state === 'inactive') return glyphs.inactive;
  if (state === 'maintenance') return glyphs.inactive;
  if (state === 'failed') return glyphs.failed;
  if (state === 'reloading') return glyphs.reloading;
  return glyphs.active;
}

/** ANSI colours on a terminal that has them. */
export function colorsOf({
  columns,
  environment,
}: Io): (color: 'red' | 'green' | 'yellow' | 'bold' | 'none', text: string) => string {
  const wanted = environment['SYSTEMD_COLORS'] ?? (environment['NO_COLOR'] === undefined ? '1' : '0');
  const on = columns !== null && environment['TERM'] !== 'dumb' && !/^(0|no|false|off)$/.test(wanted);
  const codes = { red: '1;31', green: '1;32', yellow: '1;38;5;185', bold: '1', none: '' };
  return (color, text) => (on && color !== 'none' ? `\u001b[0;${codes[color]}m${text}\u001b[0m` : text);
}

export function colorOfState(state: string): 'red' | 'green' | 'none' {
  if (state === 'failed') return 'red';
  return state === 'active' || state === 'reloading' ? 'green' : 'none';
}
