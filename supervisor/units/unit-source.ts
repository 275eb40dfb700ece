// What reading units needs from the file system: units/ itself has no effects, so they come in as this argument.

export interface UnitSource {
  /** The file's text (UTF-8), or the errno name (`ENOENT`, `EACCES`, …) of why there is none. */
  readText(path: string): { readonly text: string } | { readonly code: string };
  /** The names in a directory, without `.` and `..`, in any order; empty where it cannot be read. */
  listDirectory(path: string): readonly string[];
  /** The target of a symbolic link as it is written; null for anything else. */
  readLink(path: string): string | null;
  /** What is at the path after following links; null where there is nothing. */
  kind(path: string): 'file' | 'directory' | 'other' | null;
  /** Bytes of a regular file, after following links; null where there is none. */
  size(path: string): number | null;
  /** When the content of a file, or the list of a directory, has last changed, after following links; null where there is none. */
  changedAt(path: string): string | null;
}

/** Joins and cleans an absolute path: no `.`, no doubled slash; `..` goes up as text. */
export function joinPath(...parts: readonly string[]): string {
  const names: string[] = [];
  for (const name of parts.join('/').split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function directoryOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at <= 0 ? '/' : path.slice(0, at);
}
