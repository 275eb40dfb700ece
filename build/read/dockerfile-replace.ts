// Puts other images into a Dockerfile, at the places that name them, so that no line moves.

import type { Dockerfile, ImageUse } from './dockerfile.ts';

/** The same Dockerfile with images replaced; line numbers stay as they are. */
export function replaceImages(
  text: string,
  dockerfile: Dockerfile,
  replacement: (use: ImageUse) => string | undefined,
): string {
  const lines = text.split('\n');
  for (const use of dockerfile.uses) {
    const image = replacement(use);
    if (image === undefined) continue;
    for (let index = use.line - 1; index < use.lastLine; index++) {
      const before = lines[index] ?? '';
      const after = replaceWord(before, use, image);
      if (after === before) continue;
      lines[index] = after;
      break;
    }
  }
  return lines.join('\n');
}

/** The same Dockerfile for the engine's own frontend: no line moves, and what other directives say stays. */
export function withoutSyntax(text: string): string {
  const lines = text.split('\n');
  const index = lines.findIndex((line) => /^\s*#\s*syntax\s*=/i.test(line));
  if (index < 0) return text;
  lines.splice(index, 1);
  const isNextDirective = /^\s*#\s*escape\s*=/i.test(lines[index] ?? '');
  return lines.toSpliced(isNextDirective ? index + 1 : index, 0, '#').join('\n');
}

function replaceWord(line: string, { keyword, word }: ImageUse, replacement: string): string {
  // The same word may stand elsewhere in the line: RUN --mount=source=web,from=web.
  const before = keyword === 'FROM' ? String.raw`(?<=^|\s)` : String.raw`(?<=from=["']?)`;
  const after = keyword === 'FROM' ? String.raw`(?=\s|$)` : String.raw`(?=["']?(?:[\s,]|$))`;
  return line.replace(new RegExp(before + RegExp.escape(word) + after), () => replacement);
}
