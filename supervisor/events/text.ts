// Bytes of programs as the text that supervisord, a Python program, makes of them.

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const NAMED_ESCAPES: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' };

/** The text of some UTF-8, or `Undecodable: b'…'` where it is none. */
export function textOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return `Undecodable: ${bytesRepr(bytes)}`;
  }
}

/** repr() of bytes: `b'READY\n'`. */
export function bytesRepr(bytes: Uint8Array): string {
  const quote = bytes.includes(0x27) && !bytes.includes(0x22) ? '"' : "'";
  let body = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (character === quote) body += `\\${quote}`;
    else if (byte >= 0x20 && byte < 0x7f && byte !== 0x5c) body += character;
    else body += NAMED_ESCAPES[byte] ?? `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `b${quote}${body}${quote}`;
}

/** len() of a string: characters, where JavaScript counts the halves of those beyond U+FFFF. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
