// image.ini: what an image is, the tables of its environment, its software slots and its watch.

import type { Origin } from '../model.ts';

export interface ImageConfig {
  readonly name: string | null;
  readonly version: string | null;
  readonly description: string | null;
  /** The program whose end is the container's end. */
  readonly main: string | null;
  /** `[environment]`: defaults of every profile. */
  readonly defaults: readonly Default[];
  /** `[environment:a,b,c]`: one entry per section. */
  readonly profiles: readonly Profile[];
  readonly known: readonly string[];
  readonly redpill: RedpillTemplate | null;
  readonly envFiles: readonly EnvFileConfig[];
  readonly software: readonly Software[];
}

/** A variable's default as written; `template` is empty where only the name is declared. */
export interface Default {
  readonly name: string;
  readonly template: string;
  readonly origin: Origin;
}

export interface Profile {
  /** Lower case, as written in the section's name: `production`, `prod`, … */
  readonly names: readonly string[];
  readonly defaults: readonly Default[];
}

/** `[redpill]` before its `${…}` are resolved. */
export interface RedpillTemplate {
  readonly enabled: Default | null;
  readonly monitor: Default | null;
  readonly cleanup: Default | null;
  readonly interval: Default | null;
  readonly command: Default | null;
}

export interface EnvFileConfig {
  readonly path: string;
  readonly prefixes: readonly string[];
  readonly mode: number;
  readonly origin: Origin;
}

/** A software slot: what the image expects to be given when it is built. */
export interface Software {
  readonly name: string;
  readonly version: string | null;
  readonly description: string | null;
  /** Names or paths of the commands that are there when the slot is filled. */
  readonly commands: readonly string[];
  readonly origin: Origin;
}
