// How clients name processes: `web`, `workers:web`, `workers:*`.

export interface NameSpec {
  readonly group: string;
  /** Null means every process of the group. */
  readonly name: string | null;
}

/** `a:b` is process b of group a, `a:*` and `a:` the whole of it, `a` the process of its own name. */
export function splitName(spec: string): NameSpec {
  const colon = spec.indexOf(':');
  if (colon === -1) return { group: spec, name: spec };
  const name = spec.slice(colon + 1);
  return { group: spec.slice(0, colon), name: name === '' || name === '*' ? null : name };
}

/** The shortest name that splitName reads back: a process that is named as its group goes by that name. */
export function joinName(group: string, name: string): string {
  return group === name ? name : `${group}:${name}`;
}

/** Orders strings by code point, as Python does. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
