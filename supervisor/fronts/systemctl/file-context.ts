// The unit files of the root that a command works on, and how the changes that it computes are made and told.

import { hostFacts, unitSource } from '../../os/unit-source.ts';
import {
  changeText,
  failureText,
  type InstallChange,
  type InstallResult,
} from '../../units/install-changes.ts';
import type { InstallContext } from '../../units/install-info.ts';
import { scanUnitFiles } from '../../units/search.ts';
import { CTL_EXIT, Failure } from './failure.ts';
import type { Session } from './session.ts';
import { isThere, makeLink, removeLink } from './unit-files.ts';

export function rootOf({ options }: Session): string {
  const root = options.root === null ? '' : options.root.replace(/\/+$/, '');
  if (root !== '' && !isThere(root, '/')) {
    throw new Failure(
      `Failed to initialize unit search paths for root directory ${root}: No such file or directory`,
    );
  }
  return root;
}

export function fileContext(session: Session): InstallContext {
  const source = unitSource(rootOf(session));
  return { source, files: scanUnitFiles(source), host: hostFacts(session.io.environment) };
}

/** Whether a manager is to know of the changes. */
export function isOnline({ client, options }: Session): boolean {
  return client !== null && options.root === null;
}

/** Carries out what was computed, and tells it; the exit code. */
export function carryOut(session: Session, { changes }: InstallResult, verb: string): number {
  const { io, options } = session;
  const root = rootOf(session);
  for (const change of changes) makeChange(root, change);
  const failure = changes.find((change) => change.kind === 'failed');
  if (failure !== undefined && isOnline(session)) {
    // A manager answers with the first error, and tells nothing of what was done besides.
    io.err(`${failureText(failure, verb)}\n`);
    return CTL_EXIT.failure;
  }
  for (const change of changes) {
    if (change.kind === 'failed' || !options.quiet) io.err(`${changeText(change, verb)}\n`);
  }
  return failure === undefined ? 0 : CTL_EXIT.failure;
}

function makeChange(root: string, change: InstallChange): void {
  try {
    if (change.kind === 'symlink') makeLink(root, change.path, change.target);
    else if (change.kind === 'unlink') removeLink(root, change.path);
  } catch (error) {
    const { code = 'EIO' } = error as NodeJS.ErrnoException;
    throw new Failure(
      `cannot change ${change.kind === 'symlink' || change.kind === 'unlink' ? change.path : 'a link'}: ${code}`,
    );
  }
}
