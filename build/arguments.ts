// Reads the command line into one of the commands, or into the list of what is wrong with it.

import { parseArgs } from 'node:util';
import type { Problem } from './errors.ts';
import { remedyFor } from './suggest.ts';
import { isValidRegistry, isValidTag } from './tags.ts';

export interface BuildOptions {
  readonly names: readonly string[];
  readonly dir: string | undefined;
  readonly base: string | undefined;
  readonly tags: readonly string[];
  readonly software: readonly string[];
  readonly registry: string | undefined;
  readonly jobs: number;
  readonly jsonPath: string | undefined;
  readonly isPush: boolean;
  readonly isPrint: boolean;
  readonly isWatch: boolean;
  readonly isForced: boolean;
  readonly isFailFast: boolean;
  readonly useCache: boolean;
  readonly allowDirty: boolean;
  readonly allowAbsentSoftware: boolean;
}

export type Command =
  | { readonly name: 'build'; readonly options: BuildOptions }
  | { readonly name: 'clean'; readonly isConfirmed: boolean }
  | { readonly name: 'engine'; readonly action: 'status' | 'start' | 'stop' }
  | { readonly name: 'help'; readonly topic: string };

export type Parsed =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const FLAGS = {
  push: { type: 'boolean' },
  print: { type: 'boolean' },
  watch: { type: 'boolean' },
  force: { type: 'boolean' },
  'fail-fast': { type: 'boolean' },
  'no-cache': { type: 'boolean' },
  'allow-dirty': { type: 'boolean' },
  'allow-absent-software': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
  tag: { type: 'string', multiple: true, short: 't' },
  software: { type: 'string', multiple: true },
  base: { type: 'string' },
  registry: { type: 'string' },
  jobs: { type: 'string', short: 'j' },
  dir: { type: 'string' },
  json: { type: 'string' },
} as const;

const COMMANDS = ['build', 'plan', 'clean', 'engine', 'help'];
const ENGINE_ACTIONS = ['status', 'start', 'stop'] as const;

export function parseCommandLine(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  cpus: number,
): Parsed {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    return { ok: true, command: { name: 'help', topic: rest[0] ?? '' } };
  }
  if (!COMMANDS.includes(first))
    return failed({ message: `unknown command ${first}`, remedy: remedyFor(first, COMMANDS) });
  let values: Values;
  let positionals: string[];
  try {
    ({ values, positionals } = parseArgs({
      args: [...rest],
      options: FLAGS,
      allowPositionals: true,
      strict: true,
    }));
  } catch (error) {
    return failed(optionProblem(error));
  }
  if (values.help === true) return { ok: true, command: { name: 'help', topic: first } };
  if (first === 'engine') {
    const action = ENGINE_ACTIONS.find((known) => known === positionals[0]);
    if (action === undefined || positionals.length > 1) {
      return failed({
        message: `engine ${positionals.join(' ')}: no such action`,
        remedy: 'engine status, engine start or engine stop',
      });
    }
    return { ok: true, command: { name: 'engine', action } };
  }
  if (first === 'clean') {
    const [extra] = positionals;
    if (extra !== undefined)
      return failed({ message: `clean ${extra}: takes no names`, remedy: 'clean, or clean --yes' });
    return { ok: true, command: { name: 'clean', isConfirmed: values.yes ?? false } };
  }
  return readBuild(values, positionals, first === 'plan', environment, cpus);
}

type Values = ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>['values'];

function readBuild(
  values: Values,
  names: readonly string[],
  isPlan: boolean,
  environment: Readonly<Record<string, string | undefined>>,
  cpus: number,
): Parsed {
  const problems: Problem[] = [];
  const jobs = values.jobs === undefined ? cpus : Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1)
    problems.push({ message: `--jobs ${values.jobs}: not a number from 1 up` });
  for (const tag of values.tag ?? []) {
    const remedy = 'letters, digits, _ . and -, at most 128, not beginning with . or -';
    if (!isValidTag(tag)) problems.push({ message: `--tag ${tag}: not a valid tag`, remedy });
  }
  const registry = values.registry ?? (environment['REGISTRY'] || undefined);
  const registryName = values.registry === undefined ? 'REGISTRY=' : '--registry ';
  if (registry !== undefined && !isValidRegistry(registry)) {
    problems.push({
      message: `${registryName}${registry}: not a registry`,
      remedy: 'HOST[:PORT][/NAMESPACE], lower case, without https://',
    });
  }
  if (values.push === true && registry === undefined) {
    problems.push({
      message: '--push: to which registry?',
      remedy: 'REGISTRY=HOST[:PORT][/NAMESPACE] or --registry',
    });
  }
  if (values.watch === true && (values.push === true || values.print === true || isPlan)) {
    problems.push({ message: '--watch goes with neither --push nor --print' });
  }
  if (values.base === '') problems.push({ message: '--base: needs an image reference' });
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    command: {
      name: 'build',
      options: {
        names,
        dir: values.dir,
        base: values.base,
        tags: values.tag ?? [],
        software: values.software ?? [],
        registry,
        jobs,
        jsonPath: values.json,
        isPush: values.push ?? false,
        isPrint: isPlan || values.print === true,
        isWatch: values.watch ?? false,
        isForced: values.force ?? false,
        isFailFast: values['fail-fast'] ?? false,
        useCache: values['no-cache'] !== true,
        allowDirty: values['allow-dirty'] ?? false,
        allowAbsentSoftware: values['allow-absent-software'] ?? false,
      },
    },
  };
}

/** Node's own text is long and full of advice on quoting; the option's name is what counts. */
function optionProblem(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  const option = /'(-[^' ,]*)/.exec(message)?.[1];
  if (option === undefined) return { message };
  const known = Object.keys(FLAGS).map((name) => `--${name}`);
  if (message.startsWith('Unknown option'))
    return { message: `unknown option ${option}`, remedy: remedyFor(option, known) };
  return { message: message.split('. ')[0] ?? message };
}

function failed(problem: Problem): Parsed {
  return { ok: false, problems: [problem] };
}
