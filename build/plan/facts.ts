// What a plan is made from: the images of the repository, what they consist of, and what git says.

import type { EntryList } from '../model/entry-list.ts';
import type { Problem } from '../model/errors.ts';
import type { Platform } from '../model/platform.ts';
import type { Dockerfile } from '../read/dockerfile.ts';
import type { ImageConfig } from '../read/image-ini.ts';
import type { TestFile } from '../read/test-spec.ts';
import type { InputParts } from './inputs.ts';

export interface Image {
  readonly name: string;
  /** What it is built for: where that decides its FROM lines, it is another image. */
  readonly platform: Platform;
  /** Absolute. */
  readonly folder: string;
  /** The same for people, relative to the repository: `images/web`. */
  readonly place: string;
  readonly dockerfileText: string;
  readonly dockerfile: Dockerfile;
  readonly config: ImageConfig;
  /** First paragraph of the README, for the description label. */
  readonly summary: string | undefined;
  readonly tests: readonly TestFile[];
  /** The texts of README.md and .dockerignore are there, or not: for the lint. */
  readonly hasReadme: boolean;
  readonly hasDockerignore: boolean;
  /** Other images of the family that this one takes from. */
  readonly parents: readonly string[];
  /** Images from elsewhere that this one takes from. */
  readonly externals: readonly string[];
  /** Images, of the family or not, that it takes from as they are for another platform: FROM --platform=$BUILDPLATFORM. */
  readonly crossing: readonly Crossing[];
}

export interface Crossing {
  readonly image: string;
  readonly platform: Platform;
  readonly line: number;
  /** An image of the family. */
  readonly isSibling: boolean;
}

/** Under this an image for another platform is among externals and parts. */
export function crossingKey({ image, platform }: Pick<Crossing, 'image' | 'platform'>): string {
  return `${image} ${platform.name}`;
}

export interface Family {
  readonly root: string;
  readonly platform: Platform;
  readonly images: readonly Image[];
  readonly problems: readonly Problem[];
}

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string | undefined;
}

export interface Prepared {
  readonly image: Image;
  /** The Dockerfile among them is what COPY takes; the one that is built from is rewritten for each build. */
  readonly entries: EntryList;
  /** npm packages whose files went in, bundled or as they are. */
  readonly packages: readonly NpmPackage[];
  /** All parts of the build id that are known without parents and engine. */
  readonly parts: InputParts;
  readonly problems: readonly Problem[];
  /** What the Dockerfile takes from the context and the context has not: no build, but still a plan. */
  readonly missing: readonly Problem[];
}

export interface External {
  /** What FROM is replaced by: the same reference, or the image made in its place. */
  readonly reference: string;
  readonly id: string;
  /** What of it goes into build ids: the id, or the layers of an image made here, whose id has the time in it. */
  readonly content: string;
}

export interface GitFacts {
  /** Full hash. */
  readonly commit: string;
  readonly committedAt: string;
  readonly branch: string | undefined;
  readonly defaultBranch: string | undefined;
  /** Tags on this commit. */
  readonly tags: readonly string[];
  /** All tags of the repository, to know whether a version is the highest. */
  readonly allTags: readonly string[];
  /** Where the images' repository begins in git's, as `tools/`; empty where they are the same. */
  readonly prefix: string;
  /** Paths that differ from the commit, without the prefix. */
  readonly dirtyPaths: readonly string[];
  /** https, without credentials. */
  readonly remote: string | undefined;
}
