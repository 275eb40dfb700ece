// systemctl's tables: aligned columns under a heading, or JSON. Pure.

/** Lines of cells, one blank apart, the last column as it is. A row that is shorter leaves the rest empty. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, index) =>
    Math.max(...rows.map((row) => widthOf(row[index] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, index) =>
        index === count - 1 ? cell : cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell)),
      )
      .join(' ')
      .trimEnd(),
  );
}

/** As `--output=json` and `json-pretty` print rows; null where another output was asked for. */
export function jsonRows(output: string, rows: readonly object[]): string | null {
  if (output === 'json') return `${JSON.stringify(rows)}\n`;
  if (output !== 'json-pretty') return null;
  const bodies = rows.map((row) => {
    const fields = Object.entries(row).map(
      ([name, value]) => `\t\t${JSON.stringify(name)} : ${JSON.stringify(value)}`,
    );
    return `\t{\n${fields.join(',\n')}\n\t}`;
  });
  return bodies.length === 0 ? '[]\n' : `[\n${bodies.join(',\n')}\n]\n`;
}

/** Cells that a text takes on a terminal; colours take none. */
export function widthOf(text: string): number {
  // oxlint-disable-next-line no-control-regex
  return Array.from(text.replace(/\u001b\[[\d;]*m/g, '')).length;
}

/** What fits into a width, with the sign for what was left out. */
export function fit(text: string, width: number | null, ellipsis: string): string {
  if (width === null || widthOf(text) <= width) return text;
  return (
    Array.from(text)
      .slice(0, Math.max(0, width - widthOf(ellipsis)))
      .join('') + ellipsis
  );
}
