// Pure: the patterns of systemctl's command line, as fnmatch(3) reads them.

export function matchesPattern(pattern: string, name: string): boolean {
  if (!/[*?[]/.test(pattern)) return pattern === name;
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll('[!', '[^');
  try {
    return new RegExp(`^${source}$`, 's').test(name);
  } catch {
    return pattern === name;
  }
}
