// Pure: how `systemctl show` writes values.

import { formatTimeSpan } from '../../units/time-span.ts';

/** A word of a list, in double quotes where a shell would not take it as it is (systemd's shell_maybe_quote()). */
export function quotedWord(word: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it is about
  if (word !== '' && !/[\x00-\x20\x7f-\uffff"\\`$*?['()<>|&;!]/.test(word)) return word;
  const escaped = word
    .replace(/["\\`$]/g, '\\$&')
    .replace(/[\n\t]/g, (each) => (each === '\n' ? '\\n' : '\\t'));
  return `"${escaped}"`;
}

export const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

/** `infinity` and 0 as systemd writes them in microsecond properties. */
export const spanText = (ms: number): string => (ms === 0 ? '0' : formatTimeSpan(ms));

export const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
