// /dev/log: what daemons say to syslog goes into the journal of their unit, as journald has it.

import { existsSync } from 'node:fs';
import { SystemError } from '../../errors.ts';
import type { Mailbox } from '../../os/system.ts';
import type { UnitsContext } from './context.ts';
import { unitSink } from './unit-output.ts';

const PATH = '/dev/log';
const MODE = 0o666;

/** A datagram of syslog(3): `<30>Nov 21 22:00:00 cron[42]: text`; the time is that of its arrival. */
export function parseSyslog(text: string): { priority: number; identifier: string; message: string } {
  const match =
    /^(?:<(\d{1,3})>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d )?(?:([^\s:[\]]+)(?:\[\d+\])?: ?)?([\s\S]*)$/.exec(
      text,
    );
  const priority = match?.[1] === undefined ? 5 : Number(match[1]) & 7;
  const message = (match?.[3] ?? text).replace(/[\n\0]+$/, '');
  return { priority, identifier: match?.[2] ?? 'syslog', message };
}

/** Opens it where nobody else has; null where that is so, or where the place is not ours to use. */
export function openSyslog(context: UnitsContext, unitOf: (pid: number) => string): Mailbox | null {
  if (existsSync(PATH)) return null;
  try {
    const mailbox = context.system.openMailbox(PATH, MODE);
    mailbox.onDatagram(({ text, pid, descriptors }) => {
      for (const descriptor of descriptors) context.system.close(descriptor);
      const { priority, identifier, message } = parseSyslog(text);
      const source = { unit: unitOf(pid), identifier, pid, level: priority, prefixed: false };
      const sink = unitSink(source, {
        append: (line) => context.journal.append(line),
        console: context.consoles.stdout,
        format: context.format,
        wallClock: () => context.system.wallClock(),
      });
      sink.write(Buffer.from(`${message}\n`));
    });
    return mailbox;
  } catch (error) {
    if (error instanceof SystemError || (error as NodeJS.ErrnoException).code !== undefined) return null;
    throw error;
  }
}
