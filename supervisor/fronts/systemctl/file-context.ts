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
  let code = 0;
  for (const change of changes) {
    makeChange(root, change);
    if (change.kind === 'failed') {
      io.err(`${isOnline(session) ? failureText(change, verb) : changeText(change, verb)}\n`);
      code = CTL_EXIT.failure;
    } else if (!options.quiet) io.err(`${changeText(change, verb)}\n`);
  }
  return code;
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
