// Reads an .ini text into sections whose keys know their lines.

import ini from 'ini';
import type { Problem } from '../model/errors.ts';

export interface Section {
  readonly values: Readonly<Record<string, string>>;
  readonly line: number;
  lineOf(key: string): number | undefined;
}

/** An indented line goes on with the value above it, as in supervisord's dialect; every line keeps its number. */
export function joinContinuations(text: string): string {
  const lines = text.split(/\r?\n/);
  let value = -1;
  for (const [index, line] of lines.entries()) {
    if (/^[^\s;#[][^=]*=/.test(line)) value = index;
    else if (/^\s+[^\s;#]/.test(line) && value >= 0) {
      lines[value] = `${lines[value]} ${line.trim()}`;
      lines[index] = '';
    } else if (line.trim() !== '' && !/^\s*[;#]/.test(line)) value = -1;
  }
  return lines.join('\n');
}

/** `ini` nests sections whose name has a dot; the build's own have none, so only flat ones are kept. */
export function readSections(text: string): Map<string, Section> {
  const sections = new Map<string, Section>();
  for (const [title, body] of Object.entries(ini.parse(text))) {
    if (typeof body !== 'object' || body === null) continue;
    const values: Record<string, string> = {};
    for (const [key, value] of Object.entries(body)) {
      if (typeof value === 'string' && value !== '') values[key] = value;
      if (typeof value === 'boolean' || typeof value === 'number') values[key] = String(value);
    }
    const lines = text.split(/\r?\n/);
    const start = lines.findIndex((line) => line.trim() === `[${title}]`);
    const lineOf = (key: string): number | undefined => {
      for (
        let index = start + 1;
        index < lines.length && !/^\s*\[.*\]\s*$/.test(lines[index] ?? '');
        index++
      ) {
        if (lines[index]?.split('=')[0]?.trim() === key) return index + 1;
      }
      return undefined;
    };
    sections.set(title, { values, line: start + 1, lineOf });
  }
  return sections;
}

export function unreadableLines(text: string, file: string): Problem[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const trimmed = line.trim();
    if (
      trimmed === '' ||
      /^[;#]/.test(trimmed) ||
      /^\[.+\]\s*([;#].*)?$/.test(trimmed) ||
      trimmed.includes('=')
    )
      return [];
    return [
      {
        file,
        line: index + 1,
        message: `cannot read "${trimmed}"`,
        remedy: 'a [section], a key = value, or a comment',
      },
    ];
  });
}
