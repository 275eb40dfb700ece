// Addresses of sockets as the kernel has them, struct sockaddr_un, sockaddr_in and sockaddr_in6: bytes ↔ what people write.
// Layouts and numbers are Linux's, the same on x86_64 and aarch64.

import { SystemError } from '../errors.ts';

export const FAMILIES = { unix: 1, inet: 2, inet6: 10 } as const;

/** sockaddr_un has room for a path of at most 107 bytes, with its NUL. */
const UNIX_PATH_BYTES = 108;
const INET_OFFSET = 4;
const INET6_OFFSET = 8;

/** `@name` is one of the abstract namespace (unix(7)): a NUL in place of the @, and no NUL at the end. Throws SystemError. */
export function unixAddress(path: string): Buffer {
  const bytes = Buffer.from(path);
  if (bytes.length >= UNIX_PATH_BYTES || bytes.includes(0)) {
    throw new SystemError(`cannot use ${path} as a socket: it is too long`, 'ENAMETOOLONG');
  }
  const isAbstract = path.startsWith('@');
  const address = Buffer.alloc(2 + bytes.length + (isAbstract ? 0 : 1));
  address.writeUInt16LE(FAMILIES.unix, 0);
  bytes.copy(address, 2);
  if (isAbstract) address[2] = 0;
  return address;
}

/** `bytes`: the four of an IPv4 address, or the sixteen of an IPv6 one. */
export function inetAddress(bytes: Buffer, port: number): Buffer {
  const isInet6 = bytes.length === 16;
  const address = Buffer.alloc(isInet6 ? 28 : 16);
  address.writeUInt16LE(isInet6 ? FAMILIES.inet6 : FAMILIES.inet, 0);
  address.writeUInt16BE(port, 2);
  bytes.copy(address, isInet6 ? INET6_OFFSET : INET_OFFSET);
  return address;
}

/** `127.0.0.1:80` or `[::1]:80`, with an IPv4 address in IPv6's clothes as itself; null for what has no address. */
export function addressText(address: Buffer): string | null {
  const family = address.readUInt16LE(0);
  const port = address.readUInt16BE(2);
  if (family === FAMILIES.inet)
    return `${[...address.subarray(INET_OFFSET, INET_OFFSET + 4)].join('.')}:${port}`;
  if (family !== FAMILIES.inet6) return null;
  const bytes = address.subarray(INET6_OFFSET, INET6_OFFSET + 16);
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff;
  if (isMapped) return `${[...bytes.subarray(12)].join('.')}:${port}`;
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return `[${groups.join(':')}]:${port}`;
}
