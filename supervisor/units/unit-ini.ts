// Text of a unit file → its assignments in order, in the dialect of systemd.syntax(7).

import type { Origin, Problem } from '../model.ts';

export interface Assignment {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /** The last line of a value that is continued over several. */
  readonly origin: Origin;
}

export interface UnitText {
  readonly assignments: readonly Assignment[];
  readonly problems: readonly Problem[];
  /** The file cannot be used at all: its first line that makes it so, in words. */
  readonly fatal: string | null;
}

/** systemd's LONG_LINE_MAX, bytes of one line with its continuations. */
const LONGEST_LINE = 1024 * 1024;
const BLANK_START = /^[ \t\n\r]+/;
const BLANK_END = /[ \t\n\r]+$/;

/** Reads one file; `sections` are those that this type of unit has. */
export function readUnitText(text: string, file: string, sections: readonly string[]): UnitText {
  const assignments: Assignment[] = [];
  const problems: Problem[] = [];
  let section: string | null = null;
  let ignored = false;
  let pending: string | null = null;
  let number = 0;
  let fatal: string | null = null;

  const warn = (message: string): void => {
    problems.push({ severity: 'warning', message, origin: { file, line: number } });
  };

  const take = (raw: string): void => {
    const line = strip(raw);
    if (line === '' || line.startsWith('#') || line.startsWith(';')) return;
    if (line.includes('\uFFFD')) {
      fatal = `String is not UTF-8 clean, ignoring assignment: ${line}`;
      return;
    }
    if (line.startsWith('[')) {
      if (!line.endsWith(']')) {
        fatal = `Invalid section header '${line}'`;
        return;
      }
      section = line.slice(1, -1);
      ignored = !sections.includes(section);
      if (ignored && !section.startsWith('X-')) warn(`Unknown section '${section}'. Ignoring.`);
      return;
    }
    if (section === null) return warn('Assignment outside of section. Ignoring.');
    if (ignored) return;
    const equals = line.indexOf('=');
    if (equals === -1) return warn("Missing '=', ignoring line.");
    if (equals === 0) return warn("Missing key name before '=', ignoring line.");
    const key = strip(line.slice(0, equals));
    assignments.push({ section, key, value: strip(line.slice(equals + 1)), origin: { file, line: number } });
  };

  for (const raw of linesOf(text)) {
    number += 1;
    if (/^[ \t\n\r]*[#;]/.test(raw)) continue;
    const whole: string = (pending ?? '') + raw;
    if (whole.length > LONGEST_LINE) {
      fatal = pending === null ? 'Line too long' : 'Continuation line too long';
      break;
    }
    if (endsInBackslash(whole)) {
      pending = `${whole.slice(0, -1)} `;
      continue;
    }
    pending = null;
    take(whole);
    if (fatal !== null) break;
  }
  if (pending !== null && fatal === null) {
    number += 1;
    take(pending);
  }
  if (fatal !== null) {
    problems.push({ severity: 'error', message: fatal, origin: { file, line: number } });
  }
  return { assignments, problems, fatal };
}

/** Whether the last backslash stands by itself: `\\` at the end is two of them, and no continuation. */
function endsInBackslash(line: string): boolean {
  const backslashes = /\\+$/.exec(line)?.[0].length ?? 0;
  return backslashes % 2 === 1;
}

/** Lines end in `\n`, `\r`, `\r\n` or NUL; a byte order mark at the start goes. */
function linesOf(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n\r|[\n\r\0]/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

export function strip(text: string): string {
  return text.replace(BLANK_START, '').replace(BLANK_END, '');
}
