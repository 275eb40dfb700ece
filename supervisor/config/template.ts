// The defaults of image.ini: `${NAME}`, `${NAME:-word}`, `${ip:IFACE}`, `${hostname}`, `${random:N}`, `${file:PATH}`.
//
// `$$` is a dollar sign; a `$` before anything but `{` or `$` is itself. A word may hold `${…}` in turn.

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly fallback: readonly Node[] | null }
  | { readonly kind: 'call'; readonly name: Call; readonly argument: readonly Node[] };

export type Call = 'ip' | 'hostname' | 'random' | 'file';

/** Why a template cannot be read. */
export class BadTemplate extends Error {}

/** Reads a template; throws BadTemplate. */
export function parseTemplate(text: string): readonly Node[] {
  const scan = { text, index: 0 };
  const nodes = parseNodes(scan, false);
  return nodes;
}

/** The variables that a template refers to. */
export function namesOf(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => {
    switch (node.kind) {
      case 'text':
        return [];
      case 'variable':
        return [node.name, ...namesOf(node.fallback ?? [])];
      case 'call':
        return namesOf(node.argument);
      default:
        return node satisfies never;
    }
  });
}

interface Scan {
  readonly text: string;
  index: number;
}

const CALLS: Readonly<Record<Call, { readonly argument: boolean }>> = {
  ip: { argument: true },
  hostname: { argument: false },
  random: { argument: true },
  file: { argument: true },
};

/** Reads up to the end, or, inside `${…}`, up to its `}`. */
function parseNodes(scan: Scan, inside: boolean): Node[] {
  const nodes: Node[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') nodes.push({ kind: 'text', text });
    text = '';
  };
  while (scan.index < scan.text.length) {
    const rest = scan.text.slice(scan.index);
    if (inside && rest.startsWith('}')) {
      flush();
      return nodes;
    }
    if (rest.startsWith('${')) {
      flush();
      scan.index += 2;
      nodes.push(parseReference(scan));
    } else {
      const escaped = rest.startsWith('$$');
      text += scan.text[scan.index] ?? '';
      scan.index += escaped ? 2 : 1;
    }
  }
  if (inside) throw new BadTemplate('${ is not closed by }');
  flush();
  return nodes;
}

function parseReference(scan: Scan): Node {
  const rest = scan.text.slice(scan.index);
  const [head, name = '', separator = ''] = /^([^:}]*)(:-|:|)/.exec(rest) ?? [''];
  scan.index += head.length;
  if (separator === ':' || isCall(name)) return parseCall(scan, name, separator);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new BadTemplate(`\${${name}} is not the name of a variable`);
  const fallback = separator === ':-' ? parseNodes(scan, true) : null;
  close(scan);
  return { kind: 'variable', name, fallback };
}

function parseCall(scan: Scan, name: string, separator: string): Node {
  if (!isCall(name)) {
    const known = 'known are ${NAME}, ${NAME:-word}, ${ip:IFACE}, ${hostname}, ${random:N} and ${file:PATH}';
    throw new BadTemplate(`\${${name}:…} is unknown: ${known}`);
  }
  const argument = separator === ':' ? parseNodes(scan, true) : [];
  close(scan);
  if (CALLS[name].argument !== argument.length > 0) {
    throw new BadTemplate(`\${${name}} ${CALLS[name].argument ? 'needs an argument' : 'takes no argument'}`);
  }
  return { kind: 'call', name, argument };
}

function close(scan: Scan): void {
  if (scan.text[scan.index] !== '}') throw new BadTemplate('${ is not closed by }');
  scan.index += 1;
}

function isCall(name: string): name is Call {
  return Object.hasOwn(CALLS, name);
}
