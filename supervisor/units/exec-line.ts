// `ExecStart=` and its kin: a line → commands (systemd.service(5), "Command lines"), and the variables at run time.

import type { ExecCommand } from './model.ts';
import { simplify } from './unit-paths.ts';
import { BLANKS, nextConfigWord, splitWords } from './words.ts';

export type ExecLine =
  | { readonly kind: 'commands' }
  /** What is left of the line is ignored. */
  | { readonly kind: 'ignored'; readonly message: string }
  /** The unit cannot be loaded with it, unless its prefix is `-`. */
  | { readonly kind: 'fatal'; readonly message: string };

export type ExecLineResult = ExecLine & {
  /** Those before what is broken. */
  readonly commands: readonly ExecCommand[];
  readonly warnings: readonly string[];
};

/** Reads one non-empty line; `expand` replaces specifiers and gives null where it cannot. */
export function readExecLine(value: string, expand: (text: string) => string | null): ExecLineResult {
  const commands: ExecCommand[] = [];
  const warnings: string[] = [];
  return { ...readCommands(value, expand, commands, warnings), commands, warnings };
}

function readCommands(
  value: string,
  expand: (text: string) => string | null,
  commands: ExecCommand[],
  warnings: string[],
): ExecLine {
  let rest = value;
  let here = value;
  for (;;) {
    const first = nextConfigWord(rest, warnings);
    if (first === null) return { kind: 'commands' };
    if (first === 'broken') {
      return { kind: 'ignored', message: `Unbalanced quoting, ignoring: "${here}"` };
    }
    rest = first.rest;
    if (first.word === ';') continue;
    const { text, prefixes } = cutPrefixes(first.word);
    const ignoring = prefixes.ignoreFailure ? ', ignoring' : '';
    const refuse = (message: string): ExecLine => ({
      kind: prefixes.ignoreFailure ? 'ignored' : 'fatal',
      message,
    });

    const path = expand(text);
    if (path === null)
      return refuse(`Failed to resolve unit specifiers in '${text}'${ignoring}: Invalid slot`);
    const fault = faultOfPath(path);
    if (fault !== null) return refuse(`${fault}${ignoring}: ${path === '' ? `'${here}'` : path}`);

    const argv = prefixes.ownArgv0 ? [] : [path];
    let separated = false;
    while (rest !== '') {
      const escaped = /^\\;(?:[ \t\n\r]+|$)/.exec(rest);
      const separator = /^;(?:[ \t\n\r]+|$)/.exec(rest);
      if (escaped !== null) {
        rest = rest.slice(escaped[0].length);
        argv.push(';');
        continue;
      }
      if (separator !== null) {
        rest = rest.slice(separator[0].length);
        separated = true;
        break;
      }
      const next = nextConfigWord(rest, warnings);
      if (next === null) break;
      if (next === 'broken') return refuse(`Unbalanced quoting, ignoring: "${here}"`);
      rest = next.rest;
      const word = expand(next.word);
      if (word === null) {
        return refuse(`Failed to resolve unit specifiers in ${next.word}${ignoring}: Invalid slot`);
      }
      argv.push(word);
    }
    if (argv.length === 0 || argv[0] === '') {
      return refuse(`Empty executable name or zeroeth argument${ignoring}: ${here}`);
    }
    commands.push({
      path: simplify(path),
      argv,
      ignoreFailure: prefixes.ignoreFailure,
      privileges: prefixes.privileges,
      expandVariables: prefixes.expandVariables,
    });
    if (!separated) return { kind: 'commands' };
    here = rest;
  }
}

interface Prefixes {
  ignoreFailure: boolean;
  ownArgv0: boolean;
  expandVariables: boolean;
  privileges: ExecCommand['privileges'];
}

/** Each prefix counts once, in any order; what comes twice belongs to the path. */
function cutPrefixes(word: string): { readonly text: string; readonly prefixes: Prefixes } {
  const prefixes: Prefixes = {
    ignoreFailure: false,
    ownArgv0: false,
    expandVariables: true,
    privileges: 'normal',
  };
  let at = 0;
  for (; ; at += 1) {
    const character = word[at];
    if (character === '-' && !prefixes.ignoreFailure) prefixes.ignoreFailure = true;
    else if (character === '@' && !prefixes.ownArgv0) prefixes.ownArgv0 = true;
    else if (character === ':' && prefixes.expandVariables) prefixes.expandVariables = false;
    else if (character === '+' && prefixes.privileges === 'normal') prefixes.privileges = 'full';
    else if (character === '!' && prefixes.privileges === 'normal') prefixes.privileges = 'no-setuid';
    else if (character === '!' && prefixes.privileges === 'no-setuid') prefixes.privileges = 'ambient';
    else return { text: word.slice(at), prefixes };
  }
}

function faultOfPath(path: string): string | null {
  if (path === '') return 'Empty path in command line';
  // eslint-disable-next-line no-control-regex -- systemd refuses exactly these
  if (/[\x00-\x1f\x7f"'\\]/.test(path)) return 'Executable name contains special characters';
  if (path.endsWith('/')) return 'Executable path specifies a directory';
  const usable = path.startsWith('/')
    ? path.length < 4096
    : !path.includes('/') && path !== '.' && path !== '..' && path.length < 256;
  return usable ? null : 'Neither a valid executable name nor an absolute path';
}

/**
 * argv with its variables replaced, as systemd 252 does just before it runs the command: `$NAME` as a whole word is
 * split at blanks (and vanishes when unset), `${NAME}` anywhere is taken as it is, `$$` is a dollar.
 */
export function expandArgv(
  argv: readonly string[],
  environment: ReadonlyMap<string, string>,
): readonly string[] {
  return argv.flatMap((word) => {
    if (/^\$(?![{$])/s.test(word)) {
      const value = environment.get(word.slice(1));
      return value === undefined
        ? []
        : splitWords(value, { relax: true, unquote: true, separators: BLANKS }).words;
    }
    return [expandBraces(word, environment)];
  });
}

/** `${NAME}` and `$$` in a text; everything else stays. */
export function expandBraces(text: string, environment: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\{([^}:]*)\}/g, (whole, name?: string) =>
    whole === '$$' ? '$' : (environment.get(name ?? '') ?? ''),
  );
}
