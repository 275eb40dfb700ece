// Reads a Dockerfile as far as planning needs it: instructions with their lines, stages, and the images they come from.

import type { Problem } from '../model/errors.ts';
import { instructionMistakes, keywordRemedy, KEYWORDS } from './dockerfile-check.ts';
import { readFlags, sourcesOf } from './dockerfile-flags.ts';
import { readInstructions, shellWords, type Escape, type Instruction } from './dockerfile-lines.ts';
import { expandWord } from './dockerfile-words.ts';
import { referenceProblem } from './image-reference.ts';
import { stageCycles } from './stages.ts';

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
  /** The frontend that `# syntax=` names. */
  readonly syntax: string | undefined;
  /** It is none of docker's, and may have instructions of its own. */
  readonly isForeign: boolean;
  readonly problems: readonly Problem[];
}

/** Frontends that speak the language known here; any other one may have instructions of its own. */
const DOCKER_SYNTAX = /(?:^|\/)docker\/dockerfile(?:-upstream)?(?:[:@]|$)/;

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
  const { instructions, problems, syntax, escape } = readInstructions(text, file);
  const isForeign = syntax !== undefined && !DOCKER_SYNTAX.test(syntax);
  const args = new Map<string, string | undefined>();
  const stages: Stage[] = [];
  const uses: ImageUse[] = [];
  const froms = instructions.filter(({ keyword }) => keyword === 'FROM');
  const known = { names: new Set(froms.flatMap(stageName)), count: froms.length };
  let hasFrom = false;
  for (const instruction of instructions) {
    const { keyword, firstLine: line } = instruction;
    if (!KEYWORDS.includes(keyword)) {
      if (!isForeign)
        problems.push({ file, line, message: `unknown instruction ${keyword}`, ...keywordRemedy(keyword) });
      continue;
    }
    if (!isForeign)
      for (const mistake of instructionMistakes(instruction, syntax !== undefined))
        problems.push({ file, line, ...mistake });
    if (keyword === 'FROM') {
      hasFrom = true;
      const around = { file, args, buildArgs, automatic, stages, problems, escape };
      const { stage, use } = readFrom(instruction, around);
      if (stage !== undefined) stages.push(stage);
      if (use !== undefined) uses.push(use);
    } else if (keyword === 'ARG' && !hasFrom) {
      const valueOf = (name: string): string | undefined =>
        buildArgs.get(name) ?? args.get(name) ?? automatic.get(name);
      readGlobalArgs(instruction, args, valueOf, escape);
    } else if (!hasFrom) {
      problems.push({
        file,
        line,
        message: `${keyword} stands before the first FROM`,
        remedy: 'only ARG may',
      });
    } else if (stages.length > 0) {
      uses.push(...usesOf(instruction, stages, known, { file, problems }));
    }
  }
  if (froms.length === 0) problems.push({ file, message: 'has no FROM instruction' });
  if (stages.length === froms.length)
    for (const { line, name } of stageCycles(stages, instructions))
      problems.push({ file, line, message: `the stage ${name} is made from itself` });
  problems.sort((left, right) => (left.line ?? 0) - (right.line ?? 0));
  const declared = new Set(
    instructions
      .filter(({ keyword }) => keyword === 'ARG')
      .flatMap(({ text: words }) => shellWords(words).map((word) => word.split('=')[0] ?? '')),
  );
  return { instructions, stages, uses, args, declared, syntax, isForeign, problems };
}

/** In lower case, as it is compared. */
function stageName({ text }: Instruction): string[] {
  const name = /\sAS\s+(\S+)\s*$/i.exec(text)?.[1]?.toLowerCase();
  return name === undefined ? [] : [name];
}

interface FromContext {
  readonly file: string;
  readonly args: ReadonlyMap<string, string | undefined>;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly automatic: ReadonlyMap<string, string>;
  readonly stages: readonly Stage[];
  readonly problems: Problem[];
  readonly escape: Escape;
}

function readFrom(instruction: Instruction, context: FromContext): { stage?: Stage; use?: ImageUse } {
  const { file, args, stages, problems } = context;
  const line = instruction.firstLine;
  const { flags, rest: behind } = readFlags(instruction.text);
  const [word, as, name, ...rest] = behind.split(/\s+/).filter((part) => part !== '');
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
  const expanded = expandWord(word, valueOf, context.escape);
  const written = flags.findLast((each) => each.name === 'platform')?.value ?? '';
  const flag = expandWord(written, valueOf, context.escape);
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
  const own = name?.toLowerCase();
  if (own !== undefined && !/^[a-z][a-z0-9._-]*$/.test(own)) {
    const remedy = 'a letter first, then letters, digits, . _ or -';
    problems.push({ file, line, message: `AS ${name}: not a name for a stage`, remedy });
  }
  const platform = flag.text === '' ? undefined : flag.text;
  const common = { name: own, platform, line };
  const image = expanded.text;
  // Of several stages of one name the last one before this line is meant.
  const earlier = stages.findLastIndex((stage) => stage.name === image.toLowerCase());
  if (earlier >= 0)
    return {
      stage: { ...common, platform: platform ?? stages[earlier]?.platform, from: { stage: earlier } },
    };
  if (image === 'scratch') return { stage: { ...common, from: 'scratch' } };
  const wrong = referenceProblem(image);
  if (wrong !== undefined) problems.push({ file, line, message: `FROM ${image}: ${wrong}` });
  const use: ImageUse = { image, word, keyword: 'FROM', line, lastLine: instruction.lastLine, platform };
  return { stage: { ...common, from: use }, use };
}

function readGlobalArgs(
  instruction: Instruction,
  args: Map<string, string | undefined>,
  valueOf: (name: string) => string | undefined,
  escape: Escape,
): void {
  for (const word of shellWords(instruction.text)) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? undefined : word.slice(equals + 1);
    const expanded = value === undefined ? undefined : expandWord(value, valueOf, escape);
    args.set(name, expanded?.ok === true ? expanded.text : value);
  }
}

/** COPY --from=IMAGE and RUN --mount=…,from=IMAGE; stages, by name or number, are no images. */
function usesOf(
  instruction: Instruction,
  stages: readonly Stage[],
  known: { readonly names: ReadonlySet<string>; readonly count: number },
  { file, problems }: { readonly file: string; readonly problems: Problem[] },
): ImageUse[] {
  const { keyword, firstLine: line, lastLine } = instruction;
  return sourcesOf(instruction).flatMap((word): ImageUse[] => {
    if (/^\d+$/.test(word)) {
      if (Number(word) >= known.count)
        problems.push({ file, line, message: `there is no stage ${word}: the first one is 0` });
      return [];
    }
    // Stages that come later count, too: BuildKit looks at all of them.
    if (known.names.has(word.toLowerCase())) return [];
    const wrong = referenceProblem(word);
    const remedy = 'name it in a FROM line of its own: FROM … AS NAME';
    if (wrong !== undefined) problems.push({ file, line, message: `from=${word}: ${wrong}`, remedy });
    return [{ image: word, word, keyword, line, lastLine, platform: stages.at(-1)?.platform }];
  });
}
