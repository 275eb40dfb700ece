// What a unit file says that nobody here acts on: keys that systemd does not know, and keys that no container can honour.

import { keysOf, KNOWN_SECTIONS } from './keys.ts';
import type { Reading } from './reading.ts';
import type { Assignment } from './unit-ini.ts';

/** Adds a warning for each, in systemd's words where it has some; a key is named once however often it is set. */
export function unknownKeys(assignments: readonly Assignment[], reading: Reading): void {
  const said = new Set<string>();
  const sandbox: Assignment[] = [];
  for (const assignment of assignments) {
    const { section, key, origin } = assignment;
    if (!KNOWN_SECTIONS.includes(section) || key.startsWith('X-')) continue;
    const support = keysOf(section).get(key);
    if (support === undefined) {
      reading.warn(`Unknown key '${key}' in section [${section}], ignoring.`, origin);
      continue;
    }
    if (assignment.value === '' || said.has(key)) continue;
    if (support === 'sandbox' && !isOff(assignment.value)) sandbox.push(assignment);
    else if (support === 'missing' && !isOff(assignment.value)) {
      reading.warn(`${key}= has no effect in this container, ignoring.`, origin);
    } else if (support === 'gone') {
      reading.warn(`Support for option ${key}= has been removed and it is ignored`, origin);
    } else continue;
    said.add(key);
  }
  const [first] = sandbox;
  if (first === undefined) return;
  const keys = sandbox.map(({ key }) => `${key}=`).join(', ');
  reading.warn(`The container itself is the sandbox, ignoring: ${keys}`, first.origin);
}

/** What switches a key off asks for nothing. */
function isOff(value: string): boolean {
  return ['no', 'false', 'off', '0', 'infinity'].includes(value.toLowerCase());
}
