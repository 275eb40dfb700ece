// supervisorctl's actions on the supervisor and its configuration: shutdown, reload, reread, update, add, and so on.

import { words } from './ctl-process.ts';
import { errnoOf, faultCodeOf } from './ctl-session.ts';
import type { Action, Session } from './ctl-session.ts';
import { changeLines, configLine, CTL_EXIT } from './ctl-text.ts';
import { FAULT_CODES } from './faults.ts';
import type { Changes } from './rpc-client.ts';

export const shutdown: Action = {
  help: ['shutdown \tShut the remote supervisord down.'],
  run: async (session, rest) => {
    if (rest !== '') return session.misuse('Error: shutdown accepts no arguments', shutdown);
    if (!(await isSure(session, 'Really shut the remote supervisord process down y/N? '))) return;
    try {
      await session.rpc.call('shutdown');
      session.output('Shut down');
    } catch (error) {
      if (faultCodeOf(error) === FAULT_CODES.SHUTDOWN_STATE)
        return session.output('ERROR: already shutting down');
      session.exitCode = CTL_EXIT.generic;
      const reasons: Record<string, string> = { ECONNREFUSED: 'refused connection', ENOENT: 'no such file' };
      const reason = reasons[errnoOf(error) ?? ''];
      if (reason === undefined) throw error;
      session.output(`ERROR: ${session.target.url} ${reason} (already shut down?)`);
    }
  },
};

export const reload: Action = {
  help: ['reload \t\tRestart the remote supervisord.'],
  run: async (session, rest) => {
    if (rest !== '') return session.misuse('Error: reload accepts no arguments', reload);
    if (!(await isSure(session, 'Really restart the remote supervisord process y/N? '))) return;
    await unlessFault(session, { [FAULT_CODES.SHUTDOWN_STATE]: 'ERROR: already shutting down' }, async () => {
      await session.rpc.call('restart');
      session.output('Restarted supervisord');
    });
  },
};

export const avail: Action = {
  help: ['avail\t\t\tDisplay all configured processes'],
  run: async (session, rest) => {
    if (rest !== '') return session.misuse('Error: avail accepts no arguments', avail);
    await unlessFault(
      session,
      { [FAULT_CODES.SHUTDOWN_STATE]: 'ERROR: supervisor shutting down' },
      async () => {
        for (const info of await session.rpc.allConfigInfo()) session.output(configLine(info));
      },
    );
  },
};

export const reread: Action = {
  help: ["reread \t\t\tReload the daemon's configuration files without add/remove"],
  run: async (session, rest) => {
    if (rest !== '') return session.misuse('Error: reread accepts no arguments', reread);
    const known = {
      [FAULT_CODES.SHUTDOWN_STATE]: 'ERROR: supervisor shutting down',
      [FAULT_CODES.CANT_REREAD]: 'ERROR: ',
    };
    await unlessFault(session, known, async () => {
      for (const line of changeLines(await session.rpc.reloadConfig())) session.output(line);
    });
  },
};

export const add: Action = {
  help: ['add <name> [...]\tActivates any updates in config for process/group'],
  run: async (session, rest) => {
    for (const name of words(rest)) {
      try {
        await session.rpc.call('addProcessGroup', name);
        session.output(`${name}: added process group`);
      } catch (error) {
        const fault = faultCodeOf(error);
        if (fault === FAULT_CODES.ALREADY_ADDED) {
          session.output('ERROR: process group already active');
          continue;
        }
        session.exitCode = CTL_EXIT.generic;
        if (fault === FAULT_CODES.SHUTDOWN_STATE) session.output('ERROR: shutting down');
        else if (fault === FAULT_CODES.BAD_NAME) session.output(`ERROR: no such process/group: ${name}`);
        else throw error;
      }
    }
  },
};

export const remove: Action = {
  help: ['remove <name> [...]\tRemoves process/group from active config'],
  run: async (session, rest) => {
    for (const name of words(rest)) {
      const known = {
        [FAULT_CODES.STILL_RUNNING]: `ERROR: process/group still running: ${name}`,
        [FAULT_CODES.BAD_NAME]: `ERROR: no such process/group: ${name}`,
      };
      await unlessFault(session, known, async () => {
        await session.rpc.call('removeProcessGroup', name);
        session.output(`${name}: removed process group`);
      });
    }
  },
};

export const update: Action = {
  help: [
    'update\t\t\tReload config and add/remove as necessary, and will restart affected programs',
    'update all\t\tReload config and add/remove as necessary, and will restart affected programs',
    'update <gname> [...]\tUpdate specific groups',
  ],
  run: async (session, rest) => {
    await unlessFault(session, { [FAULT_CODES.SHUTDOWN_STATE]: 'ERROR: already shutting down' }, async () => {
      const changes = await session.rpc.reloadConfig();
      const given = new Set(words(rest));
      if (given.has('all')) given.clear();
      if (given.size > 0) await reportUnknown(session, given, changes);
      const isMeant = (group: string): boolean => given.size === 0 || given.has(group);
      await apply(session, changes, isMeant);
    });
  },
};

export const version: Action = {
  help: ['version\t\t\tShow the version of the remote supervisord process'],
  run: async (session, rest) => {
    if (rest !== '') return session.misuse('Error: version accepts no arguments', version);
    if (!(await session.isUp())) return;
    session.output(await session.rpc.text('getSupervisorVersion'));
  },
};

async function apply(session: Session, changes: Changes, isMeant: (group: string) => boolean): Promise<void> {
  const { rpc } = session;
  for (const group of changes.removed.filter(isMeant)) {
    const results = await rpc.results('stopProcessGroup', group);
    session.output(`${group}: stopped`);
    if (results.some((result) => result.status === FAULT_CODES.FAILED)) {
      session.output(`${group}: has problems; not removing`);
      session.exitCode = CTL_EXIT.generic;
      continue;
    }
    await rpc.call('removeProcessGroup', group);
    session.output(`${group}: removed process group`);
  }
  for (const group of changes.changed.filter(isMeant)) {
    await rpc.call('stopProcessGroup', group);
    session.output(`${group}: stopped`);
    await rpc.call('removeProcessGroup', group);
    await rpc.call('addProcessGroup', group);
    session.output(`${group}: updated process group`);
  }
  for (const group of changes.added.filter(isMeant)) {
    await rpc.call('addProcessGroup', group);
    session.output(`${group}: added process group`);
  }
}

async function reportUnknown(
  session: Session,
  given: ReadonlySet<string>,
  { added }: Changes,
): Promise<void> {
  const active = (await session.rpc.allProcessInfo()).map((info) => info.group);
  const known = new Set([...active, ...added]);
  for (const group of given) {
    if (known.has(group)) continue;
    session.output(`ERROR: no such group: ${group}`);
    session.exitCode = CTL_EXIT.generic;
  }
}

/** Says the message of a known fault; one that ends with a blank is completed by the fault's own text. */
async function unlessFault(
  session: Session,
  known: Readonly<Record<number, string>>,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    session.exitCode = CTL_EXIT.generic;
    const message = known[faultCodeOf(error) ?? -1];
    if (message === undefined || !(error instanceof Error)) throw error;
    session.output(message.endsWith(' ') ? `${message}${error.message}` : message);
  }
}

async function isSure(session: Session, question: string): Promise<boolean> {
  if (!session.interactive) return true;
  return (await session.ask(question)).toLowerCase().startsWith('y');
}
