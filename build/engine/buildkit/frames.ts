// gRPC's frames: one byte for compression, four for the length, then the message.

const HEADER_BYTES = 5;

export function frameMessage(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, HEADER_BYTES);
  return frame;
}

/** Messages out of chunks that end anywhere. */
export async function* readFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + rest.readUInt32BE(1);
      if (rest.length < end) break;
      if (rest[0] !== 0) throw new Error('a compressed message, which nobody has asked for');
      yield rest.subarray(HEADER_BYTES, end);
      rest = rest.subarray(end);
    }
  }
  if (rest.length > 0) throw new Error('the call ended in the middle of a message');
}
