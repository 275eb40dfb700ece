// SIGHUP of the init: from the configuration that runs to the one that is written, with the least that has to stop.

import type { Commands } from '../control/commands.ts';

/** A function that applies what has changed, one call after the other; what is asked for while another waits is asked for already. */
export function applyInTurn(commands: Commands): () => void {
  let last = Promise.resolve();
  let isNextWaiting = false;
  return () => {
    if (isNextWaiting) return;
    isNextWaiting = true;
    last = last.then(() => {
      isNextWaiting = false;
      return applyChanges(commands);
    });
  };
}

/** What `supervisorctl update` does: stops and forgets what has gone or changed, and starts what is new or changed. */
async function applyChanges(commands: Commands): Promise<void> {
  const reread = await commands.reread();
  if (reread.kind === 'cannot-reread') {
    commands.log('error', `cannot reload: ${reread.message}`);
    return;
  }
  for (const name of [...reread.removed, ...reread.changed]) {
    const group = commands.groups().find((each) => each.name === name);
    await Promise.all((group?.processes ?? []).map((ref) => commands.stop(ref, { wait: true })));
    await commands.removeGroup(name);
  }
  for (const name of [...reread.changed, ...reread.added]) await commands.addGroup(name);
}
