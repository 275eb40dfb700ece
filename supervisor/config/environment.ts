// Resolves the environment: image default < profile default < given < ENVIRONMENT_INIT, each value with its provenance.

import type { Origin, Problem } from '../model.ts';

export type VariableSource =
  | { readonly kind: 'image' }
  | { readonly kind: 'profile'; readonly profile: string }
  | { readonly kind: 'given' }
  | { readonly kind: 'init'; readonly path: string }
  | { readonly kind: 'secret'; readonly variable: string; readonly path: string };

/** A value that lost against one of higher precedence; defaults are shown as written. */
export interface Overridden {
  readonly source: VariableSource;
  readonly value: string;
  readonly origin?: Origin;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly source: VariableSource;
  readonly origin?: Origin;
  readonly overrode: readonly Overridden[];
  /** Never to be shown: named like a secret, read from a secret's file, or made from one. */
  readonly secret: boolean;
}

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
