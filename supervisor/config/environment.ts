// Resolves the environment: image default < profile default < kept < said by the image's program < given <
// ENVIRONMENT_INIT, each value with its provenance.
//
// An empty value counts as unset. What was given is never expanded; only the defaults of image.ini have `${…}`.

import type { Problem } from '../model.ts';
import type { ImageConfig, Profile } from './image.ts';
import { declaredNames, isSecretName, readSecrets } from './names.ts';
import { resolveDefaults } from './defaults.ts';
import type { Candidate, Lookups, Variable, VariableSource } from './variable.ts';

export interface EnvironmentResult {
  /** What every program inherits. */
  readonly values: ReadonlyMap<string, string>;
  readonly variables: ReadonlyMap<string, Variable>;
  /** ENVIRONMENT in lower case. */
  readonly environment: string;
  /** The profile whose defaults were taken, or null where the image has none that applies. */
  readonly profile: string | null;
  /** ENVIRONMENT=debug: nothing but a signal ends the container. */
  readonly debug: boolean;
  readonly problems: readonly Problem[];
}

/** What an environment is resolved from. */
export interface EnvironmentRequest {
  readonly image: ImageConfig;
  readonly source: Lookups;
  /** What the container was started with (`docker run -e`). */
  readonly given: Readonly<Record<string, string>>;
  /** The whole environment after ENVIRONMENT_INIT was sourced, or null where it is unset. */
  readonly init: { readonly path: string; readonly environment: Readonly<Record<string, string>> } | null;
  /** What an earlier start has left in the image's volumes. */
  readonly kept?: readonly Kept[];
  /** What the image's [environment-program] said, once it ran. */
  readonly program?: Said;
}

/** Values that a volume keeps, from this file. */
export interface Kept {
  readonly path: string;
  readonly values: ReadonlyMap<string, string>;
}

/** The defaults that a program found out, each with a note where from. */
export interface Said {
  readonly path: string;
  readonly values: ReadonlyMap<string, string>;
  readonly notes: ReadonlyMap<string, string>;
}

/** The profile that applies where ENVIRONMENT is unset or names none. */
const FALLBACK_PROFILE = 'local';
const DEBUG_PROFILE = 'debug';

export function resolveEnvironment(request: EnvironmentRequest): EnvironmentResult {
  const { image, source } = request;
  const problems: Problem[] = [];
  const outside = outsideVariables(request);
  readSecrets(outside, image, source, problems);

  const written = outside.get('ENVIRONMENT')?.value || ownDefault(image, source, outside) || FALLBACK_PROFILE;
  const environment = written.toLowerCase();
  const profile = chooseProfile(image, written, problems);
  const tables = tablesOf(image, profile, environment);
  const defaults = defaultsByName([...tables, ...foundTables(request)]);
  const variables = resolveDefaults({ source, outside, defaults, problems, known: declaredNames(image) });

  if (!variables.has('ENVIRONMENT') || variables.get('ENVIRONMENT')?.value === '') {
    variables.set('ENVIRONMENT', {
      name: 'ENVIRONMENT',
      value: written,
      source: { kind: 'image' },
      overrode: [],
      secret: false,
    });
  }
  return {
    values: new Map([...variables].map(([name, { value }]) => [name, value])),
    variables,
    environment,
    profile:
      profile === undefined
        ? null
        : (profile.names.find((name) => name === environment) ?? profile.names[0] ?? null),
    debug: environment === DEBUG_PROFILE,
    problems,
  };
}

/** What sh sets by itself while it sources a script. */
const OF_THE_SHELL = new Set(['_', 'SHLVL', 'PWD', 'OLDPWD']);

