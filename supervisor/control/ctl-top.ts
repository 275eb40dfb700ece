// `initkit top`: the table of what runs and what it uses, again and again on a terminal, once elsewhere.

import { get } from './client.ts';
import type { Session } from './ctl-session.ts';
import { CTL_EXIT } from './ctl-text.ts';
import type { Status } from './status.ts';
import { table } from './table.ts';
import { topHeading, topRows, type Sample } from './top-table.ts';

const INTERVAL_MS = 2000;
/** What is used is a difference: the first picture does not wait as long for it. */
const FIRST_INTERVAL_MS = 500;

const ENTER_SCREEN = '\x1b[?1049h\x1b[?25l';
const LEAVE_SCREEN = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
/** In raw mode Ctrl-C and Ctrl-D are characters. */
const QUITS = ['q', 'Q', '\x03', '\x04'];
const BOLD = '\x1b[1m';
const NORMAL = '\x1b[m';

/** Until `q` or Ctrl-C on a terminal. Returns the exit code; rejects where the server cannot be asked. */
export async function showTop(session: Session): Promise<number> {
  const { stdout } = session.io;
  let before = sample(session);
  if (stdout.isTTY !== true) {
    await pause(FIRST_INTERVAL_MS);
    const { lines } = await picture(session, before);
    for (const line of lines) session.output(line);
    return CTL_EXIT.success;
  }
  const quit = untilQuit(session);
  stdout.write(ENTER_SCREEN);
  try {
    for (let interval = FIRST_INTERVAL_MS; !(await quit.within(interval)); interval = INTERVAL_MS) {
      const { lines, now } = await picture(session, before);
      stdout.write(screen(lines, stdout.rows ?? 24, stdout.columns ?? 80));
      before = now;
    }
    return CTL_EXIT.success;
  } finally {
    quit.release();
    stdout.write(LEAVE_SCREEN);
  }
}

async function picture(session: Session, before: Sample): Promise<{ lines: string[]; now: Sample }> {
  const status = JSON.parse((await get(session.target, '/status')).text) as Status;
  const now = sample(session);
  return { lines: [topHeading(status), '', ...table(topRows(status, before, now))], now };
}

/** Pids mean something only on the machine of the supervisor. */
function sample({ io, target }: Session): Sample {
  return { atMs: performance.now(), processes: target.url.startsWith('unix:') ? io.processes() : null };
}

function screen(lines: readonly string[], rows: number, columns: number): string {
  const shown = lines.slice(0, Math.max(1, rows - 1)).map((line, index) => {
    const cut = Array.from(line).slice(0, columns).join('');
    return `${index === 2 ? `${BOLD}${cut}${NORMAL}` : cut}${CLEAR_LINE}`;
  });
  return `${HOME}${shown.join('\r\n')}${CLEAR_BELOW}`;
}

interface Quit {
  /** True as soon as somebody wants to quit, false when the time is over. */
  within(ms: number): Promise<boolean>;
  release(): void;
}

function untilQuit(session: Session): Quit {
  const { stdin } = session.io;
  const { promise, resolve } = Promise.withResolvers<true>();
  const onKey = (bytes: Buffer | string): void => {
    if (QUITS.some((key) => bytes.includes(key))) resolve(true);
  };
  const release = session.onInterrupt(() => resolve(true));
  stdin.setRawMode?.(true);
  stdin.on('data', onKey);
  return {
    within: (ms) => Promise.race([promise, pause(ms).then(() => false)]),
    release: () => {
      release();
      stdin.off('data', onKey);
      stdin.setRawMode?.(false);
      stdin.pause();
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
