// What an image was built from and how, in the form of an in-toto statement with SLSA's predicate.

import type { EngineFacts } from '../model/engine.ts';
import type { External, GitFacts } from '../plan/facts.ts';
import { filesOf, FILES_PART } from '../plan/inputs.ts';
import type { PlannedImage } from '../plan/plan.ts';

export interface ProvenanceFacts {
  readonly imageId: string;
  /** `repository@sha256:…` of every registry it was pushed to. */
  readonly references: readonly string[];
  readonly git: GitFacts | undefined;
  readonly isDirty: boolean;
  readonly engine: EngineFacts | undefined;
  readonly externals: ReadonlyMap<string, External>;
  readonly parents: ReadonlyMap<string, string>;
  readonly startedAt: string;
  readonly endedAt: string;
}

/** A context of more files than this is told by one hash: nobody reads them, and every pull would carry them. */
const LISTED_FILES = 20_000;

export function provenanceStatement(item: PlannedImage, facts: ProvenanceFacts): object {
  const { image, parts, buildId } = item;
  const sha256 = (text: string): { sha256: string } => ({ sha256: text.replace(/^.*sha256:/, '') });
  const { git } = facts;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: image.name, digest: sha256(facts.imageId) },
      ...facts.references.map((reference) => ({
        name: reference.split('@')[0],
        digest: sha256(reference),
      })),
    ],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'initkit/build/1',
        externalParameters: {
          dockerfile: `${image.place}/Dockerfile`,
          arguments: ofKind(parts, 'arg:'),
          software: ofKind(parts, 'software:'),
        },
        internalParameters: { inputs: buildId, isDirty: facts.isDirty },
        resolvedDependencies: [
          ...(git === undefined
            ? []
            : [
                {
                  uri: git.remote ?? 'git',
                  digest: { gitCommit: git.commit },
                  annotations: { isDirty: facts.isDirty },
                },
              ]),
          ...[...facts.parents].map(([name, id]) => ({ uri: name, digest: sha256(id) })),
          ...image.externals.map((reference) => ({
            uri: reference,
            digest: sha256(facts.externals.get(reference)?.id ?? ''),
          })),
        ],
      },
      runDetails: {
        builder: { id: 'initkit', version: { engine: facts.engine?.version } },
        metadata: { startedOn: facts.startedAt, finishedOn: facts.endedAt },
        byproducts: Object.entries({ ...ofKind(parts, 'text:'), ...hashesOf(item) }).map(([name, sha]) => ({
          name,
          digest: { sha256: sha },
        })),
      },
    },
  };
}

/** Path → hash of every file that went in; of very many, one hash for all. */
function hashesOf({ prepared, parts }: PlannedImage): Record<string, string> {
  if (prepared.entries.length > LISTED_FILES) return { [FILES_PART]: parts[FILES_PART] ?? '' };
  const files = [...filesOf(prepared.entries)].filter((entry) => entry.kind === 'file');
  return Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256]));
}

function ofKind(parts: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  const entries = Object.entries(parts).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
}
