// Reads the apt sources of the building machine, so that a base made of packages comes from the mirror it uses anyway.

/** What deb822 and one-line files have in common. */
interface Source {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  readonly signedBy: string | undefined;
}

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The lines for a suite, its updates and its security fixes, as `deb URI SUITE COMPONENTS`; none where the machine has no
 * source for the suite itself. Other archives that use Debian's suite names, and URLs with a password, are passed over.
 */
export function sourcesFor(suite: string, components: string, files: readonly SourceFile[]): string[] {
  const wanted = components.split(/\s+/).filter((word) => word !== '');
  const sources = files
    .toSorted((left, right) => (left.path < right.path ? -1 : 1))
    .flatMap((file) => (file.path.endsWith('.sources') ? readDeb822(file.text) : readOneLine(file.text)))
    .filter((source) => isDebian(source) && wanted.every((word) => source.components.includes(word)));
  const lineFor = (name: string): string[] => {
    const found = sources.find((source) => source.suite === name);
    return found === undefined ? [] : [`deb ${found.uri} ${name} ${wanted.join(' ')}`];
  };
  const main = lineFor(suite);
  return main.length === 0 ? [] : [...main, ...lineFor(`${suite}-updates`), ...lineFor(`${suite}-security`)];
}

/** `deb [signed-by=/x arch=amd64] URI SUITE COMPONENT…` */
function readOneLine(text: string): Source[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', rest = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    return [{ uri: trimSlash(uri), suite, components: words(rest), signedBy }];
  });
}

/** Paragraphs of `Field: value`, a value going on in indented lines; comment lines may stand anywhere. */
function readDeb822(text: string): Source[] {
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n\s*\n/)
    .flatMap((paragraph) => {
      const fields = new Map<string, string>();
      for (const [, name = '', value = ''] of paragraph.matchAll(/^([A-Za-z-]+):(.*(?:\n[ \t].*)*)/gm))
        fields.set(name.toLowerCase(), value.trim());
      const isOff = /^(no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? 'yes');
      if (isOff || !words(fields.get('types')).includes('deb')) return [];
      const components = words(fields.get('components'));
      const signedBy = fields.get('signed-by');
      return words(fields.get('uris')).flatMap((uri) =>
        words(fields.get('suites')).map((suite) => ({ uri: trimSlash(uri), suite, components, signedBy })),
      );
    });
}

/** Others use Debian's suite names, too: theirs have a key of their own, or no folder called debian. */
function isDebian(source: Source): boolean {
  const { uri, signedBy } = source;
  if (!/^https?:\/\/[^@]+$/.test(uri)) return false;
  if (signedBy !== undefined && !signedBy.includes('debian-archive')) return false;
  return uri.split('/').some((part) => part === 'debian' || part === 'debian-security');
}

function trimSlash(uri: string): string {
  return uri.replace(/\/+$/, '');
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
