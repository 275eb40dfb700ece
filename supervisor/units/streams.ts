// `StandardInput=`, `StandardOutput=`, `StandardError=` and the data that a program can be given to read.

import type { ExecSettings, StreamTarget } from './model.ts';
import { pathFault, simplify } from './unit-paths.ts';
import { bare, type Draft, type KeyReader, type KeyReaders, type Reading } from './reading.ts';
import type { Assignment } from './unit-ini.ts';
import { unescapeOne } from './words.ts';

type StreamsDraft = Draft<
  Pick<ExecSettings, 'standardInput' | 'standardInputData' | 'standardOutput' | 'standardError'>
>;

const OUTPUT_WORDS: Readonly<Record<string, StreamTarget>> = {
  inherit: { kind: 'inherit' },
  null: { kind: 'null' },
  tty: { kind: 'tty' },
  journal: { kind: 'journal' },
  'journal+console': { kind: 'journal' },
  kmsg: { kind: 'journal' },
  'kmsg+console': { kind: 'journal' },
  socket: { kind: 'socket' },
};
const INPUT_WORDS: Readonly<Record<string, StreamTarget>> = {
  null: { kind: 'null' },
  tty: { kind: 'tty' },
  'tty-force': { kind: 'tty' },
  'tty-fail': { kind: 'tty' },
  socket: { kind: 'socket' },
  data: { kind: 'data' },
};

const output =
  (field: 'standardOutput' | 'standardError'): KeyReader<StreamsDraft> =>
  (draft, assignment, reading) => {
    const value = assignment.value;
    const obsolete = { syslog: 'journal', 'syslog+console': 'journal+console' }[value];
    if (obsolete !== undefined) {
      reading.warn(
        `Standard output type ${value} is obsolete, automatically updating to ${obsolete}. ` +
          'Please update your unit file, and consider removing the setting altogether.',
        assignment.origin,
      );
    }
    const target =
      OUTPUT_WORDS[obsolete ?? value] ??
      descriptor(value, field === 'standardOutput' ? 'stdout' : 'stderr', assignment, reading) ??
      file(value, ['file', 'append', 'truncate'], assignment, reading);
    if (target !== 'said') {
      draft[field] = reading.orWarn(target, assignment, 'Failed to parse output specifier') ?? draft[field];
    }
  };

/** `fd` or `fd:NAME`. */
function descriptor(
  value: string,
  standard: string,
  assignment: Assignment,
  reading: Reading,
): StreamTarget | 'said' | null {
  const match = /^fd(?::(.*))?$/s.exec(value);
  if (match === null) return null;
  const name =
    match[1] === undefined
      ? standard
      : reading.expanded(assignment, match[1], `unit specifiers in ${match[1]}`);
  if (name === null) return 'said';
  return { kind: 'fd', name: name === '' ? standard : name };
}

function file<K extends 'file' | 'append' | 'truncate'>(
  value: string,
  kinds: readonly K[],
  assignment: Assignment,
  reading: Reading,
): StreamTarget | 'said' | null {
  const kind = kinds.find((each) => value.startsWith(`${each}:`));
  if (kind === undefined) return null;
  const path = reading.expand(value.slice(kind.length + 1));
  if (path === null) {
    const text = value.slice(kind.length + 1);
    reading.warn(`Failed to resolve ${bare(text)}: Invalid slot`, assignment.origin);
    return 'said';
  }
  const fault = pathFault(path);
  if (fault !== null) {
    reading.warn(`${assignment.key}= path ${fault.what}: ${fault.shown}`, assignment.origin);
    return 'said';
  }
  return { kind, path: simplify(path) };
}

function append(draft: StreamsDraft, bytes: Uint8Array): void {
  const old = draft.standardInputData ?? new Uint8Array();
  const whole = new Uint8Array(old.length + bytes.length);
  whole.set(old);
  whole.set(bytes, old.length);
  draft.standardInputData = whole;
}

export const STREAM_READERS: KeyReaders<StreamsDraft> = {
  StandardInput(draft, assignment, reading) {
    const target =
      INPUT_WORDS[assignment.value] ??
      descriptor(assignment.value, 'stdin', assignment, reading) ??
      file(assignment.value, ['file'], assignment, reading);
    if (target !== 'said') {
      draft.standardInput =
        reading.orWarn(target, assignment, 'Failed to parse input specifier') ?? draft.standardInput;
    }
  },
  StandardOutput: output('standardOutput'),
  StandardError: output('standardError'),
  StandardInputText(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.standardInputData = null;
      return;
    }
    const text = unescapeAll(assignment.value);
    if (text === null) {
      return reading.warn(
        `Failed to decode C escaped text '${assignment.value}', ignoring: Invalid argument`,
        assignment.origin,
      );
    }
    const expanded = reading.expanded(assignment, text);
    if (expanded !== null) append(draft, new TextEncoder().encode(`${expanded}\n`));
  },
  StandardInputData(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.standardInputData = null;
      return;
    }
    const base64 = assignment.value.replace(/\s/g, '');
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) {
      return reading.warn(`Failed to decode base64 data, ignoring: ${assignment.value}`, assignment.origin);
    }
    append(draft, Uint8Array.fromBase64(base64));
  },
};

function unescapeAll(text: string): string | null {
  let plain = '';
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '\\') {
      plain += text[at];
      continue;
    }
    const escape = unescapeOne(text.slice(at + 1));
    if (escape === null) return null;
    plain += escape.character;
    at += escape.length;
  }
  return plain;
}
