// Streams over descriptors. node:net is loaded with the first of them: it brings all of node's streams with it, which is a
// tenth of a start, and the first program can start meanwhile.

import type { Socket, SocketConstructorOpts } from 'node:net';

/** The descriptor becomes the stream's own. */
export function descriptorStream(options: SocketConstructorOpts & { readonly fd: number }): Socket {
  const net = process.getBuiltinModule('node:net');
  return new net.Socket(options);
}
