// The order of paths in a context: that of a walk, folder by folder, names by their bytes in UTF-8.

/**
 * "a", "a/b", "a.txt": what is in a folder comes right behind it, as Go's filepath.Walk goes, where plain byte order has
 * "a.txt" before "a/b".
 */
export function comparePaths(left: string, right: string): number {
  const end = Math.min(left.length, right.length);
  for (let index = 0; index < end; index++) {
    const [one, other] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (one !== other) return rank(one) - rank(other);
  }
  return left.length - right.length;
}

/** A slash comes before everything. In UTF-16, unlike in UTF-8, characters beyond 0xffff come before 0xe000. */
function rank(unit: number): number {
  if (unit === 0x2f) return -1;
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
