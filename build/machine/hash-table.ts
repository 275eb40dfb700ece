// The hashes of files that were seen before, by a key that says which file in which state: one table of fixed records.

import { hash } from 'node:crypto';

/** Remembers hashes by path, size, times and inode, so that a second run need not read 100 MB again. */
export interface HashMemory {
  get(key: string): string | undefined;
  set(key: string, sha256: string): void;
}

export interface HashTable extends HashMemory {
  /** It holds something that the file it was read from does not. */
  isNew(): boolean;
  /** All that was asked for or set; what nobody has asked for is of files that are gone. */
  toBytes(): Buffer;
}

const MAGIC = Buffer.from('initkit hashes 1\n');
const KEY_BYTES = 16;
const VALUE_BYTES = 32;
const RECORD_BYTES = KEY_BYTES + VALUE_BYTES;

/** From the bytes of an earlier one; damaged ones are an empty table. */
export function hashTable(bytes: Buffer | undefined): HashTable {
  const isWhole =
    bytes !== undefined &&
    bytes.subarray(0, MAGIC.length).equals(MAGIC) &&
    (bytes.length - MAGIC.length) % RECORD_BYTES === 0;
  let records: Buffer = isWhole ? bytes.subarray(MAGIC.length) : Buffer.alloc(0);
  let count = records.length / RECORD_BYTES;
  let slots = new Int32Array(0);
  let used = new Uint8Array(count);
  let isChanged = false;

  /** Open addressing, never more than half full; a slot holds the number of a record, from 1 up. */
  const slotOf = (key: Buffer): number => {
    const mask = slots.length - 1;
    for (let slot = key.readUInt32LE(0) & mask; ; slot = (slot + 1) & mask) {
      const record = slots[slot] ?? 0;
      if (record === 0 || isKey(record - 1, key)) return slot;
    }
  };
  const isKey = (record: number, key: Buffer): boolean => {
    const start = record * RECORD_BYTES;
    return records.compare(key, 0, KEY_BYTES, start, start + KEY_BYTES) === 0;
  };
  const rehash = (): void => {
    slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(1024, count * 4))));
    for (let record = 0; record < count; record++)
      slots[slotOf(records.subarray(record * RECORD_BYTES))] = record + 1;
  };
  const grow = (): void => {
    const capacity = Math.max(256, count * 2);
    const larger = Buffer.alloc(capacity * RECORD_BYTES);
    records.copy(larger, 0, 0, count * RECORD_BYTES);
    records = larger;
    const marks = new Uint8Array(capacity);
    marks.set(used.subarray(0, count));
    used = marks;
  };
  rehash();

  return {
    get(text) {
      const record = (slots[slotOf(keyOf(text))] ?? 0) - 1;
      if (record < 0) return undefined;
      used[record] = 1;
      const value = record * RECORD_BYTES + KEY_BYTES;
      return records.toString('hex', value, value + VALUE_BYTES);
    },
    set(text, sha256) {
      isChanged = true;
      const key = keyOf(text);
      let slot = slotOf(key);
      let record = (slots[slot] ?? 0) - 1;
      if (record < 0) {
        if ((count + 1) * RECORD_BYTES > records.length) grow();
        if ((count + 1) * 2 > slots.length) {
          rehash();
          slot = slotOf(key);
        }
        record = count++;
        slots[slot] = record + 1;
        key.copy(records, record * RECORD_BYTES, 0, KEY_BYTES);
      }
      used[record] = 1;
      records.write(sha256, record * RECORD_BYTES + KEY_BYTES, VALUE_BYTES, 'hex');
    },
    isNew: () => isChanged,
    toBytes() {
      const bytes = Buffer.alloc(MAGIC.length + count * RECORD_BYTES);
      let end = MAGIC.copy(bytes);
      for (let record = 0; record < count; record++) {
        const start = record * RECORD_BYTES;
        if (used[record] === 1) end += records.copy(bytes, end, start, start + RECORD_BYTES);
      }
      return bytes.subarray(0, end);
    },
  };
}

/** Half of a SHA-256: two files in two states that share one are not to be expected. */
function keyOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
