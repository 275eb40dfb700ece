// The one entry for main.ts: image.ini, the given environment and the supervisord files in, everything resolved out.

import type { Plan, Problem } from '../model.ts';
import type { Overrides } from './command-line.ts';
import { selectByPrefix, writeEnvFile } from './envfile.ts';
import { resolveEnvironment, type EnvironmentResult } from './environment.ts';
import { sortProblems } from './explain.ts';
import { NO_IMAGE, readImage, type ImageConfig } from './image.ts';
import { misspelt } from './names.ts';
import { emptyPlan, NOTHING_READ, readPlan } from './plan.ts';
import { forgiveDisabled, withExitPolicy, withoutAbsent } from './policy.ts';
import { readRedpill, type Redpill } from './redpill.ts';
import type { ConfigSource } from './source.ts';

export interface LoadRequest {
  readonly source: ConfigSource;
  /** image.ini, or null where the image has none. */
  readonly image: { readonly path: string; readonly text: string } | null;
  /** What the container was started with (`docker run -e`). */
  readonly given: Readonly<Record<string, string>>;
  /** The whole environment after ENVIRONMENT_INIT was sourced, or null where it is unset. */
  readonly init: { readonly path: string; readonly environment: Readonly<Record<string, string>> } | null;
  /** supervisord's main file, or null to run without one (the plan then has no groups). */
  readonly configFile: string | null;
  /** What supervisord's command line sets (command-line.ts); it wins over [supervisord]. */
  readonly overrides?: Overrides;
}

export interface Loaded {
  readonly image: ImageConfig;
  readonly environment: EnvironmentResult;
  /** Its programs' exitOn already says what redpill, `main` and ENVIRONMENT=debug decide. */
  readonly plan: Plan;
  readonly redpill: Redpill;
  /** Files to write, atomically and with this mode, before any program starts. */
  readonly envFiles: readonly EnvFileToWrite[];
  /** All findings, sorted by file and line; exit 78 when one of them is an error. */
  readonly problems: readonly Problem[];
}

export interface EnvFileToWrite {
  readonly path: string;
  readonly mode: number;
  readonly text: string;
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
    envFiles: [],
    problems,
  };
}

/** Reads everything; never throws for a fault in the configuration: those are in `problems`. */
export function loadConfiguration(request: LoadRequest): Loaded {
  const { source, given, init, configFile, overrides } = request;
  const problems: Problem[] = [];
  const [image, imageProblems] =
    request.image === null ? [NO_IMAGE, []] : readImage(request.image.text, request.image.path);
  const environment = resolveEnvironment({ image, source, given, init });
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
  const envFiles = image.envFiles.map(({ path, mode, prefixes, origin }): EnvFileToWrite => {
    const [text, refused] = writeEnvFile(selectByPrefix(values, prefixes));
    problems.push(...refused.map((problem) => ({ ...problem, origin })));
    return { path, mode, text };
  });
  problems.push(
    ...imageProblems,
    ...environment.problems,
    ...forgiveDisabled(written.problems, unknownUsers, groups),
    ...misspelt(environment.variables, image, reads),
  );
  const sorted = sortProblems(problems);
  return {
    image,
    environment,
    plan: { ...written, groups, problems: sorted },
    redpill,
    envFiles,
    problems: sorted,
  };
}
