// Reads a file of a context, which must be as it was when the context was looked at.

import { open } from 'node:fs/promises';

/**
 * Hands on the `size` bytes of a file, at most `chunkBytes` at a time. Throws where it has become longer or shorter: its hash,
 * and with it the build id, is of another content.
 */
export async function readWhole(
  path: string,
  size: number,
  chunkBytes: number,
  take: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'r');
  try {
    for (let position = 0; position < size;) {
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size - position));
      const { bytesRead } = await file.read(buffer, { position });
      if (bytesRead === 0) throw changed(path, 'shorter');
      await take(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    const { size: now } = await file.stat();
    if (now > size) throw changed(path, 'longer');
  } finally {
    await file.close();
  }
}

function changed(path: string, how: 'longer' | 'shorter'): Error {
  return new Error(`${path} became ${how} while the image was built (build again when nothing writes to it)`);
}
