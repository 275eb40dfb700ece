// journalctl: what units have written and what the manager said of them, out of the manager's memory.

import { hostname } from 'node:os';
import type { UnitsClient } from '../control/units-client.ts';
import type { JournalLine, JournalQuery } from '../control/units.ts';
import { isGlob, mangleUnitName } from '../units/unit-names.ts';
import { formatLine, type JournalFormat } from './journalctl-format.ts';
import { readJournalOptions, type JournalOptions } from './journalctl-options.ts';
import { Failure } from './systemctl/failure.ts';
import type { Io, Managers } from './systemctl/session.ts';
import { VERSION_TEXT } from './systemctl/version.ts';

/** Resolves with the exit code. */
export async function journalctl(argv: readonly string[], io: Io, managers: Managers): Promise<number> {
  const options = readJournalOptions(argv, io.wallClock());
  if (options.action === 'version') io.out(VERSION_TEXT);
  if (options.action === 'help') io.out(HELP);
  if (options.action !== 'show') return maintain(options, io, managers);
  const client = await managers.find();
  if (client === null) {
    if (!options.quiet) io.out('No journal files were found.\n-- No entries --\n');
    return 0;
  }
  return show(options, io, client);
}

const HELP = `journalctl [OPTIONS…] [MATCHES…]

Shows what systemd units have written, and what initkit said of them.

  -u --unit=UNIT            of this unit; patterns and several are possible
  -t --identifier=NAME      of this identifier
  -p --priority=RANGE       of these priorities
  -g --grep=PATTERN         with messages that match
  -S --since=, -U --until=  from this time, to that
  -n --lines[=N]            the last N; 10 where there is no number
  -e                        the last 1000
  -r --reverse              newest first
  -f --follow               and all that comes
  -o --output=FORM          short, short-iso, short-precise, short-full, short-unix, cat, json, json-pretty, verbose, export
  -q --quiet, --utc, --no-hostname, --no-pager
`;

/** What there is to keep in order elsewhere: nothing here is kept on disk, and what is too old goes by itself. */
async function maintain(options: JournalOptions, io: Io, managers: Managers): Promise<number> {
  const all: JournalQuery = { units: [], lines: null, sinceMs: null, untilMs: null, maxPriority: 7 };
  switch (options.action) {
    case 'disk-usage':
      io.out('Archived and active journals take up 0B in the file system.\n');
      return 0;
    case 'vacuum':
      io.err('Vacuuming done, freed 0B of archived journals from /run/log/journal.\n');
      return 0;
    case 'fields': {
      const lines = (await (await managers.find())?.journal(all)) ?? [];
      const values = new Set(
        lines.map((line) => fieldOf(line, options.field ?? '')).filter((value) => value !== null),
      );
      io.out([...values].map((value) => `${value}\n`).join(''));
      return 0;
    }
    case 'show':
    case 'help':
    case 'version':
    case 'nothing':
      return 0;
    default:
      return options.action satisfies never;
  }
}

function fieldOf(line: JournalLine, name: string): string | null {
  switch (name) {
    case '_SYSTEMD_UNIT':
    case 'UNIT':
      return line.unit;
    case 'SYSLOG_IDENTIFIER':
      return line.identifier;
    case '_PID':
      return String(line.pid);
    case 'PRIORITY':
      return String(line.priority);
    case '_HOSTNAME':
      return hostname();
    case 'MESSAGE':
      return line.message;
    default:
      return null;
  }
}

async function show(options: JournalOptions, io: Io, client: UnitsClient): Promise<number> {
  const units = await unitsOf(options, client);
  const format: JournalFormat = { ...options, hostname: hostname() };
  const isWanted = (line: JournalLine): boolean =>
    line.priority >= options.minPriority &&
    (options.identifiers.length === 0 || options.identifiers.includes(line.identifier)) &&
    (options.pattern === null || options.pattern.test(line.message)) &&
    options.matches.every(({ name, values }) => values.includes(fieldOf(line, name) ?? ''));
  const query: JournalQuery = {
    units,
    // What is left out here must not count: the manager knows neither patterns nor identifiers.
    lines: isPlain(options) ? options.lines : null,
    sinceMs: options.sinceMs,
    untilMs: options.untilMs,
    maxPriority: options.maxPriority,
  };
  if (options.follow) return follow(options, query, io, client, isWanted, format);
  const lines = (await client.journal(query)).filter(isWanted);
  const kept = options.lines === null ? lines : lines.slice(Math.max(0, lines.length - options.lines));
  const ordered = options.reverse ? kept.toReversed() : kept;
  io.out(ordered.map((line) => `${formatLine(line, format)}\n`).join(''));
  if (ordered.length > 0) return 0;
  const isForPeople =
    options.output.startsWith('short') || options.output === 'with-unit' || options.output === 'verbose';
  if (!options.quiet && isForPeople) io.out('-- No entries --\n');
  return options.pattern === null ? 0 : 1;
}

function isPlain({ minPriority, identifiers, pattern, matches }: JournalOptions): boolean {
  return minPriority === 0 && identifiers.length === 0 && pattern === null && matches.length === 0;
}

async function unitsOf({ units }: JournalOptions, client: UnitsClient): Promise<readonly string[]> {
  const names = units.map((word) => {
    const name = mangleUnitName(word);
    if (name === null) throw new Failure(`Failed to mangle unit name: Invalid argument`);
    return name;
  });
  const patterns = names.filter(isGlob);
  if (patterns.length === 0) return aliasesOf(names, client);
  const found = (await client.list(patterns)).map(({ id }) => id);
  if (found.length === 0) throw new Failure('Failed to add filter for units: No data available');
  return [
    ...(await aliasesOf(
      names.filter((name) => !isGlob(name)),
      client,
    )),
    ...found,
  ];
}

/** What an alias has written stands under the unit's own name. */
async function aliasesOf(names: readonly string[], client: UnitsClient): Promise<string[]> {
  const ids = await Promise.all(names.map(async (name) => (await client.snapshot(name)).id));
  return [...new Set([...names, ...ids])];
}

async function follow(
  options: JournalOptions,
  query: JournalQuery,
  io: Io,
  client: UnitsClient,
  isWanted: (line: JournalLine) => boolean,
  format: JournalFormat,
): Promise<number> {
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  const lines = options.lines ?? (options.sinceMs === null ? FOLLOWED_LINES : null);
  await client.followJournal(
    { ...query, lines },
    (line) => {
      if (isWanted(line)) io.out(`${formatLine(line, format)}\n`);
    },
    abort.signal,
  );
  return 0;
}

/** How many lines `-f` begins with. */
const FOLLOWED_LINES = 10;
