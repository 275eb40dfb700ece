// Every action of supervisorctl by its name, how a line becomes one, and the help about them.

import { StatusError } from './client.ts';
import { fg, maintail, tail } from './ctl-log.ts';
import { clear, pid, restart, signal, start, status, stop } from './ctl-process.ts';
import { unexpectedLine } from './ctl-session.ts';
import type { Action, Session } from './ctl-session.ts';
import { add, avail, reload, remove, reread, shutdown, update, version } from './ctl-supervisor.ts';
import { columns, CTL_EXIT } from './ctl-text.ts';

const open: Action = {
  help: [
    'open <url>\tConnect to a remote supervisord process.',
    '\t\t(for UNIX domain socket, use unix:///socket/path)',
  ],
  run: async (session, rest) => {
    if (!/^(unix|http):/.test(rest)) return session.misuse('ERROR: url must be http:// or unix://', null);
    session.target = { ...session.target, url: rest };
    const { exitCode } = session;
    await status.run(session, '');
    session.exitCode = exitCode;
  },
};

const exit: Action = { help: ['exit\tExit the supervisor shell.'], run: () => Promise.resolve() };
const quit: Action = { help: ['quit\tExit the supervisor shell.'], run: () => Promise.resolve() };

export const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ['add', add],
  ['avail', avail],
  ['clear', clear],
  ['exit', exit],
  ['fg', fg],
  ['maintail', maintail],
  ['open', open],
  ['pid', pid],
  ['quit', quit],
  ['reload', reload],
  ['remove', remove],
  ['reread', reread],
  ['restart', restart],
  ['shutdown', shutdown],
  ['signal', signal],
  ['start', start],
  ['status', status],
  ['stop', stop],
  ['tail', tail],
  ['update', update],
  ['version', version],
]);

/** Runs one line; false when it ends the shell. Whatever goes wrong is said, and seen in the exit code. */
export async function runLine(session: Session, given: string): Promise<boolean> {
  const line = given.trim().replace(/^\?/, 'help ');
  if (line === '') return true;
  const name = /^\w*/.exec(line)?.[0] ?? '';
  const rest = line.slice(name.length).trim();
  if (name === 'help') {
    help(session, rest);
    return true;
  }
  if (name === 'quit' || name === 'exit' || name === 'EOF') {
    session.output('');
    return false;
  }
  const action = ACTIONS.get(name);
  if (action === undefined) {
    session.misuse(`*** Unknown syntax: ${line}`, null);
    return true;
  }
  await attempt(session, action, rest);
  return true;
}

async function attempt(session: Session, action: Action, rest: string): Promise<void> {
  try {
    await action.run(session, rest);
  } catch (error) {
    if (error instanceof StatusError && error.status === 401) {
      session.output('Server requires authentication');
      if (session.interactive) return authenticate(session, action, rest);
    } else {
      session.output(unexpectedLine(error));
    }
    session.exitCode = CTL_EXIT.generic;
  }
}

async function authenticate(session: Session, action: Action, rest: string): Promise<void> {
  const username = await session.ask('Username:');
  const password = await session.ask('Password:');
  // The end of the input answers everything with nothing.
  if (username === '') return;
  session.target = { ...session.target, credentials: { username, password } };
  await attempt(session, action, rest);
}

function help(session: Session, topic: string): void {
  if (topic === '') return listTopics(session);
  if (topic === 'help') {
    session.output('help\t\tPrint a list of available actions');
    session.output('help <action>\tPrint help for <action>');
    return;
  }
  const action = ACTIONS.get(topic);
  if (action === undefined) return session.output(`*** No help on ${topic}`);
  for (const line of action.help) session.output(line);
}

function listTopics(session: Session): void {
  const header = 'default commands (type help <topic>):';
  const lines = ['', header, '='.repeat(header.length), ...columns([...ACTIONS.keys()], 79), ''];
  for (const line of lines) session.output(line);
}
