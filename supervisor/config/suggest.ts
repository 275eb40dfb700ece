// "Did you mean …": the nearest of some known names, where one is near enough to be a slip of the hand.

/** The candidate nearest to `name`, or undefined when none is within a letter or two. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const limit = name.length < 3 ? 0 : name.length < 8 ? 1 : 2;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
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
