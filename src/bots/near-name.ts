/** The name that was most likely meant by a mistyped one; `null` where none is near enough, or two are. */
export function nearName(typed: string, names: readonly string[]): string | null {
  // A slip of a letter in short words, two in longer ones.
  const allowed = typed.length < 3 ? 0 : typed.length < 6 ? 1 : 2;
  const near = names
    .map((name) => ({ name, slips: slipsBetween(typed, name) }))
    .filter(({ slips }) => slips <= allowed)
    .toSorted((a, b) => a.slips - b.slips);
  const [first, second] = near;
  return first && first.slips !== second?.slips ? first.name : null;
}

/**
 * Letters that are missing, too many, wrong, or swapped with the next: the optimal string alignment distance
 * (https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance).
 */
function slipsBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    rows.push(line);
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      line.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
