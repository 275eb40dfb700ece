// What a unit file says that nobody here acts on: keys that systemd does not know, and keys that no container can honour.

import type { Reading } from './reading.ts';
import type { Assignment } from './unit-ini.ts';

/** Adds a warning for each, in systemd's words where it has some. */
export function unknownKeys(_assignments: readonly Assignment[], _reading: Reading): void {}