/** What came from outside the image: given, or set by ENVIRONMENT_INIT, which was sourced on top of what was given. */
function outsideVariables({ given, init }: EnvironmentRequest): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const [name, value] of Object.entries(given)) {
    if (init !== null && init.environment[name] === undefined && !OF_THE_SHELL.has(name)) continue;
    variables.set(name, { name, value, source: { kind: 'given' }, overrode: [], secret: isSecretName(name) });
  }
  for (const [name, value] of Object.entries(init?.environment ?? {})) {
    const before = variables.get(name);
    if (init === null || OF_THE_SHELL.has(name) || before?.value === value) continue;
    variables.set(name, {
      name,
      value,
      source: { kind: 'init', path: init.path },
      overrode: before === undefined ? [] : [{ source: before.source, value: before.value }],
      secret: isSecretName(name),
    });
  }
  return variables;
}

/** The image's own default of ENVIRONMENT; a profile cannot have one, for it would choose itself. */
function ownDefault(
  image: ImageConfig,
  source: Lookups,
  outside: ReadonlyMap<string, Variable>,
): string | undefined {
  const template = image.defaults.find(({ name }) => name === 'ENVIRONMENT')?.template;
  if (template?.includes('$') !== true) return template;
  // Its problems are found again when all defaults are resolved.
  const defaults = defaultsByName([[image.defaults, { kind: 'image' }]]);
  const known = declaredNames(image);
  return resolveDefaults({ source, outside, defaults, known, problems: [] }).get('ENVIRONMENT')?.value;
}

function chooseProfile(image: ImageConfig, written: string, problems: Problem[]): Profile | undefined {
  const find = (wanted: string): Profile | undefined =>
    image.profiles.find(({ names }) => names.includes(wanted.toLowerCase()));
  const found = find(written);
  if (found !== undefined) return found;
  const fallback = find(FALLBACK_PROFILE);
  const unknown = ![FALLBACK_PROFILE, DEBUG_PROFILE].includes(written.toLowerCase());
  if (image.profiles.length > 0 && unknown) {
    const names = image.profiles.flatMap((profile) => profile.names);
    const taken =
      fallback === undefined ? 'no profile is taken' : `the defaults of ${FALLBACK_PROFILE} are taken`;
    problems.push({
      severity: 'warning',
      message: `ENVIRONMENT=${written} is unknown: ${taken}`,
      remedy: `known are ${names.join(', ')}`,
    });
  }
  return fallback;
}

type Table = readonly [defaults: readonly Omit<Candidate, 'source'>[], source: VariableSource];

function tablesOf(image: ImageConfig, profile: Profile | undefined, environment: string): Table[] {
  const name = profile?.names.includes(environment) === true ? environment : (profile?.names[0] ?? '');
  return [
    [image.defaults, { kind: 'image' }],
    [
      (profile?.defaults ?? []).filter((entry) => entry.name !== 'ENVIRONMENT'),
      { kind: 'profile', profile: name },
    ],
  ];
}

/** What was kept, and above it what the program has just found out. Neither can choose the profile. */
function foundTables({ kept = [], program }: EnvironmentRequest): Table[] {
  const literal = (values: ReadonlyMap<string, string>, wanted: (name: string) => boolean): Table[0] =>
    [...values]
      .filter(([name]) => name !== 'ENVIRONMENT' && wanted(name))
      .map(([name, template]) => ({ name, template, literal: true }));
  const said = [...(program?.values.keys() ?? [])].map((name): Table => {
    const { path, values, notes } = program as Said;
    const note = notes.get(name) ?? '';
    return [literal(values, (other) => other === name), { kind: 'program', path, note }];
  });
  return [
    ...kept.map(({ path, values }): Table => [literal(values, () => true), { kind: 'kept', path }]),
    ...said,
  ];
}

/** The defaults of each name, lowest precedence first; an empty one only makes its name known. */
function defaultsByName(tables: readonly Table[]): Map<string, Candidate[]> {
  const byName = new Map<string, Candidate[]>();
  for (const [defaults, source] of tables) {
    for (const entry of defaults) {
      if (entry.template === '') continue;
      byName.set(entry.name, [...(byName.get(entry.name) ?? []), { ...entry, source }]);
    }
  }
  return byName;
}
