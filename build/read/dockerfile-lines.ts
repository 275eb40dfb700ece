// Splits a Dockerfile into instructions: continuations, comments between them, heredocs, the escape directive.

import type { Problem } from '../model/errors.ts';

export interface Instruction {
  readonly keyword: string;
  /** Everything behind the keyword, continuations joined by one space, flags included. */
  readonly text: string;
  readonly firstLine: number;
  readonly lastLine: number;
}

export function readInstructions(
  text: string,
  file: string,
): { instructions: Instruction[]; problems: Problem[] } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const escape = escapeCharacter(lines);
  const continued = new RegExp(`${escape === '\\' ? '\\\\' : '`'}[ \\t]*$`);
  const instructions: Instruction[] = [];
  const problems: Problem[] = [];
  for (let index = 0; index < lines.length; index++) {
    const start = lines[index] ?? '';
    if (start.trim() === '' || start.trimStart().startsWith('#')) continue;
    const firstLine = index + 1;
    const parts: string[] = [];
    for (let part = start; ; part = lines[++index] ?? '') {
      // A comment or an empty line inside a continuation is skipped and does not end it.
      const isSkipped = parts.length > 0 && (part.trim() === '' || part.trimStart().startsWith('#'));
      if (!isSkipped) parts.push(part.replace(continued, '').trim());
      if ((!isSkipped && !continued.test(part)) || index + 1 >= lines.length) break;
    }
    const joined = parts.filter((part) => part !== '').join(' ');
    const [, keyword = '', rest = ''] = /^(\S+)\s*([^]*)$/.exec(joined) ?? [];
    const upper = keyword.toUpperCase();
    for (const { tag, stripTabs } of heredocsOf(upper, rest)) {
      const end = lines.findIndex(
        (line, at) => at > index && (stripTabs ? line.replace(/^\t+/, '') : line) === tag,
      );
      if (end < 0)
        problems.push({
          file,
          line: firstLine,
          message: `heredoc <<${tag} has no end`,
          remedy: `add a line "${tag}"`,
        });
      index = end < 0 ? lines.length : end;
    }
    instructions.push({ keyword: upper, text: rest, firstLine, lastLine: Math.min(index + 1, lines.length) });
  }
  return { instructions, problems };
}

/** The `# escape=` directive counts only among the directives at the very top. */
function escapeCharacter(lines: readonly string[]): string {
  for (const line of lines) {
    const directive = /^\s*#\s*([a-z]+)\s*=\s*(\S+)\s*$/i.exec(line);
    if (directive === null) return '\\';
    if (directive[1]?.toLowerCase() === 'escape') return directive[2] === '`' ? '`' : '\\';
  }
  return '\\';
}

/** A word like `<<EOF`, `3<<-"end of it"`: in the lines of RUN, COPY and ADD, also behind ONBUILD, and not inside of quotes. */
function heredocsOf(keyword: string, text: string): { tag: string; stripTabs: boolean }[] {
  const inner = keyword === 'ONBUILD' ? (/^\S+/.exec(text)?.[0] ?? '') : keyword;
  if (!/^(RUN|COPY|ADD)$/i.test(inner)) return [];
  const words = shellWords(text);
  return words.flatMap((word, index) => {
    const [, dash, own = ''] = /^\d*<<(-?)([^<]*)$/.exec(word) ?? [];
    if (dash === undefined) return [];
    // "<< EOF" is one, too.
    const name = own === '' ? (words[index + 1] ?? '') : own;
    const tag = name.replace(/\\(.)|["']/g, '$1');
    return tag === '' ? [] : [{ tag, stripTabs: dash === '-' }];
  });
}

/** Words as a shell separates them, quotes left in. */
export function shellWords(text: string): string[] {
  return text.match(/(?:\\[^]|"(?:\\[^]|[^"\\])*"|'[^']*'|[^\s"'\\]|["'\\])+/g) ?? [];
}
