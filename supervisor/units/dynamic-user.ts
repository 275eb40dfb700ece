// DynamicUser= (systemd.exec(5)): the name that a unit's user gets when User= gives none, and its number.

import { parseUnitName } from './unit-names.ts';

/** The range of systemd's dynamic users. */
const FIRST = 61_184;
const COUNT = 65_519 - FIRST + 1;

/** What stands before `@` or the type; `_du` and a hash (not systemd's own) where that is no name of a user. */
export function dynamicUserName(unit: string): string {
  const prefix = parseUnitName(unit)?.prefix ?? unit;
  if (/^[A-Za-z_][A-Za-z0-9_-]{0,30}$/.test(prefix)) return prefix;
  const hash = Buffer.from(prefix).reduce(
    (sum, byte) => BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n),
    0xcbf29ce484222325n,
  );
  return `_du${hash.toString(16).padStart(16, '0')}`;
}

/** The number of a user or group that no file of accounts has; always the same for a name. */
export function dynamicId(name: string): number {
  return FIRST + Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % COUNT, 7);
}
