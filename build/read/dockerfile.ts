// Reads a Dockerfile as far as planning needs it: instructions with their lines, stages, and the images they come from.

import type { Problem } from '../model/errors.ts';
import { readInstructions, shellWords, type Instruction } from './dockerfile-lines.ts';
import { expandWord } from './dockerfile-words.ts';

/** An image that some instruction takes from, with the word that names it in the file. */
export interface ImageUse {
  readonly image: string;
  readonly word: string;
  readonly keyword: string;
  readonly line: number;
  readonly lastLine: number;
  /** Of which platform it is taken, as it is written; undefined for the one that is built. */
  readonly platform: string | undefined;
}

export interface Stage {
  readonly name: string | undefined;
  /** What its RUN lines run on: of its FROM line, or of the stage that it goes on from; undefined for the one that is built. */
  readonly platform: string | undefined;
  readonly from: ImageUse | { readonly stage: number } | 'scratch';
  readonly line: number;
}

export interface Dockerfile {
  readonly instructions: readonly Instruction[];
  readonly stages: readonly Stage[];
  /** Images outside this file: of FROM, COPY --from and RUN --mount=from. */
  readonly uses: readonly ImageUse[];
  /** Default values of the ARG lines before the first FROM, and `undefined` where there is none. */
  readonly args: ReadonlyMap<string, string | undefined>;
  /** Names of all ARG lines, in stages, too: what --build-arg can set. */
  readonly declared: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

const KEYWORDS = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
);

/**
 * Parses the text; `buildArgs` override the defaults of global ARG lines, as `docker build --build-arg` does, and
 * `automatic` ones (`TARGETARCH`, `BUILDPLATFORM`) need no ARG line.
 */
export function parseDockerfile(
  text: string,
  file: string,
  buildArgs: ReadonlyMap<string, string>,
  automatic: ReadonlyMap<string, string> = new Map(),
): Dockerfile {
  const { instructions, problems } = readInstructions(text, file);
  const args = new Map<string, string | undefined>();
  const stages: Stage[] = [];
  const uses: ImageUse[] = [];
  const stageNames = new Set(
    instructions
      .filter(({ keyword }) => keyword === 'FROM')
      .flatMap(({ text: from }) => /\sAS\s+(\S+)\s*$/i.exec(from)?.[1]?.toLowerCase() ?? []),
  );
  let hasFrom = false;
  for (const instruction of instructions) {
    const { keyword, firstLine: line } = instruction;
    if (!KEYWORDS.has(keyword)) {
      problems.push({ file, line, message: `unknown instruction ${keyword}` });
    } else if (keyword === 'FROM') {
      hasFrom = true;
      const { stage, use } = readFrom(instruction, { file, args, buildArgs, automatic, stages, problems });
      if (stage !== undefined) stages.push(stage);
      if (use !== undefined) uses.push(use);
    } else if (keyword === 'ARG' && !hasFrom) {
      readGlobalArgs(
        instruction,
        args,
        (name) => buildArgs.get(name) ?? args.get(name) ?? automatic.get(name),
      );
    } else if (stages.length === 0) {
      problems.push({
        file,
        line,
        message: `${keyword} stands before the first FROM`,
        remedy: 'only ARG may',
      });
    } else {
      uses.push(...usesOf(instruction, stages, stageNames));
    }
  }
  if (!instructions.some(({ keyword }) => keyword === 'FROM'))
    problems.push({ file, message: 'has no FROM instruction' });
  problems.sort((left, right) => (left.line ?? 0) - (right.line ?? 0));
  const declared = new Set(
    instructions
      .filter(({ keyword }) => keyword === 'ARG')
      .flatMap(({ text: words }) => shellWords(words).map((word) => word.split('=')[0] ?? '')),
  );
  return { instructions, stages, uses, args, declared, problems };
}

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
      const after = replaceWord(before, use.word, image);
      if (after === before) continue;
      lines[index] = after;
      break;
    }
  }
  return lines.join('\n');
}

interface FromContext {
  readonly file: string;
  readonly args: ReadonlyMap<string, string | undefined>;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly automatic: ReadonlyMap<string, string>;
  readonly stages: readonly Stage[];
  readonly problems: Problem[];
}

