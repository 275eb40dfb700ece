// The labels of an image: the OCI keys from git and image.ini, and our own, by which later runs know it.

import type { GitFacts, Image } from './facts.ts';

export const INPUTS_LABEL = 'initkit.inputs';
export const PARENT_LABEL = 'initkit.parent';
const SOFTWARE_LABEL = 'initkit.software.';

export interface LabelFacts {
  readonly buildId: string;
  readonly git: GitFacts | undefined;
  readonly version: string;
  /** What its last FROM resolved to: name and id. */
  readonly parent: { readonly name: string; readonly id: string } | undefined;
  readonly licenses: string | undefined;
  readonly refName: string;
  readonly softwareVersions: ReadonlyMap<string, string>;
}

/** Empty values are left out. Of these only the inputs decide whether an image is built again. */
export function imageLabels(image: Image, facts: LabelFacts): Record<string, string> {
  const { git, parent } = facts;
  const source = git?.remote;
  const oci: Record<string, string | undefined> = {
    // The time of the commit, not of the build: the same commit gives the same label.
    created: git?.committedAt,
    title: image.config.title ?? image.name,
    description: image.config.description ?? image.summary,
    version: facts.version,
    revision: git?.commit,
    source,
    url: source,
    documentation:
      source === undefined
        ? undefined
        : `${source}/blob/${git?.commit}/${git?.prefix}${image.place}/README.md`,
    licenses: facts.licenses,
    'ref.name': facts.refName,
    'base.name': parent?.name,
    'base.digest': parent?.id,
  };
  const labels: Record<string, string | undefined> = {
    ...Object.fromEntries(
      Object.entries(oci).map(([key, value]) => [`org.opencontainers.image.${key}`, value]),
    ),
    [INPUTS_LABEL]: facts.buildId,
    [PARENT_LABEL]: parent?.id,
  };
  for (const slot of image.config.software)
    labels[`${SOFTWARE_LABEL}${slot.name}`] = facts.softwareVersions.get(slot.name) ?? 'absent';
  const present = Object.entries(labels).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  return Object.fromEntries(present);
}

/** Slot → version or `absent`, as an image's labels tell it. */
export function softwareOf(labels: Readonly<Record<string, string>>): Map<string, string> {
  const entries = Object.entries(labels).filter(([key]) => key.startsWith(SOFTWARE_LABEL));
  return new Map(entries.map(([key, value]) => [key.slice(SOFTWARE_LABEL.length), value]));
}
