// One line of the journal in the forms of `journalctl --output=`. Pure but for the time zone.

import type { JournalLine } from '../control/units.ts';
import { fieldsOf, timestamp } from './systemctl/time-text.ts';

export interface JournalFormat {
  /** One of OUTPUTS. */
  readonly output: string;
  readonly hostname: string;
  readonly noHostname: boolean;
  readonly utc: boolean;
  /** `--all`: what a terminal would not show as text is printed as it is. */
  readonly all: boolean;
}

/** What `--output=` takes. */
export const OUTPUTS: readonly string[] = [
  'short',
  'short-full',
  'short-iso',
  'short-iso-precise',
  'short-precise',
  'short-monotonic',
  'short-unix',
  'short-delta',
  'verbose',
  'export',
  'json',
  'json-pretty',
  'json-sse',
  'json-seq',
  'cat',
  'with-unit',
];

/** Without the newline at its end; a message of several lines stays one, its further lines below the first. */
export function formatLine(line: JournalLine, format: JournalFormat): string {
  const { output } = format;
  switch (output) {
    case 'cat':
      return line.message;
    case 'json':
      return JSON.stringify(fieldsOfLine(line, format));
    case 'json-pretty':
      return prettyJson(fieldsOfLine(line, format));
    case 'json-sse':
      return `data: ${JSON.stringify(fieldsOfLine(line, format))}\n`;
    case 'json-seq':
      return `\u001e${JSON.stringify(fieldsOfLine(line, format))}`;
    case 'export':
      return `${exportFields(fieldsOfLine(line, format))}\n`;
    case 'verbose':
      return verbose(line, format);
    default:
      return shortLine(line, format);
  }
}

function shortLine(line: JournalLine, format: JournalFormat): string {
  const host = format.noHostname ? '' : `${format.hostname} `;
  const name = format.output === 'with-unit' ? line.unit : line.identifier;
  const head = `${timeText(line.atMs, format)} ${host}${name}${line.pid > 0 ? `[${line.pid}]` : ''}: `;
  return head + shown(line.message, format).replace(/\n/g, `\n${' '.repeat(head.length)}`);
}

/** Colours and other sequences of a terminal: CSI, and OSC up to its end. */
// eslint-disable-next-line no-control-regex -- they begin with an ESC
const SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

/** As journalctl has it: tabs are eight blanks, colours are left out, and what is no text is only counted. */
function shown(message: string, { all }: JournalFormat): string {
  if (all) return message;
  const text = message.replace(SEQUENCES, '').replaceAll('\t', ' '.repeat(8));
  // eslint-disable-next-line no-control-regex -- control characters are what it is about
  return /[\u0000-\u0009\u000b-\u001f\u007f\ufffd]/.test(text)
    ? `[${sizeText(Buffer.byteLength(text))} blob data]`
    : text;
}

function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes}B` : `${Math.floor((bytes / 1024) * 10) / 10}K`;
}

function timeText(atMs: number, { output, utc }: JournalFormat): string {
  const at = fieldsOf(atMs, utc);
  const date = `${at.year}-${at.month}-${at.day}`;
  const time = `${at.hour}:${at.minute}:${at.second}`;
  switch (output) {
    case 'short-full':
    case 'with-unit':
      return timestamp(atMs, utc);
    case 'short-iso':
      return `${date}T${time}${at.offset}`;
    case 'short-iso-precise':
      return `${date}T${time}.${at.millisecond}000${at.offset}`;
    case 'short-precise':
      return `${at.monthName} ${at.day} ${time}.${at.millisecond}000`;
    case 'short-unix':
      return `${Math.floor(atMs / 1000)}.${at.millisecond}000`;
    default:
      return `${at.monthName} ${at.day} ${time}`;
  }
}

/** The fields that programs look for (systemd.journal-fields(7)). */
function fieldsOfLine(line: JournalLine, { hostname }: JournalFormat): Record<string, string> {
  const microseconds = `${Math.floor(line.atMs)}000`;
  const isOfManager = line.pid === 1 && line.identifier === 'systemd';
  return {
    __REALTIME_TIMESTAMP: microseconds,
    _HOSTNAME: hostname,
    PRIORITY: String(line.priority),
    SYSLOG_IDENTIFIER: line.identifier,
    ...(line.pid > 0 ? { _PID: String(line.pid) } : {}),
    _TRANSPORT: isOfManager ? 'journal' : 'stdout',
    ...(isOfManager ? { UNIT: line.unit, _SYSTEMD_UNIT: 'init.scope' } : { _SYSTEMD_UNIT: line.unit }),
    MESSAGE: line.message,
  };
}

function prettyJson(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).map(
    ([name, value]) => `\t${JSON.stringify(name)} : ${JSON.stringify(value)}`,
  );
  return `{\n${lines.join(',\n')}\n}`;
}

function exportFields(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value.replace(/\n/g, '\\n')}\n`)
    .join('')
    .trimEnd();
}

function verbose(line: JournalLine, format: JournalFormat): string {
  const at = fieldsOf(line.atMs, format.utc);
  const head = `${at.weekday} ${at.year}-${at.month}-${at.day} ${at.hour}:${at.minute}:${at.second}.${at.millisecond}000 ${at.zone}`;
  const fields = Object.entries(fieldsOfLine(line, format)).filter(([name]) => !name.startsWith('__'));
  return [head, ...fields.map(([name, value]) => `    ${name}=${value}`)].join('\n');
}
