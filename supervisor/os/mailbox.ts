// A Unix datagram socket by which programs talk to us: sd_notify(3) messages, with who sent them.

import { chmodSync, closeSync, rmSync } from 'node:fs';
import { passCredentials, receiveMessage } from './libc-datagrams.ts';
import { bindUnix, datagramSocket } from './libc-sockets.ts';
import { onReadable } from './readiness.ts';
import type { Mailbox } from './system.ts';

/** What is taken at once before others have their turn. */
const AT_ONCE = 1000;

export function openMailbox(path: string, mode: number): Mailbox {
  const descriptor = datagramSocket();
  try {
    rmSync(path, { force: true });
    bindUnix(descriptor, path);
    chmodSync(path, mode);
    passCredentials(descriptor);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  let cancel = (): void => {};
  return {
    onDatagram(listener) {
      cancel = onReadable(descriptor, () => {
        for (let count = 0; count < AT_ONCE; count++) {
          const datagram = receiveMessage(descriptor);
          if (datagram === null) return;
          listener({ ...datagram, text: datagram.bytes.toString('utf8') });
        }
      });
    },
    close() {
      cancel();
      closeSync(descriptor);
      rmSync(path, { force: true });
    },
  };
}
