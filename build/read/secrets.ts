// Build secrets: how they are named on the command line, which images ask for them, and how their text is kept out of logs.

import type { Problem } from '../model/errors.ts';
import type { Dockerfile } from './dockerfile.ts';
import { mountProblems, secretsOf } from './mounts.ts';

export interface SecretSource {
  readonly id: string;
  readonly from:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'variable'; readonly name: string };
}

/** What BuildKit takes at most. */
export const MAX_SECRET_BYTES = 500 * 1024;

/** Shorter ones would black out half of a log. */
const MIN_MASKED = 4;

/** `id=NAME,src=FILE`, `id=NAME,env=VARIABLE`, or `id=NAME` alone for the variable of that name. */
export function parseSecrets(options: readonly string[]): {
  sources: SecretSource[];
  problems: Problem[];
} {
  const sources: SecretSource[] = [];
  const problems: Problem[] = [];
  for (const option of options) {
    const fields = new Map<string, string>();
    for (const part of option.split(',')) {
      const equals = part.indexOf('=');
      fields.set(part.slice(0, Math.max(equals, 0)).trim(), part.slice(equals + 1));
    }
    const id = fields.get('id') ?? '';
    const path = fields.get('src') ?? fields.get('source');
    const variable = fields.get('env');
    const known = ['id', 'src', 'source', 'env', 'type'];
    const isReadable =
      id !== '' &&
      [...fields.keys()].every((name) => known.includes(name)) &&
      (path === undefined || variable === undefined);
    if (!isReadable) {
      // Not the option itself: somebody may have put the secret there.
      const remedy = '--secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE';
      problems.push({ message: `--secret ${id === '' ? '' : `id=${id}`}: cannot be read`, remedy });
    } else if (sources.some((source) => source.id === id)) {
      problems.push({ message: `--secret id=${id} is given twice` });
    } else {
      const from =
        path === undefined
          ? ({ kind: 'variable', name: variable ?? id } as const)
          : ({ kind: 'file', path } as const);
      sources.push({ id, from });
    }
  }
  return { sources, problems };
}

export function secretProblems(
  given: readonly string[],
  images: readonly { readonly place: string; readonly dockerfile: Dockerfile }[],
): Problem[] {
  return mountProblems(given, images, {
    usesOf: secretsOf,
    option: (id) => `--secret id=${id}`,
    thing: (id) => `the secret ${id}`,
    remedy: (id) => `--secret id=${id},src=FILE or --secret id=${id},env=VARIABLE`,
  });
}

/** Replaces every secret, and each line of one of several lines, by asterisks. */
export function maskSecrets(secrets: ReadonlyMap<string, Uint8Array>): (text: string) => string {
  const texts = [...secrets.values()].flatMap((bytes) => {
    const text = Buffer.from(bytes).toString('utf8');
    return [text, ...text.split(/\r?\n/)].map((line) => line.trim());
  });
  const hidden = [...new Set(texts)]
    .filter((text) => text.length >= MIN_MASKED)
    .toSorted((left, right) => right.length - left.length);
  return (text) => hidden.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}
