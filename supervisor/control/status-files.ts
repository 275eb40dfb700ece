// What programs say of themselves: the first line of each status_file, read when somebody asks.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Program } from '../model.ts';
import type { Commands } from './commands.ts';

/** A line that is longer is cut. */
const MOST_BYTES = 1024;

/** Programs that are not running say nothing: what their file has is of an earlier time. */
export async function readStatusTexts(commands: Commands): Promise<Map<Program, string>> {
  const texts = new Map<Program, string>();
  const processes = commands.groups().flatMap((group) => group.processes);
  await Promise.all(
    processes.map(async ({ pid, program }) => {
      if (program.statusFile === null || pid === null) return;
      const text = await firstLine(program.statusFile);
      if (text !== null) texts.set(program, text);
    }),
  );
  return texts;
}

/** Null where there is none. Never waits, whatever is at the path: a FIFO that nobody writes to is an empty file. */
async function firstLine(path: string): Promise<string | null> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES);
      const [line = ''] = buffer.toString('utf8', 0, bytesRead).split(/[\r\n]/);
      // It goes to terminals.
      const text = line.replace(/\p{Cc}/gu, ' ').trim();
      return text === '' ? null : text;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}
