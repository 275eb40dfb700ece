// Puts the defaults under what was given, and resolves their `${…}` against the final values of the names in them.

import type { Problem } from '../model.ts';
import type { Candidate, Default, Lookups, Overridden, Variable } from './variable.ts';
import { isSecretName } from './names.ts';
import { reasonOf } from './source.ts';
import { didYouMean } from './suggest.ts';
import { BadTemplate, parseTemplate, type Node } from './template.ts';

export interface DefaultsRequest {
  readonly source: Lookups;
  /** What was given; it is never expanded, and an empty value yields to a default. */
  readonly outside: ReadonlyMap<string, Variable>;
  /** The defaults of each name, lowest precedence first. */
  readonly defaults: ReadonlyMap<string, readonly Candidate[]>;
  readonly known: ReadonlySet<string>;
  readonly problems: Problem[];
}

/** Every variable there is, sorted by name. */
export function resolveDefaults(request: DefaultsRequest): Map<string, Variable> {
  const { outside, defaults } = request;
  const resolved = new Map<string, Variable | null>();
  const resolver = resolverOf(request, (name, path) => resolve(name, path));

  const resolve = (name: string, path: readonly string[]): Variable | null => {
    const done = resolved.get(name);
    if (done !== undefined) return done;
    const given = outside.get(name);
    const candidates = defaults.get(name) ?? [];
    const losers = candidates.toReversed().map(overridden);
    const winner = candidates.at(-1);
    let variable: Variable | null = null;
    if (given !== undefined && given.value !== '') {
      variable = { ...given, overrode: [...given.overrode, ...losers] };
    } else if (winner !== undefined) {
      variable = fromDefault(winner, losers.slice(1), resolver(winner, [...path, name]));
    } else if (given !== undefined) {
      variable = given;
    }
    resolved.set(name, variable);
    return variable;
  };

  const names = [...new Set([...outside.keys(), ...defaults.keys()])].toSorted();
  return new Map(
    names.flatMap((name) => {
      const variable = resolve(name, []);
      return variable === null ? [] : [[name, variable] as const];
    }),
  );
}

/** Resolves a template outside the tables (`[redpill] enabled`) against the environment; unset gives an empty text. */
export function resolveTemplate(
  template: Default,
  variables: ReadonlyMap<string, Variable>,
  source: Lookups,
  problems: Problem[],
  known: ReadonlySet<string>,
): string {
  const request = { source, outside: variables, defaults: new Map(), known, problems };
  return resolverOf(request, (name) => variables.get(name) ?? null)(template, [])?.text ?? '';
}

/** A default of a table, or a setting of [redpill]. */
type Template = Omit<Candidate, 'source'>;

interface Resolved {
  readonly text: string;
  readonly secret: boolean;
}

function overridden({ source, template, origin }: Candidate): Overridden {
  return { source, value: template, ...(origin && { origin }) };
}

function fromDefault(
  winner: Candidate,
  overrode: readonly Overridden[],
  value: Resolved | null,
): Variable | null {
  if (value === null || value.text === '') return null;
  const { name, source, origin } = winner;
  const secret = value.secret || isSecretName(name);
  return { name, value: value.text, source, ...(origin && { origin }), overrode, secret };
}

/** Makes the function that resolves one default; null where it has no value, which it has then said. */
function resolverOf(
  { source, problems, known }: DefaultsRequest,
  lookup: (name: string, path: readonly string[]) => Variable | null,
): (entry: Template, path: readonly string[]) => Resolved | null {
  return (entry, path) => {
    if (entry.literal === true) return { text: entry.template, secret: false };
    const tell = (severity: Problem['severity'], message: string, remedy?: string): null => {
      const { origin } = entry;
      problems.push({
        severity,
        message,
        ...(origin && { origin }),
        ...(remedy !== undefined && { remedy }),
      });
      return null;
    };

    const evaluate = (nodes: readonly Node[]): Resolved | null => {
      let text = '';
      let secret = false;
      for (const node of nodes) {
        const part = evaluateNode(node);
        if (part === null) return null;
        text += part.text;
        secret ||= part.secret;
      }
      return { text, secret };
    };

    const evaluateNode = (node: Node): Resolved | null => {
      switch (node.kind) {
        case 'text':
          return { text: node.text, secret: false };
        case 'variable':
          return evaluateVariable(node.name, node.fallback);
        case 'call': {
          const argument = evaluate(node.argument);
          return argument === null ? null : call(node.name, argument);
        }
        default:
          return node satisfies never;
      }
    };

    const evaluateVariable = (name: string, fallback: readonly Node[] | null): Resolved | null => {
      if (path.includes(name)) {
        const cycle = [...path.slice(path.indexOf(name)), name].join(' -> ');
        return tell(
          'error',
          `the default of ${name} refers to itself: ${cycle}`,
          'give one of them a plain value',
        );
      }
      const found = lookup(name, path);
      if (found !== null && found.value !== '') return { text: found.value, secret: found.secret };
      if (fallback !== null) return evaluate(fallback);
      if (!known.has(name)) {
        tell('warning', `${entry.name} refers to ${name}, which nothing sets`, didYouMean(name, known));
      }
      return { text: '', secret: false };
    };

    const call = (
      name: 'ip' | 'hostname' | 'random' | 'file',
      { text, secret }: Resolved,
    ): Resolved | null => {
      switch (name) {
        case 'hostname':
          return { text: source.hostName, secret: false };
        case 'ip': {
          const address = source.ipv4(text);
          if (address !== undefined) return { text: address, secret };
          const remedy = `set ${entry.name} yourself`;
          return tell('warning', `${entry.name} stays unset: ${text} has no IPv4 address here`, remedy);
        }
        case 'random': {
          const length = /^\d{1,4}$/.test(text) ? Number(text) : 0;
          if (length > 0) return { text: source.randomText(length, entry.name), secret };
          return tell('error', `\${random:${text}} of ${entry.name} needs a length from 1 to 9999`);
        }
        case 'file':
          return fileContent(text);
        default:
          return name satisfies never;
      }
    };

    const fileContent = (file: string): Resolved | null => {
      try {
        return { text: source.readFile(file).replace(/\r?\n$/, ''), secret: false };
      } catch (error) {
        return tell('error', `cannot read ${file} for ${entry.name}: ${reasonOf(error)}`);
      }
    };

    try {
      return evaluate(parseTemplate(entry.template));
    } catch (error) {
      if (!(error instanceof BadTemplate)) throw error;
      return tell(
        'error',
        `the value of ${entry.name} cannot be read: ${error.message}`,
        'write $$ for a dollar sign',
      );
    }
  };
}
