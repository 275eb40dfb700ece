// What COPY and ADD take out of the context, as far as the Dockerfile alone says it.

import { jsonList, mountFields, readFlags, type Flag } from './dockerfile-flags.ts';
import type { Dockerfile } from './dockerfile.ts';
import { neededStages, stageAt } from './stages.ts';

export interface CopySource {
  readonly keyword: string;
  readonly line: number;
  /** Relative to the context, without `./`; empty for the whole of it. */
  readonly path: string;
}

/** Without patterns, variables, URLs, heredocs and whatever other frontends may mean by it: those need not be there. */
export function copySources({ instructions, stages, isForeign }: Dockerfile): CopySource[] {
  if (isForeign) return [];
  const needed = neededStages(stages, instructions);
  return instructions
    .filter(({ firstLine }) => needed.has(stageAt(stages, firstLine)))
    .flatMap(({ keyword, text, firstLine: line }) => {
      const { flags, rest } = readFlags(text);
      if (keyword === 'RUN')
        return boundSources(flags).map((path) => ({ keyword: 'RUN --mount', line, path }));
      if (keyword !== 'COPY' && keyword !== 'ADD') return [];
      if (flags.some(({ name }) => name === 'from' || name === 'parents')) return [];
      const list = jsonList(rest);
      const words = Array.isArray(list) ? list : rest.split(/\s+/);
      return words
        .slice(0, -1)
        .filter((word) => !/[*?[\]$"'\\`<]|:\/\/|^git@|\.git(?:#|$)/.test(word))
        .map((word) => ({ keyword, line, path: contextPath(word) }));
    });
}

/** `--mount=type=bind,source=x`: out of the context, where no other image is named. */
function boundSources(flags: readonly Flag[]): string[] {
  return flags
    .filter(({ name }) => name === 'mount')
    .map(({ value = '' }) => mountFields(value))
    .filter((fields) => !fields.has('from') && (fields.get('type') ?? 'bind') === 'bind')
    .map((fields) => fields.get('source') ?? fields.get('src') ?? '')
    .filter((source) => !source.includes('$'))
    .map(contextPath);
}

/** The context is all that there is: `/x` and `../x` are in it, too. */
function contextPath(word: string): string {
  const parts: string[] = [];
  for (const part of word.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
