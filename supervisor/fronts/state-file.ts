// What PID 1 leaves in its runtime directory for `initkit explain`: the environment as it was resolved, readable by its owner alone.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EnvironmentResult } from '../config/environment.ts';
import type { Variable } from '../config/variable.ts';
import { UserError } from '../errors.ts';
import { candidates } from '../live/runtime-directory.ts';

const NAME = 'environment.json';

type Saved = Omit<EnvironmentResult, 'values' | 'variables'> & { readonly variables: readonly Variable[] };

/** Leaves the environment behind; a place that cannot be written to is no reason not to start. */
export function saveState(environment: EnvironmentResult, directory: string | null): void {
  if (directory === null) return;
  const saved: Saved = { ...environment, variables: [...environment.variables.values()] };
  try {
    writeAtomically(join(directory, NAME), JSON.stringify(saved), 0o600);
  } catch {
    // explain then resolves the environment anew.
  }
}

/** The environment that PID 1 has resolved, or null where none did, or where we may not see it. */
export function readState(): EnvironmentResult | null {
  for (const directory of candidates()) {
    const saved = readSaved(join(directory, NAME));
    if (saved === null) continue;
    return {
      ...saved,
      values: new Map(saved.variables.map((variable) => [variable.name, variable.value])),
      variables: new Map(saved.variables.map((variable) => [variable.name, variable])),
    };
  }
  return null;
}

function readSaved(path: string): Saved | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Saved;
  } catch {
    return null;
  }
}

/** Whoever reads the file sees the old one or the new one, never a part. Throws UserError where it cannot be written. */
export function writeAtomically(path: string, text: string, mode: number): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text, { mode });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    const isReadOnly = error instanceof Error && 'code' in error && error.code === 'EROFS';
    const remedy = isReadOnly ? ` (mount a volume or tmpfs at ${dirname(path)})` : '';
    const message = `cannot write ${path}: ${(error as Error).message}${remedy}`;
    throw new UserError(message, undefined, { cause: error });
  }
}

/** Throws UserError where it cannot be removed; a file that is not there is as good as removed. */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw new UserError(`cannot remove ${path}: ${(error as Error).message}`, undefined, { cause: error });
  }
}
