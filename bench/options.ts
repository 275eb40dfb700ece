// Pure: the command line of the bench.

export interface Options {
  readonly cases: readonly string[];
  readonly rounds: number | null;
  readonly json: string | null;
  /** Write docs/bench.md, .json and .svg. */
  readonly docs: boolean;
  readonly help: boolean;
}

export const HELP = `npm run bench [-- CASE… OPTION…]

Measures initkit beside its peers: ours, peer, ours, peer …, and prints medians, and the ratios of pairs with their spread.
It needs a docker engine on this machine, and installs the peers from Debian into an image of its own.
An aim that is not met is no failure: it exits with 0 unless a case could not run.

  --rounds N    instead of what each case takes
  --json FILE   everything, every sample included
  --docs        write docs/bench.md, docs/bench.json and docs/bench.svg
  --help

`;

/** The options, or what is wrong with them. */
export function readOptions(argv: readonly string[], names: readonly string[]): Options | string {
  const cases: string[] = [];
  let rounds: number | null = null;
  let json: string | null = null;
  let docs = false;
  let help = false;
  const rest = argv.flatMap((word) => (/^--\w+=/.test(word) ? splitAt(word, word.indexOf('=')) : [word]));
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--help' || word === '-h') help = true;
    else if (word === '--docs') docs = true;
    else if (word === '--rounds') {
      const value = rest.shift() ?? '';
      if (!/^[1-9]\d*$/.test(value)) return `cannot read --rounds ${value}: write a number from 1 on`;
      rounds = Number(value);
    } else if (word === '--json') {
      json = rest.shift() ?? null;
      if (json === null) return 'cannot read --json: a file must follow';
    } else if (names.includes(word)) cases.push(word);
    else if (word.startsWith('-'))
      return `cannot read option ${word}: there are --rounds, --json, --docs and --help`;
    else return `cannot find case ${word}: there are ${names.join(', ')}`;
  }
  return { cases, rounds, json, docs, help };
}

function splitAt(word: string, at: number): string[] {
  return [word.slice(0, at), word.slice(at + 1)];
}
