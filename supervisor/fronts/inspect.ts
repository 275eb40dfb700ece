// `initkit explain` and `initkit check`: what the configuration says, without running it.

import { parseArgs } from 'node:util';
import {
  explain as explainVariables,
  explanationJson,
  explanationText,
  problemsText,
} from '../config/explain.ts';
import type { Loaded } from '../config/load.ts';
import { EXIT, UserError } from '../errors.ts';
import { CONFIG_FILE, IMAGE_INI, load } from './init.ts';
import { configSource } from '../os/config-source.ts';
import { linuxSystem } from '../os/linux.ts';
import { readState } from './state-file.ts';

type Given = Readonly<Record<string, string>>;

/** Prints every variable, or the named ones, with its provenance; as PID 1 resolved it, where one runs. 1: one is unset. */
export async function explain(argv: readonly string[], given: Given): Promise<number> {
  const { values, positionals } = parse(argv, EXPLAIN_HELP);
  if (values.help) return print(EXPLAIN_HELP, EXIT.ok);
  const environment = readState() ?? (await loadHere(given, values)).environment;
  const explanations = explainVariables(environment, positionals);
  const exitCode = explanations.some(({ value }) => value === null) ? 1 : EXIT.ok;
  return print(values.json ? explanationJson(explanations) : explanationText(explanations), exitCode);
}

/** Prints every problem of the configuration; 78 when one of them is an error. */
export async function check(argv: readonly string[], given: Given): Promise<number> {
  const { values } = parse(argv, CHECK_HELP);
  if (values.help) return print(CHECK_HELP, EXIT.ok);
  const { problems: read, image } = await loadHere(given, values);
  const { unitProblems } = await import('./unit-problems.ts');
  const problems = image.units === null ? read : [...read, ...unitProblems(image.units.target, given)];
  const wrong = problems.some((problem) => problem.severity === 'error');
  const text = values.json ? `${JSON.stringify(problems, null, 2)}\n` : problemsText(problems);
  return print(text, wrong ? EXIT.configuration : EXIT.ok);
}

const OPTIONS_HELP = `  -c, --config FILE   supervisord's main file (default: ${CONFIG_FILE})
  --image FILE        the image's description of itself (default: ${IMAGE_INI})
  --json              for programs
`;

const EXPLAIN_HELP = `usage: initkit explain [OPTION…] [NAME…]

Every variable of the environment, or the named ones: its value (secrets masked), where it came from,
and what it overrode. Exits 1 if a named one is unset.

${OPTIONS_HELP}`;

const CHECK_HELP = `usage: initkit check [OPTION…]

All problems of the configuration at once, with file and line. Exits ${EXIT.configuration} if one of them is an error.

${OPTIONS_HELP}`;

interface Options {
  readonly config?: string;
  readonly image?: string;
  readonly json?: boolean;
  readonly help?: boolean;
}

function parse(argv: readonly string[], help: string): { values: Options; positionals: string[] } {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string', short: 'c' },
        image: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UserError(`${(error as Error).message}\n${help}`, EXIT.usage);
  }
}

function loadHere(given: Given, options: Options): Promise<Loaded> {
  const files = { imageFile: options.image ?? IMAGE_INI, configFile: options.config ?? CONFIG_FILE };
  return load({ given, ...files }, configSource(), linuxSystem(), () => {});
}

function print(text: string, exitCode: number): number {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return exitCode;
}
