// Which tags an image gets, from git facts and its version; immutable ones apart from those that move.

import type { GitFacts } from './facts.ts';

export interface Tags {
  /** Each names one content for ever. */
  readonly immutable: readonly string[];
  /** `latest`, `edge`, a branch: pushed last. */
  readonly moving: readonly string[];
  /** For the version label. */
  readonly version: string;
}

const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** `paths` are the folders and files that the image is built from, for "dirty". */
export function deriveTags(
  image: { readonly name: string; readonly version: string | undefined },
  git: GitFacts | undefined,
  options: { readonly isDirty: boolean; readonly buildId: string; readonly extra: readonly string[] },
): Tags {
  if (git === undefined) {
    const version = `0.0.0-${options.buildId.slice(0, 12)}`;
    return { immutable: [version], moving: options.extra, version: image.version ?? version };
  }
  const sha = `sha-${git.commit.slice(0, 12)}`;
  if (options.isDirty)
    return { immutable: [], moving: [`${sha}-dirty`, ...options.extra], version: image.version ?? sha };
  const releases = git.tags
    .map((tag) => versionOf(tag, image.name))
    .filter((version) => version !== undefined);
  const immutable = [sha];
  const moving: string[] = [];
  for (const release of releases) {
    immutable.push(release.text);
    if (release.prerelease !== undefined) continue;
    moving.push(`${release.major}.${release.minor}`);
    if (release.major > 0) moving.push(String(release.major));
    if (isHighest(release, git.allTags, image.name)) moving.push('latest');
  }
  if (git.branch !== undefined)
    moving.push(git.branch === (git.defaultBranch ?? 'main') ? 'edge' : sanitiseTag(git.branch));
  const version = releases[0]?.text ?? image.version ?? sha;
  return { immutable: unique(immutable), moving: unique([...moving, ...options.extra]), version };
}

export function isValidTag(tag: string): boolean {
  return TAG.test(tag);
}

/** `feature/über x` becomes `feature-ber-x`: runs of what is not allowed become one dash. */
export function sanitiseTag(text: string): string {
  const clean = text.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '');
  return clean === '' ? 'unnamed' : clean.slice(0, 128);
}

/** A repository prefix: `host[:port][/namespace]`, lower case. */
export function isValidRegistry(registry: string): boolean {
  return /^[a-z0-9]+(?:[.-][a-z0-9]+)*(?::\d{1,5})?(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/.test(
    registry,
  );
}

interface Version {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: string | undefined;
}

/** Tags for the whole family are `v1.2.3`, for one image `name@1.2.3`. */
function versionOf(tag: string, name: string): Version | undefined {
  const text = tag.startsWith(`${name}@`)
    ? tag.slice(name.length + 1)
    : /^v\d/.test(tag)
      ? tag.slice(1)
      : undefined;
  const match = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text ?? '');
  if (match === null || text === undefined) return undefined;
  const [, major, minor, patch, prerelease] = match;
  return {
    text: sanitiseTag(text),
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    prerelease,
  };
}

function isHighest(version: Version, allTags: readonly string[], name: string): boolean {
  return allTags
    .map((tag) => versionOf(tag, name))
    .filter((other) => other !== undefined && other.prerelease === undefined)
    .every((other) => other === undefined || compareVersions(other, version) <= 0);
}

function compareVersions(left: Version, right: Version): number {
  return left.major - right.major || left.minor - right.minor || left.patch - right.patch;
}

function unique(tags: readonly string[]): string[] {
  return [...new Set(tags)];
}
