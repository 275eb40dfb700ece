// What a build was asked to do: the command line, read and checked.

import type { Builder } from '../model/engine.ts';
import type { Platform } from '../model/platform.ts';
import type { SecretSource } from '../read/secrets.ts';
import type { SshSource } from '../read/ssh.ts';

export interface BuildOptions {
  readonly names: readonly string[];
  readonly dir: string | undefined;
  readonly base: string | undefined;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
  readonly software: readonly string[];
  readonly registries: readonly string[];
  readonly secrets: readonly SecretSource[];
  readonly ssh: readonly SshSource[];
  readonly builder: Builder;
  /** A commit: only what differs from it, and what that reaches. */
  readonly affectedBy: string | undefined;
  /** None is the engine's own. */
  readonly platforms: readonly Platform[];
  readonly jobs: number;
  readonly jsonPath: string | undefined;
  readonly reportFolder: string | undefined;
  /** The image of which --watch keeps a container running. */
  readonly run: string | undefined;
  readonly pushSeconds: number;
  readonly isPush: boolean;
  /** Bill of materials and provenance go to the registry, too. */
  readonly isAttached: boolean;
  /** What cosign signs with: a --key of its own, or `keyless`. */
  readonly signKey: string | undefined;
  readonly isPrint: boolean;
  readonly isBake: boolean;
  readonly isTested: boolean;
  readonly reproducible: 'no' | 'yes' | 'verify';
  readonly isWatch: boolean;
  readonly isForced: boolean;
  readonly isFailFast: boolean;
  readonly useCache: boolean;
  readonly allowDirty: boolean;
  readonly allowAbsentSoftware: boolean;
}
