// add-wants and add-requires: links from a unit to others that they are to come with.

import { discover } from '../../units/install-info.ts';
import { directoryFor } from '../../units/install.ts';
import type { InstallChange } from '../../units/install-changes.ts';
import { joinPath } from '../../units/unit-source.ts';
import { Failure } from './failure.ts';
import { carryOut, fileContext, isOnline } from './file-context.ts';
import { fullName } from './names.ts';
import type { Session } from './session.ts';

export async function addDependencies(
  session: Session,
  [first = '', ...words]: readonly string[],
  verb: string,
): Promise<number> {
  const { options, client } = session;
  const context = fileContext(session);
  const target = fullName(session, first, '.target');
  const find = (name: string): string => {
    const found = discover(context, name);
    if (found.kind === 'found' && found.info.mode !== 'masked') return found.info.path;
    const isMasked = found.kind === 'found';
    throw new Failure(
      isOnline(session)
        ? `Failed to add dependency: Unit file ${name} ${isMasked ? 'is masked' : 'does not exist'}.`
        : `Failed to add dependency on unit, unit ${name} ${isMasked ? 'is masked' : 'does not exist'}.`,
    );
  };
  find(target);
  const suffix = verb === 'add-wants' ? 'wants' : 'requires';
  const changes = words.flatMap((word): InstallChange[] => {
    const name = fullName(session, word);
    const to = find(name);
    const path = joinPath(
      directoryFor({ runtime: options.runtime, force: true }),
      `${target}.${suffix}`,
      name,
    );
    return context.source.readLink(path) === to ? [] : [{ kind: 'symlink', path, target: to }];
  });
  const code = carryOut(session, { changes, carriesInstall: true }, verb);
  if (client !== null && isOnline(session) && options.reload) await client.daemonReload();
  return code;
}
