// The --mount flags of RUN lines: what an image asks for while it is built, and what of that was given.

import type { Problem } from '../model/errors.ts';
import { remedyFor } from '../model/suggest.ts';
import { mountFields, readFlags } from './dockerfile-flags.ts';
import type { Dockerfile } from './dockerfile.ts';

/** One thing that a RUN line asks the person building for. */
export interface MountUse {
  readonly id: string;
  readonly line: number;
  readonly isRequired: boolean;
}

/** `--mount=type=secret`; without an id it is the last part of the target, as BuildKit has it. */
export function secretsOf(dockerfile: Dockerfile): MountUse[] {
  return mountsOf(dockerfile, 'secret', (fields) => {
    const target = fields.get('target') ?? fields.get('dst') ?? fields.get('destination');
    return target?.split('/').at(-1) ?? '';
  });
}

/** `--mount=type=ssh`; without an id it is `default`. */
export function sshOf(dockerfile: Dockerfile): MountUse[] {
  return mountsOf(dockerfile, 'ssh', () => 'default');
}

function mountsOf(
  dockerfile: Dockerfile,
  type: 'secret' | 'ssh',
  otherwise: (fields: ReadonlyMap<string, string>) => string,
): MountUse[] {
  return dockerfile.instructions
    .filter(({ keyword }) => keyword === 'RUN')
    .flatMap(({ text, firstLine: line }) =>
      readFlags(text).flags.flatMap(({ name, value = '' }) => {
        const fields = mountFields(value);
        if (name !== 'mount' || fields.get('type') !== type) return [];
        const isRequired = /^(true|1)$/i.test(fields.get('required') ?? '');
        return [{ id: fields.get('id') ?? otherwise(fields), line, isRequired }];
      }),
    );
}

/** Given but asked for by nobody, or asked for as required and not given. */
export function mountProblems(
  given: readonly string[],
  images: readonly { readonly place: string; readonly dockerfile: Dockerfile }[],
  kind: {
    readonly usesOf: (dockerfile: Dockerfile) => readonly MountUse[];
    /** `--secret id=npm` */
    option(id: string): string;
    /** `the secret npm` */
    thing(id: string): string;
    remedy(id: string): string;
  },
): Problem[] {
  const uses = images.flatMap((image) => kind.usesOf(image.dockerfile).map((use) => ({ ...use, image })));
  const known = [...new Set(uses.map((use) => use.id))];
  const unused = given
    .filter((id) => !known.includes(id))
    .map((id) => ({
      message: `${kind.option(id)}: no selected image asks for it`,
      remedy: remedyFor(id, known),
    }));
  const missing = uses
    .filter((use) => use.isRequired && !given.includes(use.id))
    .map((use) => ({
      file: `${use.image.place}/Dockerfile`,
      line: use.line,
      message: `needs ${kind.thing(use.id)}`,
      remedy: kind.remedy(use.id),
    }));
  return [...unused, ...missing];
}
