// A variable of the environment, with where its value came from and what it overrode.

import type { Origin } from '../model.ts';
import type { ConfigSource } from './source.ts';

/** A variable's default as written; `template` is empty where only the name is declared. */
export interface Default {
  readonly name: string;
  readonly template: string;
  readonly origin: Origin;
}

export type VariableSource =
  | { readonly kind: 'image' }
  | { readonly kind: 'profile'; readonly profile: string }
  | { readonly kind: 'kept'; readonly path: string }
  | { readonly kind: 'program'; readonly path: string; readonly note: string }
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
  /** The nearest one first. */
  readonly overrode: readonly Overridden[];
  /** Never to be shown: named like a secret, read from a secret's file, or made from one. */
  readonly secret: boolean;
}

/** A default that may apply, with where it stands; the last one in a list wins. */
export interface Candidate extends Omit<Default, 'origin'> {
  readonly source: VariableSource;
  readonly origin?: Origin;
  /** The template is the value as it is: it was read from a file or said by a program. */
  readonly literal?: true;
}

/** What resolving a default may ask of the world. */
export type Lookups = Pick<ConfigSource, 'ipv4' | 'hostName' | 'randomText' | 'readFile'>;
