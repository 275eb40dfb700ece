// The one entry for main.ts: image.ini, the given environment and the supervisord files in, everything resolved out.

import { EXIT } from '../errors.ts';
import type { Plan, Problem } from '../model.ts';
import type { Overrides } from './command-line.ts';
import { selectByPrefix, writeEnvFile } from './envfile.ts';
import { resolveTemplate } from './defaults.ts';
import { enabledFrom } from './extras.ts';
import { resolveEnvironment, type EnvironmentResult, type Kept, type Said } from './environment.ts';
import { sortProblems } from './explain.ts';
import { keptPath } from './image-files.ts';
import { NO_IMAGE, readImage, type ImageConfig } from './image.ts';
import { declaredNames, misspelt } from './names.ts';
import { emptyPlan, NOTHING_READ, readPlan } from './plan.ts';
import { forgiveDisabled, withExitPolicy, withoutAbsent } from './policy.ts';
import { readRedpill, type Redpill } from './redpill.ts';
import type { ConfigSource } from './source.ts';
import type { Default } from './variable.ts';

export interface LoadRequest {
  readonly source: ConfigSource;
  /** image.ini, or null where the image has none. */
  readonly image: { readonly path: string; readonly text: string } | null;
  /** What the container was started with (`docker run -e`). */
  readonly given: Readonly<Record<string, string>>;
  /** The whole environment after ENVIRONMENT_INIT was sourced, or null where it is unset. */
  readonly init: { readonly path: string; readonly environment: Readonly<Record<string, string>> } | null;
  /** What the image's volumes have kept, and what its [environment-program] said. */
  readonly kept?: readonly Kept[];
  readonly program?: Said;
  /** Why that program failed. */
  readonly failure?: Failure;
  /** supervisord's main file, or null to run without one (the plan then has no groups). */
  readonly configFile: string | null;
  /** What supervisord's command line sets (command-line.ts); it wins over [supervisord]. */
  readonly overrides?: Overrides;
}

/** An [environment-program] that failed, and with what a start that it prevents ends. */
export interface Failure {
  readonly problem: Problem;
  readonly exitCode: number;
}

export interface Loaded {
  readonly image: ImageConfig;
  readonly environment: EnvironmentResult;
  /** Its programs' exitOn already says what redpill, `main` and ENVIRONMENT=debug decide. */
  readonly plan: Plan;
  readonly redpill: Redpill;
  /** What to write, atomically and with this mode, before any program starts. */
  readonly files: readonly FileToWrite[];
  /** All findings, sorted by file and line; none may be an error for a start. */
  readonly problems: readonly Problem[];
  /** What a start ends with where one of them is an error; 78 unless the image's own program chose it. */
  readonly refusalCode: number;
}

export interface FileToWrite {
  readonly path: string;
  readonly mode: number;
  /** null takes the file away. */
  readonly text: string | null;
}

/** The script to source before anything is resolved: ENVIRONMENT_INIT as given, else the image's default; null if unset. */
export function environmentInit({ image, given }: Pick<LoadRequest, 'image' | 'given'>): string | null {
  const [config] = image === null ? [NO_IMAGE] : readImage(image.text, image.path);
  const byDefault = config.defaults.find(({ name }) => name === 'ENVIRONMENT_INIT')?.template;
  return given['ENVIRONMENT_INIT'] || byDefault || null;
}

export type SupervisordRequest = Required<Pick<LoadRequest, 'source' | 'given' | 'overrides'>> & {
  readonly configFile: string;
};

/**
 * Reads supervisord's files and nothing else: no image.ini, and the environment as it was given. The problems keep
 * supervisord's order, whose first error is the one that it would have ended with.
 */
export function loadSupervisord(request: SupervisordRequest): Loaded {
  const { source, given, configFile, overrides } = request;
  const values = new Map(Object.entries(given));
  const { plan, unknownUsers } = readPlan({ source, configFile, environment: values, overrides });
  const problems = forgiveDisabled(plan.problems, unknownUsers, plan.groups);
  return {
    image: NO_IMAGE,
    environment: { values, variables: new Map(), environment: '', profile: null, debug: false, problems: [] },
    plan: { ...plan, problems },
    redpill: { enabled: null, monitor: [], cleanup: null },
    files: [],
    problems,
    refusalCode: EXIT.configuration,
  };
}

