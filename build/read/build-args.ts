// --build-arg: values for ARG lines, and which Dockerfiles take them.

import type { Problem } from '../model/errors.ts';
import { remedyFor } from '../model/suggest.ts';
import type { Dockerfile } from './dockerfile.ts';

/** What every build may be given without an ARG line; as it does not reach the image, it is in no build id. */
const PREDEFINED = new Set(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
    name,
    name.toLowerCase(),
  ]),
);

/** `NAME=VALUE`, or `NAME` for the variable of that name. */
export function parseBuildArgs(
  options: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { values: Map<string, string>; problems: Problem[] } {
  const values = new Map<string, string>();
  const problems: Problem[] = [];
  for (const option of options) {
    const equals = option.indexOf('=');
    const name = equals < 0 ? option : option.slice(0, equals);
    const value = equals < 0 ? environment[name] : option.slice(equals + 1);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      problems.push({ message: `--build-arg ${option}: cannot be read`, remedy: '--build-arg NAME=VALUE' });
    else if (value === undefined)
      problems.push({ message: `--build-arg ${name}: the variable ${name} is not set` });
    else values.set(name, value);
  }
  return { values, problems };
}

export function isTaken(name: string, dockerfile: Dockerfile): boolean {
  return dockerfile.declared.has(name) || PREDEFINED.has(name);
}

/** What no selected image has an ARG line for. */
export function buildArgProblems(
  given: Iterable<string>,
  images: readonly { readonly dockerfile: Dockerfile }[],
): Problem[] {
  const known = [...new Set(images.flatMap(({ dockerfile }) => [...dockerfile.declared]))];
  return [...given]
    .filter((name) => !images.some(({ dockerfile }) => isTaken(name, dockerfile)))
    .map((name) => ({
      message: `--build-arg ${name}: no selected image has such an ARG`,
      remedy: remedyFor(name, known),
    }));
}
