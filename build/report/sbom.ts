// Bill of materials: SPDX 2.3 as JSON, out of what dpkg has installed and what npm packages went in.

import type { NpmPackage } from '../plan/facts.ts';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly source: string;
}

export interface SbomFacts {
  readonly image: string;
  readonly imageId: string;
  readonly created: string;
  readonly distribution: string;
  readonly debian: readonly DebianPackage[];
  readonly npm: readonly NpmPackage[];
  /** Slot → version. */
  readonly software: ReadonlyMap<string, string>;
}

/** Of /var/lib/dpkg/status: only what is installed. */
export function parseDpkgStatus(text: string): DebianPackage[] {
  return text
    .split(/\n\n+/)
    .flatMap((paragraph) => {
      const field = (name: string): string | undefined =>
        new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1]?.trim();
      const [name, version] = [field('Package'), field('Version')];
      if (name === undefined || version === undefined) return [];
      if (field('Status')?.endsWith(' installed') !== true) return [];
      const source = field('Source')?.split(' ')[0] ?? name;
      return [{ name, version, architecture: field('Architecture') ?? 'all', source }];
    })
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

export function spdxDocument(facts: SbomFacts): object {
  const digest = facts.imageId.replace(/^sha256:/, '');
  const root = { SPDXID: 'SPDXRef-image', name: facts.image, versionInfo: facts.imageId };
  const packages = [
    ...facts.debian.map((item) => ({
      SPDXID: `SPDXRef-deb-${idOf(`${item.name}-${item.architecture}`)}`,
      name: item.name,
      versionInfo: item.version,
      license: undefined as string | undefined,
      purl: `pkg:deb/${facts.distribution}/${item.name}@${encodeURIComponent(item.version)}?arch=${item.architecture}`,
      sourceInfo: `built from the source package ${item.source}`,
    })),
    ...facts.npm.map((item) => ({
      SPDXID: `SPDXRef-npm-${idOf(`${item.name}-${item.version}`)}`,
      name: item.name,
      versionInfo: item.version,
      license: item.license,
      purl: `pkg:npm/${item.name.replace('@', '%40')}@${item.version}`,
      sourceInfo: 'from npm, by package-lock.json',
    })),
    ...[...facts.software].map(([slot, version]) => ({
      SPDXID: `SPDXRef-software-${idOf(slot)}`,
      name: slot,
      versionInfo: version,
      license: undefined,
      purl: `pkg:generic/${slot}@${encodeURIComponent(version)}`,
      sourceInfo: 'handed over by whoever built the image',
    })),
  ];
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: facts.image,
    documentNamespace: `https://spdx.org/spdxdocs/${facts.image}-${digest}`,
    creationInfo: { created: facts.created, creators: ['Tool: initkit'] },
    documentDescribes: [root.SPDXID],
    packages: [
      { ...root, ...NO_LICENSE, downloadLocation: 'NOASSERTION', primaryPackagePurpose: 'CONTAINER' },
      ...packages.map(({ purl, license, ...item }) => ({
        ...item,
        ...NO_LICENSE,
        ...(license === undefined ? {} : { licenseDeclared: license }),
        downloadLocation: 'NOASSERTION',
        externalRefs: [
          { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
        ],
      })),
    ],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: root.SPDXID },
      ...packages.map((item) => ({
        spdxElementId: root.SPDXID,
        relationshipType: 'CONTAINS',
        relatedSpdxElement: item.SPDXID,
      })),
    ],
  };
}

const NO_LICENSE = {
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  licenseDeclared: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
};

/** Letters, digits, dots and dashes. */
function idOf(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]+/g, '-');
}
