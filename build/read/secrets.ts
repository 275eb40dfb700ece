// Build secrets: how they are named on the command line, which images ask for them, and how their text is kept out of logs.

import type { Problem } from '../model/errors.ts';
import { remedyFor } from '../model/suggest.ts';
import type { Dockerfile } from './dockerfile.ts';

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

export interface SecretUse {
  readonly id: string;
  readonly line: number;
  readonly isRequired: boolean;
}

/** Of RUN --mount=type=secret; without an id it is the last part of the target, as BuildKit has it. */
export function secretsOf(dockerfile: Dockerfile): SecretUse[] {
  return dockerfile.instructions
    .filter(({ keyword }) => keyword === 'RUN')
    .flatMap(({ text, firstLine: line }) =>
      [...text.matchAll(/(?:^|\s)--mount=(\S+)/g)].flatMap(([, mount = '']) => {
        const fields = new Map(
          mount.split(',').map((part) => {
            const [name = '', value = 'true'] = part.split('=');
            return [name, value] as const;
          }),
        );
        if (fields.get('type') !== 'secret') return [];
        const id = fields.get('id') ?? (fields.get('target') ?? fields.get('dst'))?.split('/').at(-1) ?? '';
        return [{ id, line, isRequired: fields.get('required') === 'true' }];
      }),
    );
}

/** Given but asked for by nobody, or asked for as required and not given. */
export function secretProblems(
  given: readonly string[],
  images: readonly { readonly place: string; readonly dockerfile: Dockerfile }[],
): Problem[] {
  const uses = images.flatMap((image) => secretsOf(image.dockerfile).map((use) => ({ ...use, image })));
  const known = [...new Set(uses.map((use) => use.id))];
  const unused = given
    .filter((id) => !known.includes(id))
    .map((id) => ({
      message: `--secret id=${id}: no selected image asks for it`,
      remedy: remedyFor(id, known),
    }));
  const missing = uses
    .filter((use) => use.isRequired && !given.includes(use.id))
    .map((use) => ({
      file: `${use.image.place}/Dockerfile`,
      line: use.line,
      message: `needs the secret ${use.id}`,
      remedy: `--secret id=${use.id},src=FILE or --secret id=${use.id},env=VARIABLE`,
    }));
  return [...unused, ...missing];
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
