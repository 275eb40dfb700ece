// What a registry asks for with a 401, and the names of things in it: pure.

export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly realm: string | undefined;
  readonly service: string | undefined;
  readonly scope: string | undefined;
}

/** `Bearer realm="https://auth/token",service="r",scope="repository:x:pull,push"`; undefined for what is neither of the two. */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*([A-Za-z]+)\s*(.*)$/.exec(header) ?? [];
  const kind = scheme.toLowerCase();
  if (kind !== 'basic' && kind !== 'bearer') return undefined;
  const fields = new Map(
    [...rest.matchAll(/([a-zA-Z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,\s]+))/g)].map(
      ([, name = '', quoted, plain]) =>
        [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? ''] as const,
    ),
  );
  return {
    scheme: kind,
    realm: fields.get('realm'),
    service: fields.get('service'),
    scope: fields.get('scope'),
  };
}

/** Where a repository is: Docker Hub has another host than name, and a folder for images without one. */
export function placeOf(repository: string): { host: string; path: string } {
  const [first = '', ...rest] = repository.split('/');
  const hasHost = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  if (hasHost && !/^(index\.|registry-1\.)?docker\.io$/.test(first))
    return { host: first, path: rest.join('/') };
  const path = hasHost ? rest.join('/') : repository;
  return { host: 'registry-1.docker.io', path: path.includes('/') ? path : `library/${path}` };
}
