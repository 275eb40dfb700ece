// The closing table, and the units in which sizes and times are told.

export interface TableRow {
  readonly image: string;
  readonly outcome: string;
  readonly tags: readonly string[];
  readonly sizeBytes: number | undefined;
  /** Of the image that had the name before. */
  readonly previousBytes: number | undefined;
  readonly seconds: number | undefined;
  readonly tests: string;
  readonly software: ReadonlyMap<string, string>;
}

export function renderTable(rows: readonly TableRow[]): string {
  const cells = rows.map((row) => [
    row.image,
    row.outcome,
    row.sizeBytes === undefined
      ? '-'
      : `${formatBytes(row.sizeBytes)}${formatChange(row.sizeBytes, row.previousBytes)}`,
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

/** ` (+1.2 MB)`, and nothing where it is less than a kilobyte or where there was no image before. */
export function formatChange(bytes: number, previous: number | undefined): string {
  const difference = bytes - (previous ?? bytes);
  if (Math.abs(difference) < 1000) return '';
  return ` (${difference < 0 ? '-' : '+'}${formatBytes(Math.abs(difference))})`;
}

/** Decimal units, as docker prints them. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}
