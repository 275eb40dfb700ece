// What the image finds out by itself at a start: the values that its volumes keep, and what its [environment-program] says.

import { readEnvFile } from '../config/envfile.ts';
import { resolveEnvironment, type EnvironmentRequest, type Kept, type Said } from '../config/environment.ts';
import { keptPath, type EnvironmentProgram, type VolumeConfig } from '../config/image-files.ts';
import type { Failure } from '../config/load.ts';
import { EXIT } from '../errors.ts';
import type { System } from '../os/system.ts';
import { describeExit } from '../process/ending.ts';
import { collectOutput } from './collect-output.ts';

export interface Found {
  readonly kept: readonly Kept[];
  readonly program?: Said;
  readonly failure?: Failure;
}

/** Reads what is kept and runs the program with the environment that is known before it; never throws for its failure. */
export async function findOut(
  request: Omit<EnvironmentRequest, 'kept' | 'program'>,
  system: System,
  onCancel: (cancel: () => void) => void,
): Promise<Found> {
  const { image } = request;
  const kept = image.volumes.flatMap((volume) => readKept(volume, system));
  if (image.program === null) return { kept };
  const { values, variables, problems } = resolveEnvironment({ ...request, kept });
  // They are found again, and told, when everything is resolved.
  if (problems.some(({ severity }) => severity === 'error')) return { kept };
  const given = [...variables.values()].filter(({ value, source }) => {
    return value !== '' && ['given', 'init', 'secret'].includes(source.kind);
  });
  const environment = {
    ...Object.fromEntries(values),
    INITKIT_GIVEN: given.map(({ name }) => name).join(' '),
  };
  return { kept, ...(await ask(image.program, environment, system, onCancel)) };
}

async function ask(
  { argv, timeoutSecs, origin }: EnvironmentProgram,
  environment: Readonly<Record<string, string>>,
  system: System,
  onCancel: (cancel: () => void) => void,
): Promise<Omit<Found, 'kept'>> {
  const [path = '', ...rest] = argv;
  const running = collectOutput(system, {
    argv: [path, ...rest],
    environment,
    descriptor: 1,
    timeoutMs: timeoutSecs * 1000,
  });
  onCancel(() => running.cancel());
  const collected = await running.result;
  const fail = (reason: string, exitCode: number, remedy?: string): Omit<Found, 'kept'> => {
    const message = `cannot find out the environment: ${path}: ${reason}`;
    return {
      failure: { problem: { severity: 'error', message, origin, ...(remedy && { remedy }) }, exitCode },
    };
  };
  if (collected.kind === 'failed')
    return fail(`it could not be run: ${collected.message}`, EXIT.configuration);
  if (collected.kind === 'timed out') {
    return fail(`it was still running after ${timeoutSecs} s and was killed`, EXIT.configuration);
  }
  const { status, output } = collected;
  if (status.code !== 0) {
    return fail(describeExit(status), status.code ?? EXIT.configuration, 'the lines above say why');
  }
  const { values, notes, problems } = readEnvFile(output, path);
  const [wrong] = problems;
  if (wrong !== undefined) return fail(`it wrote what is no environment file: ${wrong.message}`, EXIT.defect);
  return { program: { path, values, notes } };
}

/** A volume that was never written to keeps nothing. */
function readKept(volume: VolumeConfig, system: System): Kept[] {
  if (volume.variables.length === 0) return [];
  const path = keptPath(volume);
  const text = system.readText(path);
  if (text === null) return [];
  const { values } = readEnvFile(text, path);
  return [{ path, values: new Map([...values].filter(([name]) => volume.variables.includes(name))) }];
}
