// Command lines as getopt_long(3) reads them: options anywhere, long ones shortened, and its words for what is wrong. Pure.

export interface OptionSpec {
  /** The long name without dashes; a short option without a long one has only its letter here. */
  readonly name: string;
  readonly short?: string;
  readonly argument: 'none' | 'required' | 'optional';
}

export interface Parsed {
  /** In the order in which they were given; the value is null where there is none. */
  readonly options: readonly { readonly name: string; readonly value: string | null }[];
  readonly words: readonly string[];
}

/** The command line is wrong; the message is what getopt_long prints. */
export class OptionError extends Error {}

export function getopt(program: string, specs: readonly OptionSpec[], argv: readonly string[]): Parsed {
  const options: { name: string; value: string | null }[] = [];
  const words: string[] = [];
  const rest = [...argv];
  const fail = (text: string): never => {
    throw new OptionError(`${program}: ${text}`);
  };
  const takeLong = (word: string): void => {
    const at = word.indexOf('=');
    const given = at === -1 ? word.slice(2) : word.slice(2, at);
    let value = at === -1 ? null : word.slice(at + 1);
    const spec = findLong(specs, given, (candidates) =>
      candidates.length === 0
        ? fail(`unrecognized option '${word}'`)
        : fail(
            `option '--${given}' is ambiguous; possibilities:${candidates.map((one) => ` '--${one}'`).join('')}`,
          ),
    );
    if (spec.argument === 'none' && value !== null) fail(`option '--${spec.name}' doesn't allow an argument`);
    if (spec.argument === 'required' && value === null) {
      value = rest.shift() ?? fail(`option '--${spec.name}' requires an argument`);
    }
    options.push({ name: spec.name, value });
  };
  const takeShort = (word: string): void => {
    for (let index = 1; index < word.length; index += 1) {
      const letter = word[index] ?? '';
      const spec = specs.find(({ short }) => short === letter) ?? fail(`invalid option -- '${letter}'`);
      const attached = word.slice(index + 1);
      if (spec.argument === 'none') {
        options.push({ name: spec.name, value: null });
        continue;
      }
      let value = attached === '' ? null : attached;
      if (value === null && spec.argument === 'required') {
        value = rest.shift() ?? fail(`option requires an argument -- '${letter}'`);
      }
      options.push({ name: spec.name, value });
      return;
    }
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      words.push(...rest);
      break;
    }
    if (word.startsWith('--')) takeLong(word);
    else if (word.startsWith('-') && word.length > 1) takeShort(word);
    else words.push(word);
  }
  return { options, words };
}

function findLong(
  specs: readonly OptionSpec[],
  given: string,
  fail: (candidates: readonly string[]) => never,
): OptionSpec {
  const long = specs.filter(({ name }) => name.length > 1);
  const exact = long.find(({ name }) => name === given);
  if (exact !== undefined) return exact;
  const candidates = long.filter(({ name }) => name.startsWith(given));
  const [only] = candidates;
  return only !== undefined && candidates.length === 1 ? only : fail(candidates.map(({ name }) => name));
}