function readFrom(instruction: Instruction, context: FromContext): { stage?: Stage; use?: ImageUse } {
  const { file, args, stages, problems } = context;
  const line = instruction.firstLine;
  const { flags, words } = splitFlags(instruction.text);
  const [word, as, name, ...rest] = words;
  if (
    word === undefined ||
    rest.length > 0 ||
    (as !== undefined && (as.toUpperCase() !== 'AS' || name === undefined))
  ) {
    problems.push({
      file,
      line,
      message: `cannot read "FROM ${instruction.text}"`,
      remedy: 'FROM [--platform=P] IMAGE [AS NAME]',
    });
    return {};
  }
  const valueOf = (variable: string): string | undefined =>
    context.buildArgs.get(variable) ?? args.get(variable) ?? context.automatic.get(variable);
  const expanded = expandWord(word, valueOf);
  const flag = expandWord(flags.get('platform') ?? '', valueOf);
  for (const failed of [expanded, flag]) {
    if (failed.ok) continue;
    problems.push({ file, line, message: `FROM ${instruction.text}: ${failed.message}` });
    return {};
  }
  if (!expanded.ok || !flag.ok) return {};
  if (expanded.text === '') {
    const remedy = 'give the variable a default in an ARG line before the first FROM';
    problems.push({ file, line, message: `FROM ${word} names no image: the variable is empty`, remedy });
    return {};
  }
  const stageName = name?.toLowerCase();
  const platform = flag.text === '' ? undefined : flag.text;
  const common = { name: stageName, platform, line };
  const image = expanded.text;
  const earlier = stages.findIndex((stage) => stage.name === image.toLowerCase());
  if (earlier >= 0)
    return {
      stage: { ...common, platform: platform ?? stages[earlier]?.platform, from: { stage: earlier } },
    };
  if (image === 'scratch') return { stage: { ...common, from: 'scratch' } };
  const use: ImageUse = { image, word, keyword: 'FROM', line, lastLine: instruction.lastLine, platform };
  return { stage: { ...common, from: use }, use };
}

function readGlobalArgs(
  instruction: Instruction,
  args: Map<string, string | undefined>,
  valueOf: (name: string) => string | undefined,
): void {
  for (const word of shellWords(instruction.text)) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? undefined : unquote(word.slice(equals + 1));
    const expanded = value === undefined ? undefined : expandWord(value, valueOf);
    args.set(name, expanded?.ok === true ? expanded.text : value);
  }
}

/** COPY --from=IMAGE and RUN --mount=…,from=IMAGE; earlier stages, by name or number, are no images. */
function usesOf(
  instruction: Instruction,
  stages: readonly Stage[],
  stageNames: ReadonlySet<string>,
): ImageUse[] {
  const { keyword, firstLine: line, lastLine } = instruction;
  const found: string[] = [];
  if (keyword === 'COPY') {
    const from = splitFlags(instruction.text).flags.get('from');
    if (from !== undefined) found.push(from);
  }
  if (keyword === 'RUN') {
    for (const [, mount] of instruction.text.matchAll(/(?:^|\s)--mount=(\S+)/g)) {
      const from = mount?.split(',').find((part) => part.startsWith('from='));
      if (from !== undefined) found.push(from.slice('from='.length));
    }
  }
  // Stages that come later count, too: BuildKit looks at all of them.
  const isStage = (word: string): boolean => /^\d+$/.test(word) || stageNames.has(word.toLowerCase());
  return found
    .filter((word) => !isStage(word))
    .map((word) => ({ image: word, word, keyword, line, lastLine, platform: stages.at(-1)?.platform }));
}

function splitFlags(text: string): { flags: Map<string, string>; words: string[] } {
  const flags = new Map<string, string>();
  const words = text.split(/\s+/).filter((word) => word !== '');
  while (words[0]?.startsWith('--') === true) {
    const [, name = '', value = ''] = /^--([^=]*)=?(.*)$/.exec(words.shift() ?? '') ?? [];
    flags.set(name, value);
  }
  return { flags, words };
}

function replaceWord(line: string, word: string, replacement: string): string {
  const at = line.split(/([\s,=]+)/);
  // A word may itself contain "=" or "," (a default in ${…}); then only whole words between blanks are looked at.
  const parts = at.includes(word) ? at : line.split(/(\s+|--from=)/);
  const index = parts.indexOf(word);
  if (index < 0) return line;
  parts[index] = replacement;
  return parts.join('');
}

function unquote(word: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(word);
  return quoted?.[2] ?? word;
}
