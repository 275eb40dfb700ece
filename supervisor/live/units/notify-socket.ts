// The socket on which a service tells its state (sd_notify(3)), and the descriptors that it leaves with us there.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Mailbox } from '../../os/system.ts';
import { parseNotification } from '../../units/machine/notified.ts';
import type { Notification } from '../../units/machine/state.ts';
import type { ServiceSettings } from '../../units/model.ts';
import type { UnitsContext } from './context.ts';
import { createFdStore, type FdStore } from './fd-store.ts';

export interface NotifySocketOptions {
  readonly context: UnitsContext;
  readonly settings: () => ServiceSettings;
  readonly say: (priority: number, text: string) => void;
  readonly onMessage: (message: Notification) => void;
}

export interface NotifySocket {
  /** What NOTIFY_SOCKET is for a command; null where it shall, or can, have none. */
  pathFor(role: 'main' | 'control'): string | null;
  /** FDSTORE=1: what a run has left with us, for the next one. */
  readonly stored: FdStore;
  /** The service is at rest, and will not be started by itself. */
  close(): void;
}

let nextMailbox = 1;

export function createNotifySocket(options: NotifySocketOptions): NotifySocket {
  const { context, settings, say, onMessage } = options;
  const { system } = context;
  const stored = createFdStore(system);
  /** One socket for all runs of the service; made when it is first needed. */
  let mailbox: Mailbox | null = null;
  let path: string | null = null;

  /**
   * systemd-notify(1) speaks in the name of whoever has called it, which the kernel allows with CAP_SYS_ADMIN alone: in a
   * container its messages have its own pid.
   */
  const speakerOf = (pid: number): number => {
    const status = system.readText(`/proc/${pid}/status`);
    if (status === null || !/^Name:\tsystemd-notify$/m.test(status)) return pid;
    return Number(/^PPid:\t(\d+)$/m.exec(status)?.[1] ?? pid);
  };

  const open = (directory: string): void => {
    const mailboxes = join(directory, 'notify');
    try {
      mkdirSync(mailboxes, { recursive: true, mode: 0o711 });
      // A number: a unit's name may be longer than the address of a socket.
      path = join(mailboxes, String(nextMailbox++));
      mailbox = system.openMailbox(path, 0o777);
    } catch (error) {
      say(4, `cannot open a notification socket: ${(error as Error).message}`);
      return;
    }
    mailbox.onDatagram(({ text, pid, descriptors }) => {
      const message = parseNotification(text, speakerOf(pid));
      const { fileDescriptorStoreMax } = settings();
      if (message.fdStore && fileDescriptorStoreMax > 0) {
        stored.add(descriptors, message.fdName ?? 'stored', fileDescriptorStoreMax);
      } else {
        if (message.fdStoreRemove) stored.remove(message.fdName ?? 'stored');
        for (const descriptor of descriptors) system.close(descriptor);
      }
      if (!message.barrier) onMessage(message);
    });
  };

  return {
    pathFor(role) {
      const { notifyAccess, type } = settings();
      if (notifyAccess === 'none') return null;
      if (role === 'control' && notifyAccess === 'main' && type !== 'forking') return null;
      const directory = context.runtimeDirectory();
      if (mailbox === null && directory !== null) open(directory);
      return mailbox === null ? null : path;
    },
    stored,
    close() {
      stored.clear();
      mailbox?.close();
      mailbox = null;
    },
  };
}
