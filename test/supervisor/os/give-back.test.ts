// What a supervisor gives back after its start: which mappings it may forget, and that it goes on working without them.

import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanFileMappings, giveBack } from '../../../supervisor/os/give-back.ts';

const test = suite('giving back');

function mapping(head: string, dirtyKib: number): string {
  return `${head}\nSize: 8 kB\nRss: 8 kB\nPrivate_Clean: 0 kB\nPrivate_Dirty:         ${dirtyKib} kB\nAnonymous:             ${dirtyKib} kB\nVmFlags: rd mr mw me\n`;
}

test('only what is of a file, cannot be written, and never was, is forgotten', () => {
  const smaps = [
    mapping('00400000-00800000 r--p 00000000 fe:00 1234                       /opt/initkit/bin/node', 0),
    mapping('00800000-02c00000 r-xp 00400000 fe:00 1234                       /opt/initkit/bin/node', 0),
    mapping('02c00000-02d00000 r--p 02800000 fe:00 1234                       /opt/initkit/bin/node', 24),
    mapping('02d00000-02e00000 rw-p 02900000 fe:00 1234                       /opt/initkit/bin/node', 0),
    mapping('03000000-03100000 rw-p 00000000 00:00 0                          [heap]', 0),
    mapping('7f0000000000-7f0000001000 r-xp 00000000 00:00 0 ', 0),
    mapping('7f0000002000-7f0000003000 r-xp 00000000 00:00 0                  [vdso]', 0),
    mapping('7f0000004000-7f0000005000 r--s 00000000 fe:00 99                 /lib/locale', 0),
  ].join('');
  assert.equal(cleanFileMappings(smaps), [
    { start: 0x400000n, end: 0x800000n },
    { start: 0x800000n, end: 0x2c00000n },
  ]);
});

test('the memory of this very process is smaller afterwards, and all that it had is still there', () => {
  const held = { text: 'x'.repeat(1000), bytes: Buffer.alloc(1 << 20, 7) };
  const residentBefore = residentKib();
  giveBack();
  const resident = residentKib();
  assert.is(held.text.length, 1000);
  assert.ok(held.bytes.every((byte) => byte === 7));
  assert.ok(resident < residentBefore, `${resident} of ${residentBefore} KiB`);
});

function residentKib(): number {
  return Number(/^Rss:\s+(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1]);
}

test.run();
