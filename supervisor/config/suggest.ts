// "Did you mean …": the nearest of some known names, where one is near enough to be a slip of the hand.

/** The candidate nearest to `name`, or undefined when none is within a letter or two. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const limit = name.length < 3 ? 0 : name.length < 8 ? 1 : 2;
  const letters = lettersOf(name);
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    if (kindsApart(letters, lettersOf(candidate)) >= bestDistance) continue;
    const between = distance(name, candidate);
    if (between > 0 && between < bestDistance) {
      best = candidate;
      bestDistance = between;
    }
  }
  return best;
}

/** `did you mean X?`, or undefined when nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const candidate = nearest(name, candidates);
  return candidate === undefined ? undefined : `did you mean ${candidate}?`;
}

/** The letters of a text as a set of bits; two letters may share one. */
function lettersOf(text: string): number {
  let letters = 0;
  for (let index = 0; index < text.length; index += 1) letters |= 1 << (text.charCodeAt(index) & 31);
  return letters;
}

/** How many kinds of letters one has and the other lacks: never more than the distance, and found much faster. */
function kindsApart(left: number, right: number): number {
  return Math.max(bitsIn(left & ~right), bitsIn(right & ~left));
}

function bitsIn(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** How many letters must be added, dropped, replaced, or swapped with their neighbour. */
function distance(left: string, right: string): number {
  let before: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      line.push(cost);
    }
    before = last;
    last = line;
  }
  return last[right.length] ?? 0;
}
