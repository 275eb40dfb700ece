// What a person watching sees: plain prefixed lines, or a board on a terminal.

import type { BuildEvent } from '../model/engine.ts';
import { shorten, stepTitle } from '../report/steps.ts';

export interface Reporter {
  /** A line about the whole run. */
  note(line: string): void;
  started(image: string): void;
  event(image: string, event: BuildEvent): void;
  /** The one line, or the block of lines, that an image ends with. */
  finished(image: string, lines: readonly string[]): void;
  close(): void;
}

const SLOW_STEP_MS = 1000;
const FRAME_MS = 120;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Whole lines, each with the image's name in front; a step is told only once it has taken a second. */
export function createPlainReporter(write: (line: string) => void, width: number): Reporter {
  const timers = new Map<string, NodeJS.Timeout>();
  const prefix = (image: string): string => image.padEnd(width);
  return {
    note: (line) => write(`${prefix('')}  ${line}`),
    started: () => {},
    event(image, event) {
      if (event.type === 'log') return;
      const key = `${image} ${event.id}`;
      if (event.type === 'step' && event.state === 'started') {
        clearTimeout(timers.get(key));
        timers.set(
          key,
          setTimeout(() => write(`${prefix(image)}  ${shorten(stepTitle(event.name), 100)}`), SLOW_STEP_MS),
        );
      } else clearTimeout(timers.get(key));
    },
    finished(image, lines) {
      for (const [key, timer] of timers) if (key.startsWith(`${image} `)) clearTimeout(timer);
      for (const line of lines) write(`${prefix(image)}  ${line}`);
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

interface BoardRow {
  readonly startedAt: number;
  step: string;
  line: string;
}

/** One line per running image, redrawn in place; what is finished scrolls by above it. */
export async function createBoardReporter(
  stream: NodeJS.WriteStream,
  total: number,
  width: number,
): Promise<Reporter> {
  const { createLogUpdate } = await import('log-update');
  const rows = new Map<string, BoardRow>();
  const board = createLogUpdate(stream);
  let finishedCount = 0;
  let frame = 0;
  const draw = (): void => {
    const now = performance.now();
    const columns = stream.columns || 80;
    const mark = FRAMES[frame++ % FRAMES.length] ?? '';
    const lines = [...rows].map(([image, row]) => {
      const seconds = `${((now - row.startedAt) / 1000).toFixed(0)}s`.padStart(4);
      const detail = row.line === '' ? row.step : `${row.step}  ${row.line}`;
      const line = `${mark} ${image.padEnd(width)} ${seconds}  ${shorten(detail, columns)}`;
      return line.slice(0, columns - 1);
    });
    const filled = total === 0 ? 0 : Math.round((finishedCount / total) * 20);
    board(
      [...lines, `  ${'█'.repeat(filled)}${'░'.repeat(20 - filled)} ${finishedCount}/${total} images`].join(
        '\n',
      ),
    );
  };
  const above = (lines: readonly string[]): void => {
    board.clear();
    stream.write(lines.map((line) => `${line}\n`).join(''));
    draw();
  };
  const timer = setInterval(draw, FRAME_MS);
  return {
    note: (line) => above([line]),
    started(image) {
      rows.set(image, { startedAt: performance.now(), step: '', line: '' });
    },
    event(image, event) {
      const row = rows.get(image);
      if (row === undefined) return;
      if (event.type === 'log') row.line = event.line;
      else if (event.type === 'step' && event.state === 'started')
        Object.assign(row, { step: stepTitle(event.name), line: '' });
    },
    finished(image, lines) {
      rows.delete(image);
      finishedCount++;
      above(lines.map((line) => `${image.padEnd(width)}  ${line}`));
    },
    close() {
      clearInterval(timer);
      board.clear();
      board.done();
    },
  };
}
