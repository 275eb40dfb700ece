// Pure: when a log file is rotated and which files are renamed, as supervisord does (loggers.py).

export type RotationStep =
  | { readonly type: 'remove'; readonly path: string }
  | { readonly type: 'rename'; readonly from: string; readonly to: string }
  | { readonly type: 'truncate' };

/** Whether a file of `size` bytes is due, asked after each write; 0 maxBytes means never. */
export function isDue(size: number, maxBytes: number): boolean {
  return maxBytes > 0 && size >= maxBytes;
}

/** What to do, in order: `x.1` is the newest backup, `x.N` the oldest; without backups the file is emptied. */
export function rotationSteps(path: string, backups: number): readonly RotationStep[] {
  if (backups <= 0) return [{ type: 'truncate' }];
  const shifts: RotationStep[] = [];
  for (let number = backups - 1; number >= 1; number--) {
    shifts.push({ type: 'rename', from: `${path}.${number}`, to: `${path}.${number + 1}` });
  }
  return [
    { type: 'remove', path: `${path}.${backups}` },
    ...shifts,
    { type: 'rename', from: path, to: `${path}.1` },
  ];
}
