// Waiting for a descriptor to have something to read, without reading it: a socket that a program will inherit.
//
// libuv watches only what it reads itself, so the kernel is asked for a signal: O_ASYNC with ourselves as the owner
// raises SIGIO (fcntl(2)) when a connection, a datagram or a byte arrives; then poll(2) says which descriptors it was.
// The flag belongs to the open file description, which the program shares: it is taken away before the hand-over.

import { isReadable, setAsync } from './libc-sockets.ts';
import type { Cancel } from './system.ts';

const watched = new Map<number, () => void>();
let listening = false;

/** Calls, now and whenever the signal comes, while there is something to read; the result ends it. */
export function onReadable(descriptor: number, listener: () => void): Cancel {
  if (!listening) process.on('SIGIO', tellReadable);
  listening = true;
  watched.set(descriptor, listener);
  setAsync(descriptor, true);
  // What was there before raises no signal.
  const first = setImmediate(() => tellOne(descriptor, listener));
  return () => {
    clearImmediate(first);
    if (watched.get(descriptor) !== listener) return;
    watched.delete(descriptor);
    setAsync(descriptor, false);
  };
}

/** Looks at all that are watched; also called before the end of processes is told, who may have said something before. */
export function tellReadable(): void {
  for (const [descriptor, listener] of watched) tellOne(descriptor, listener);
}

function tellOne(descriptor: number, listener: () => void): void {
  if (watched.get(descriptor) === listener && isReadable(descriptor)) listener();
}
