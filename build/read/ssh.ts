// --ssh: agents that RUN lines may use while an image is built, and how they are named on the command line.

import type { Problem } from '../model/errors.ts';
import type { Dockerfile } from './dockerfile.ts';
import { mountProblems, sshOf } from './mounts.ts';

export interface SshSource {
  readonly id: string;
  /** An agent's socket, or private keys; none is the agent that SSH_AUTH_SOCK names. */
  readonly paths: readonly string[];
}

/** `default`, `default=SOCKET`, `default=KEY,KEY`: as docker build has it. */
export function parseSsh(options: readonly string[]): { sources: SshSource[]; problems: Problem[] } {
  const sources: SshSource[] = [];
  const problems: Problem[] = [];
  for (const option of options) {
    const equals = option.indexOf('=');
    const id = equals < 0 ? option : option.slice(0, equals);
    const paths = equals < 0 ? [] : option.slice(equals + 1).split(',');
    if (!/^[A-Za-z0-9_.-]+$/.test(id) || paths.includes('')) {
      const remedy = '--ssh default, or --ssh NAME=SOCKET, or --ssh NAME=KEY[,KEY]';
      problems.push({ message: `--ssh ${option}: cannot be read`, remedy });
    } else if (sources.some((source) => source.id === id))
      problems.push({ message: `--ssh ${id} is given twice` });
    else sources.push({ id, paths });
  }
  return { sources, problems };
}

export function sshProblems(
  given: readonly string[],
  images: readonly { readonly place: string; readonly dockerfile: Dockerfile }[],
): Problem[] {
  return mountProblems(given, images, {
    usesOf: sshOf,
    option: (id) => `--ssh ${id}`,
    thing: (id) => `the ssh agent ${id}`,
    remedy: (id) => `--ssh ${id}, or --ssh ${id}=SOCKET or KEY`,
  });
}
