// The closing table, and the units in which sizes and times are told.

export interface TableRow {
  readonly image: string;
  readonly outcome: string;
  readonly tags: readonly string[];
  readonly sizeBytes: number | undefined;
  readonly seconds: number | undefined;
  readonly tests: string;
  readonly software: ReadonlyMap<string, string>;
}

export function renderTable(rows: readonly TableRow[]): string {
  const cells = rows.map((row) => [
    row.image,
    row.outcome,
    row.sizeBytes === undefined ? '-' : formatBytes(row.sizeBytes),
    row.seconds === undefined ? '-' : `${row.seconds.toFixed(1)} s`,
    row.tests,
    row.software.size === 0
      ? '-'
      : [...row.software].map(([slot, version]) => `${slot} ${version}`).join(', '),
    row.tags.length === 0 ? '-' : row.tags.join(' '),
  ]);
  const all = [['IMAGE', 'OUTCOME', 'SIZE', 'TIME', 'TESTS', 'SOFTWARE', 'TAGS'], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Decimal units, as docker prints them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}
