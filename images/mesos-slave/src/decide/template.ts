// The text of a configuration before it is JSON: comment lines are taken out, and $NAME and ${NAME} put in. Pure.

/** Gives the value of a variable of the environment; unset is undefined. */
export type Lookup = (name: string) => string | undefined;

/** Blanks every line that has nothing but a comment (`#` first), so that the numbers of the other lines stay. */
export function withoutComments(text: string): string {
  return text.replace(/^[ \t]*#.*$/gm, '');
}

const VARIABLE = /^\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/;

/**
 * Puts variables in: as part of a string inside of one, whatever characters they hold, and as JSON outside of strings, as
 * in `"servers": $SERVERS`. An unset one is empty, as with logstash-forwarder; a `$` before anything else stays.
 */
export function expandVariables(text: string, lookup: Lookup): string {
  let result = '';
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && inString) {
      result += text.slice(at, at + 2);
      at += 1;
      continue;
    }
    if (character === '"') inString = !inString;
    const variable = character === '$' ? VARIABLE.exec(text.slice(at, at + 256)) : null;
    if (variable === null) {
      result += character;
      continue;
    }
    const value = lookup(variable[1] ?? variable[2] ?? '') ?? '';
    result += inString ? JSON.stringify(value).slice(1, -1) : value;
    at += variable[0].length - 1;
  }
  return result;
}