/** Reads everything; never throws for a fault in the configuration: those are in `problems`. */
export function loadConfiguration(request: LoadRequest): Loaded {
  const { source, given, init, configFile, overrides, failure } = request;
  const found = {
    ...(request.kept && { kept: request.kept }),
    ...(request.program && { program: request.program }),
  };
  const problems: Problem[] = [];
  const [image, imageProblems] =
    request.image === null ? [NO_IMAGE, []] : readImage(request.image.text, request.image.path);
  const environment = resolveEnvironment({ image, source, given, init, ...found });
  const { values } = environment;
  const {
    plan: written,
    reads,
    decided,
    unknownUsers,
  } = configFile === null
    ? { plan: emptyPlan(source), ...NOTHING_READ }
    : readPlan({ source, configFile, environment: values, ...(overrides && { overrides }) });
  const redpill = readRedpill(image, environment, source, problems);
  const present = withoutAbsent(written.groups, image, values, source, problems);
  const groups = withExitPolicy(present, { image, redpill, decided, debug: environment.debug }, problems);
  const files = filesToWrite(image, environment, source, problems);
  const causes = [
    ...(failure === undefined ? [] : [failure.problem]),
    ...imageProblems,
    ...environment.problems,
  ];
  // Without what the image's program would have said, the rest finds faults that are none.
  const isKnown = image.program === null || found.program !== undefined || !causes.some(isError);
  if (isKnown) {
    problems.push(...forgiveDisabled(written.problems, unknownUsers, groups));
    problems.push(...misspelt(environment.variables, image, reads));
  }
  const sorted = sortProblems(isKnown ? [...causes, ...problems] : causes);
  return {
    image,
    environment,
    plan: { ...written, groups, problems: sorted },
    redpill,
    files,
    problems: sorted,
    refusalCode: failure?.exitCode ?? EXIT.configuration,
  };
}

function isError({ severity }: Problem): boolean {
  return severity === 'error';
}

function filesToWrite(
  image: ImageConfig,
  { values, variables }: EnvironmentResult,
  source: ConfigSource,
  problems: Problem[],
): FileToWrite[] {
  const environmentFiles = image.envFiles.map(({ path, mode, prefixes, origin }): FileToWrite => {
    const [text, refused] = writeEnvFile(selectByPrefix(values, prefixes));
    problems.push(...refused.map((problem) => ({ ...problem, origin })));
    return { path, mode, text };
  });
  const known = declaredNames(image);
  const isEnabled = (setting: Default): boolean => {
    const text = resolveTemplate(setting, variables, source, problems, known).trim();
    const { name, origin } = setting;
    const warn = (message: string): void =>
      void problems.push({ severity: 'warning', message: `${name}: ${message}`, origin });
    return text !== '' && enabledFrom(text, warn);
  };
  const files = image.files.flatMap(({ path, mode, content, enabled }): FileToWrite[] => {
    if (enabled !== null && !isEnabled(enabled)) return [{ path, mode, text: null }];
    const text = resolveTemplate(content, variables, source, problems, known);
    return text === '' ? [] : [{ path, mode, text: `${text}\n` }];
  });
  const kept = image.volumes.flatMap((volume): FileToWrite[] => {
    if (volume.variables.length === 0) return [];
    const chosen = volume.variables.flatMap((name) => [[name, values.get(name) ?? ''] as const]);
    const [text, refused] = writeEnvFile(new Map(chosen.filter(([, value]) => value !== '')));
    problems.push(...refused.map((problem) => ({ ...problem, origin: volume.origin })));
    return [{ path: keptPath(volume), mode: PRIVATE, text }];
  });
  return [...environmentFiles, ...files, ...kept];
}

/** What a volume keeps may be a secret. */
const PRIVATE = 0o600;
