// Reads the command line into one of the commands, or into the list of what is wrong with it.

import { parseArgs } from 'node:util';
import type { Problem } from '../model/errors.ts';
import { parsePlatform, type Platform } from '../model/platform.ts';
import { remedyFor } from '../model/suggest.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import { isValidRegistry, isValidTag } from '../plan/tags.ts';
import { parseBuildArgs } from '../read/build-args.ts';
import { parseSecrets } from '../read/secrets.ts';
import { parseSsh } from '../read/ssh.ts';

export type Command =
  | { readonly name: 'build'; readonly options: BuildOptions }
  | { readonly name: 'lint'; readonly options: BuildOptions }
  | { readonly name: 'init'; readonly image: string; readonly dir: string | undefined }
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
  'no-test': { type: 'boolean' },
  'no-attach': { type: 'boolean' },
  bake: { type: 'boolean' },
  reproducible: { type: 'boolean' },
  'verify-reproducible': { type: 'boolean' },
  'allow-dirty': { type: 'boolean' },
  'allow-absent-software': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
  tag: { type: 'string', multiple: true, short: 't' },
  software: { type: 'string', multiple: true },
  base: { type: 'string' },
  registry: { type: 'string', multiple: true },
  'build-arg': { type: 'string', multiple: true },
  secret: { type: 'string', multiple: true },
  ssh: { type: 'string', multiple: true },
  builder: { type: 'string' },
  affected: { type: 'string' },
  platform: { type: 'string', multiple: true },
  report: { type: 'string' },
  run: { type: 'string' },
  sign: { type: 'string' },
  'push-timeout': { type: 'string' },
  jobs: { type: 'string', short: 'j' },
  dir: { type: 'string' },
  json: { type: 'string' },
} as const;

const COMMANDS = ['build', 'plan', 'push', 'watch', 'lint', 'init', 'clean', 'engine', 'help'];
const BUILDERS = ['auto', 'buildkit', 'classic'] as const;
const PUSH_SECONDS = 600;
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
  if (first === 'init') {
    const [image = 'hello', extra] = positionals;
    const isName = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(image);
    if (extra !== undefined || !isName)
      return failed({
        message: `init ${positionals.join(' ')}: one name, lower case`,
        remedy: 'initkit init NAME',
      });
    return { ok: true, command: { name: 'init', image, dir: values.dir } };
  }
  const implied = { push: first === 'push', watch: first === 'watch', print: first === 'plan' };
  for (const [name, isImplied] of Object.entries(implied) as [keyof typeof implied, boolean][])
    if (isImplied) values[name] = true;
  const build = readBuild(values, positionals, environment, cpus);
  if (!build.ok || first !== 'lint' || build.command.name !== 'build') return build;
  return { ok: true, command: { name: 'lint', options: build.command.options } };
}

type Values = ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>['values'];

function readBuild(
  values: Values,
  names: readonly string[],
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
  const registries =
    values.registry ?? (environment['REGISTRY'] ?? '').split(/[\s,]+/).filter((word) => word !== '');
  for (const registry of registries.filter((name) => !isValidRegistry(name))) {
    problems.push({
      message: `${values.registry === undefined ? 'REGISTRY=' : '--registry '}${registry}: not a registry`,
      remedy: 'HOST[:PORT][/NAMESPACE], lower case, without https://',
    });
  }
  if (values.push === true && registries.length === 0) {
    problems.push({
      message: '--push: to which registry?',
      remedy: 'REGISTRY=HOST[:PORT][/NAMESPACE] or --registry, several times for several',
    });
  }
  if (values.watch === true && (values.push === true || values.print === true || values.bake === true))
    problems.push({ message: '--watch goes with neither --push nor --print' });
  if (values.run !== undefined && values.watch !== true)
    problems.push({ message: `--run ${values.run}: goes with --watch only` });
  const { sources: secrets, problems: secretProblems } = parseSecrets(values.secret ?? []);
  const { sources: ssh, problems: sshProblems } = parseSsh(values.ssh ?? []);
  const { values: buildArgs, problems: argProblems } = parseBuildArgs(values['build-arg'] ?? [], environment);
  problems.push(...secretProblems, ...sshProblems, ...argProblems);
  const builderName = values.builder ?? environment['INITKIT_BUILDER'] ?? 'auto';
  const builder = BUILDERS.find((known) => known === builderName);
  if (builder === undefined)
    problems.push({
      message: `--builder ${builderName}: no such builder`,
      remedy: remedyFor(builderName, BUILDERS),
    });
  const platforms = new Map<string, Platform>();
  for (const name of (values.platform ?? []).flatMap((list) => list.split(','))) {
    const platform = parsePlatform(name.trim());
    if (platform !== undefined) platforms.set(platform.name, platform);
    else
      problems.push({
        message: `--platform ${name}: not a platform`,
        remedy: 'for example linux/amd64,linux/arm64',
      });
  }
  const pushSeconds = values['push-timeout'] === undefined ? PUSH_SECONDS : Number(values['push-timeout']);
  if (!(pushSeconds > 0))
    problems.push({ message: `--push-timeout ${values['push-timeout']}: not a number of seconds` });
  if (values.sign !== undefined && values.push !== true)
    problems.push({ message: '--sign: goes with --push only' });
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
        registries: [...new Set(registries)],
        buildArgs,
        secrets,
        ssh,
        builder: builder ?? 'auto',
        affectedBy: values.affected,
        platforms: [...platforms.values()],
        jobs,
        jsonPath: values.json,
        reportFolder: values.report,
        run: values.run,
        pushSeconds,
        isPush: values.push ?? false,
        isAttached: values['no-attach'] !== true,
        signKey: values.sign,
        isPrint: values.print === true,
        isBake: values.bake === true,
        isTested: values['no-test'] !== true,
        reproducible:
          values['verify-reproducible'] === true ? 'verify' : values.reproducible === true ? 'yes' : 'no',
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
