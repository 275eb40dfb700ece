// supervisorctl's interactive shell: a prompt, completion of actions and names, and a history.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ACTIONS, runLine } from './ctl-actions.ts';
import type { Session } from './ctl-session.ts';
import { INTERRUPTED, LineQueue } from './line-queue.ts';
import type { ProcessInfo } from './rpc-client.ts';

export interface ShellOptions {
  readonly prompt: string;
  readonly historyFile: string | null;
}

const HISTORY_LINES = 1000;

/** Reads and runs lines until quit, Ctrl-C or the end of the input. */
export async function runShell(session: Session, options: ShellOptions): Promise<void> {
  const { stdin, stdout } = session.io;
  const isTerminal = stdin.isTTY === true;
  const history = isTerminal ? loadHistory(options.historyFile) : [];
  const reader = createInterface({
    input: stdin,
    ...(isTerminal ? { output: process.stdout, terminal: true, history, historySize: HISTORY_LINES } : {}),
    completer: (line: string, done: (error: Error | null, result: [string[], string]) => void) => {
      completions(session, line).then(
        (found) => done(null, [found, lastWord(line)]),
        () => done(null, [[], line]),
      );
    },
  });
  reader.on('history', (lines: string[]) => saveHistory(options.historyFile, lines));
  const lines = new LineQueue(reader);
  session.lines = lines;
  const ask = async (question: string): Promise<string | null> => {
    if (isTerminal) reader.setPrompt(question);
    if (isTerminal) reader.prompt();
    else stdout.write(question);
    return lines.next();
  };
  session.ask = async (question) => (await ask(question)) ?? '';
  let goOn = await runLine(session, 'status');
  while (goOn) {
    const line = await ask(`${options.prompt}> `);
    if (line === INTERRUPTED) {
      session.output('');
      break;
    }
    goOn = await runLine(session, line ?? 'EOF');
  }
  lines.close();
}

const TAKE_GROUPS = ['add', 'remove', 'update'];
const TAKE_PROCESSES = ['clear', 'fg', 'pid', 'restart', 'signal', 'start', 'status', 'stop', 'tail'];

/** What the last word of a line may become. */
export async function completions(session: Session, line: string): Promise<string[]> {
  const word = lastWord(line);
  const [action = '', ...more] = line.trimStart().split(/\s+/);
  if (more.length === 0 || action === 'help') return matching(['help', ...ACTIONS.keys()], word);
  if (!TAKE_GROUPS.includes(action) && !TAKE_PROCESSES.includes(action)) return [];
  const infos = await session.rpc.allProcessInfo();
  const names = TAKE_GROUPS.includes(action) ? infos.map((info) => info.group) : processNames(infos, word);
  return matching(names, word);
}

function processNames(infos: readonly ProcessInfo[], word: string): string[] {
  return infos.flatMap(({ group, name }) =>
    word.includes(':') || name !== group ? [`${group}:${name}`, `${group}:*`] : [name],
  );
}

function matching(candidates: readonly string[], word: string): string[] {
  return [...new Set(candidates)]
    .filter((candidate) => candidate.startsWith(word))
    .map((found) => `${found} `);
}

function lastWord(line: string): string {
  return /\S*$/.exec(line)?.[0] ?? '';
}

/** Newest first, as readline wants it; in the file the newest is last. */
function loadHistory(path: string | null): string[] {
  if (path === null || !existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .toReversed();
}

function saveHistory(path: string | null, lines: readonly string[]): void {
  if (path === null) return;
  try {
    writeFileSync(path, `${lines.toReversed().join('\n')}\n`, { mode: 0o600 });
  } catch {
    // A history that cannot be kept is no reason to stop.
  }
}
