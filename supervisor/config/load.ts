// The one entry for main.ts: image.ini, the given environment and the supervisord files in, everything resolved out.

import type { Plan, Problem } from '../model.ts';
import type { EnvironmentResult } from './environment.ts';
import type { ImageConfig } from './image.ts';
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
}

export interface Loaded {
  readonly image: ImageConfig;
  readonly environment: EnvironmentResult;
  /** Its programs' exitOn already says what redpill, `main` and ENVIRONMENT=debug decide. */
  readonly plan: Plan;
  readonly redpill: Redpill;
  /** Files to write, atomically and with this mode, before any program starts. */
  readonly envFiles: readonly { readonly path: string; readonly mode: number; readonly text: string }[];
  /** All findings, sorted by file and line; exit 78 when one of them is an error. */
  readonly problems: readonly Problem[];
}

/** The watch over programs whose FATAL ends the container. */
export interface Redpill {
  readonly enabled: boolean;
  readonly monitor: readonly string[];
  /** A script to run, without arguments, before the container ends. */
  readonly cleanup: string | null;
}

/** The script to source before anything is resolved: ENVIRONMENT_INIT as given, else the image's default; null if unset. */
export function environmentInit(request: Pick<LoadRequest, 'image' | 'given'>): string | null {
  const given = request.given['ENVIRONMENT_INIT'];
  return given === undefined || given === '' ? null : given;
}

/** Reads everything; never throws for a fault in the configuration: those are in `problems`. */
export function loadConfiguration(request: LoadRequest): Loaded {
  throw new Error(`cannot load ${request.configFile ?? 'nothing'}: not written yet`);
}
