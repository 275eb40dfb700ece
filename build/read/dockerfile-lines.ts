// Splits a Dockerfile into instructions: continuations, comments between them, heredocs, the escape directive.

import type { Problem } from '../model/errors.ts';

export interface Instruction {
  readonly keyword: string;
  /** Everything behind the keyword, continuations joined by one space, flags included. */
  readonly text: string;
  readonly firstLine: number;
  readonly lastLine: number;
}

export interface Instructions {
  readonly instructions: Instruction[];
  readonly problems: Problem[];
  /** What `# syntax=` names: a frontend that may know more than is known here. */
  readonly syntax: string | undefined;
  readonly escape: Escape;
}

/** What joins lines and takes a character's meaning away. */
export type Escape = '\\' | '`';

export function readInstructions(text: string, file: string): Instructions {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const { escape, syntax, problems } = readDirectives(lines, file);
  // The escape character joins lines where it stands last and is not itself escaped.
  const continued = escape === '\\' ? /(?<before>^|[^\\])\\[ \t]*$/ : /(?<before>^|[^`])`[ \t]*$/;
  const instructions: Instruction[] = [];
  for (let index = 0; index < lines.length; index++) {
    const start = lines[index] ?? '';
    if (start.trim() === '' || start.trimStart().startsWith('#')) continue;
    const firstLine = index + 1;
    let joined = '';
    for (let part = start; ; part = lines[++index] ?? '') {
      // A comment or an empty line inside a continuation is skipped and does not end it.
      const isSkipped = index >= firstLine && (part.trim() === '' || part.trimStart().startsWith('#'));
      if (!isSkipped) joined = joinLines(joined, part.replace(continued, '$<before>'));
      if ((!isSkipped && !continued.test(part)) || index + 1 >= lines.length) break;
    }
    const [, keyword = '', rest = ''] = /^(\S+)\s*([^]*)$/.exec(joined.trim()) ?? [];
    if (keyword === '') continue;
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
  return { instructions, problems, syntax, escape };
}

/** As they follow each other, without a blank that nobody wrote; of blanks where they meet, one is left. */
function joinLines(left: string, right: string): string {
  const isApart = /\s$/.test(left) || /^\s/.test(right);
  return isApart ? `${left.trimEnd()} ${right.trimStart()}` : left + right;
}

/** `# escape=`, `# syntax=` and `# check=` count only at the very top; a line that is none of them ends them. */
function readDirectives(
  lines: readonly string[],
  file: string,
): { escape: Escape; syntax: string | undefined; problems: Problem[] } {
  const seen = new Map<string, string>();
  const problems: Problem[] = [];
  const first = lines[0]?.startsWith('#!') === true ? 1 : 0;
  for (const [index, line] of lines.slice(first).entries()) {
    const [, written = '', value = ''] = /^\s*#\s*([a-z][a-z0-9]*)\s*=\s*(.+?)\s*$/i.exec(line) ?? [];
    const name = written.toLowerCase();
    if (!['escape', 'syntax', 'check'].includes(name)) break;
    const place = { file, line: first + index + 1 };
    if (seen.has(name)) problems.push({ ...place, message: `# ${name}= stands here a second time` });
    else if (name === 'escape' && value !== '\\' && value !== '`')
      problems.push({ ...place, message: `# escape=${value}: neither \\ nor \`` });
    seen.set(name, value);
  }
  const [syntax] = (seen.get('syntax') ?? '').split(/\s/);
  return { escape: seen.get('escape') === '`' ? '`' : '\\', syntax: syntax || undefined, problems };
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
