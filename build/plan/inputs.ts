// The build id of an image: one hash over all that decides what is in it, and the words for what has changed.

import { sha256Of } from '../model/context.ts';

/** Named parts, each already a hash or a short text: `file:skel/x`, `arg:BASE`, `parent:base`, `software:agent`. */
export type InputParts = Readonly<Record<string, string>>;

/** Raised when the toolkit begins to make other images from the same inputs. */
const RECIPE = '1';

export function buildId(parts: InputParts): string {
  const lines = Object.keys(parts)
    .toSorted()
    .map((key) => `${JSON.stringify(key)} ${JSON.stringify(parts[key])}\n`);
  return sha256Of(`initkit inputs ${RECIPE}\n${lines.join('')}`);
}

/** What differs, part by part, new and gone ones marked. */
export function changedParts(before: InputParts, after: InputParts): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .toSorted()
    .map((key) => nameOf(key, before[key] === undefined, after[key] === undefined));
}

/** What differs, in words for one line: "Dockerfile, skel/etc/x, software agent and 3 more". */
export function describeChange(before: InputParts | undefined, after: InputParts): string {
  if (before === undefined) return 'not built before';
  const names = changedParts(before, after);
  if (names.length === 0) return 'the image is gone';
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more changed` : `${shown} changed`;
}

function nameOf(key: string, isNew: boolean, isGone: boolean): string {
  const colon = key.indexOf(':');
  const kind = key.slice(0, colon);
  const rest = key.slice(colon + 1);
  const name = kind === 'file' || kind === 'text' ? rest : `${kind} ${rest}`;
  return `${isNew ? '+' : isGone ? '-' : ''}${name}`;
}
