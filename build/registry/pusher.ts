// What is to be pushed, and how one item gets under its names.

import type { Engine } from '../model/engine.ts';
import { ToolError } from '../model/errors.ts';
import type { Platform } from '../model/platform.ts';
import type { Tags } from '../plan/tags.ts';
import type { RetryTools } from './retry.ts';

export interface PushItem {
  readonly name: string;
  /** With registry and namespace, without tag. */
  readonly repository: string;
  readonly tags: Tags;
  /** One for each platform; of several the tags lead to an index. */
  readonly images: readonly PlatformImage[];
}

export interface PlatformImage {
  readonly platform: Platform;
  readonly imageId: string;
}

export interface PushTools {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly isForced: boolean;
  /** For everything that goes to one registry. */
  readonly deadlineMs: number;
  readonly note: (line: string) => void;
}

export interface PushingTools extends PushTools, RetryTools {}

/** How one item gets under a name. */
export interface Pusher {
  /** Refuses a name that is taken by something else. */
  refuse(tag: string): Promise<void>;
  /** Gives the digest that the registry holds under the name afterwards. */
  put(tag: string): Promise<string>;
  /** Of an index: the platforms' digests, once it is pushed. */
  platforms(): Readonly<Record<string, string>> | undefined;
}

/** A name that never moves and holds something else already is somebody's reference. */
export function takenError(reference: string, digest: string): ToolError {
  return new ToolError('registry', {
    message: `${reference} is in the registry already, with other content (${digest})`,
    remedy: 'make a new commit or version, or overwrite it with --force',
  });
}
