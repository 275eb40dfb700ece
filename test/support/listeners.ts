// Event listeners in differential tests: their sections, and what they have been told.

import type { Side } from '../supervisor/differential/pair.ts';

const SCRIPT = new URL('../fixtures/listener.py', import.meta.url).pathname;

/** What was written to a listener: `header` is the line, without its newline. */
export interface Told {
  readonly listener: string;
  readonly header: string;
  readonly body: string;
}

/** The section of a listener that records to `NAME.events`; see the script for the ways that it may behave in. */
export function listener(name: string, events: string, way = 'ok', ...keys: readonly string[]): string {
  const command = `command=/usr/bin/python3 ${SCRIPT} %D/${name}.events ${way}`;
  return `[eventlistener:${name}]\n${[command, `events=${events}`, ...keys].join('\n')}\n`;
}

/** Everything that a listener was told so far, without pids and times. */
export function told(side: Side, name: string): Told[] {
  const lines = (side.read(`${name}.events`) ?? '').split('\n').slice(0, -1);
  return lines.map((line) => {
    const { listener: by, header, body } = JSON.parse(line) as Told;
    const plain = body.replace(/\bpid:[1-9]\d*/g, 'pid:N').replace(/\bwhen:\d+/g, 'when:T');
    // A pid with another number of digits makes another length.
    const saved = body.length - plain.length;
    const length = (_: string, written: string): string => `len:${Number(written) - saved}`;
    return { listener: by, header: header.replace(/len:(\d+)$/, length), body: plain };
  });
}

/** The events about one process: `STARTING from_state:STOPPED tries:0`. */
export function toldOf(side: Side, name: string, process: string): string[] {
  return told(side, name)
    .filter(({ body }) => body.startsWith(`processname:${process} `))
    .map(({ header, body }) => {
      const [, type = ''] = / eventname:PROCESS_(?:STATE_)?(\S+)/.exec(header) ?? [];
      return `${type} ${body.replace(/^processname:\S+ groupname:\S+ /, '')}`;
    });
}

/** Waits until a listener was told so much. */
export async function untilTold(side: Side, name: string, count: number): Promise<void> {
  await side.until(`${name} to be told of ${count} events`, () => told(side, name).length >= count);
}

/** Waits until each of these processes is RUNNING. */
export async function untilRunning(side: Side, ...names: readonly string[]): Promise<void> {
  await side.until(`${names.join(', ')} to run`, async () => {
    const states = (await side.states()).split(' ');
    return names.every((name) => states.includes(`${name}:RUNNING`));
  });
}
