// Paths as the kernel has them, bytes, and as text. A byte that is no UTF-8 stands for itself as a lone surrogate, U+DC00 + byte,
// as Python has it (PEP 383): no file is out of reach because of its name.

import { isUtf8 } from 'node:buffer';

const ESCAPE = 0xdc00;

/** The text of a name that the kernel gave. */
export function pathText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const character = [1, 2, 3, 4]
      .map((length) => bytes.subarray(at, at + length))
      .find((part) => isUtf8(part));
    text += character?.toString('utf8') ?? String.fromCharCode(ESCAPE + (bytes[at] ?? 0));
    at += character?.length ?? 1;
  }
  return text;
}

/** What to give to the kernel for it. */
export function pathBytes(text: string): string | Buffer {
  if (text.isWellFormed()) return text;
  const parts = Array.from(text, (character) => {
    const isByte = !character.isWellFormed();
    return isByte ? Buffer.from([character.charCodeAt(0) - ESCAPE]) : Buffer.from(character);
  });
  return Buffer.concat(parts);
}
