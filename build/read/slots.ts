// Software slots: what an image asks for, what the person building gives, and how the two meet.

import type { Problem } from '../model/errors.ts';
import { remedyFor } from '../model/suggest.ts';
import type { SoftwareSlot } from './image-ini.ts';

/** What was given for a slot, and by which road, for messages. */
export interface Gift {
  readonly source: string;
  readonly from: string;
  /** Where a relative path begins: the repository for software/, else where the command was given. */
  readonly isInRepository: boolean;
}

export type GiftKind =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'image'; readonly reference: string; readonly path: string }
  | { readonly kind: 'path'; readonly path: string };

/** Precedence: command line, environment, the software/ folder. A gift that no slot asks for is a problem, but for folder files. */
export function collectGifts(
  options: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  folderFiles: readonly string[],
  slots: readonly string[],
): { gifts: Map<string, Gift>; problems: Problem[] } {
  const gifts = new Map<string, Gift>();
  const problems: Problem[] = [];
  for (const slot of slots) {
    const files = folderFiles.filter((file) => belongsTo(file, slot, slots));
    const [file] = files;
    if (files.length > 1) {
      problems.push({
        message: `software/ holds ${files.length} files for ${slot}: ${files.join(', ')}`,
        remedy: 'keep one, or choose with --software',
      });
    } else if (file !== undefined)
      gifts.set(slot, { source: `software/${file}`, from: 'software/', isInRepository: true });
  }
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('SOFTWARE_') || value === undefined || value === '') continue;
    const slot = slots.find((known) => variableOf(known) === name);
    if (slot !== undefined) gifts.set(slot, { source: value, from: name, isInRepository: false });
    else
      problems.push({
        message: `${name}: no selected image has such a slot`,
        remedy: remedyFor(name, slots.map(variableOf)),
      });
  }
  for (const option of options) {
    const equals = option.indexOf('=');
    const name = option.slice(0, equals);
    const source = option.slice(equals + 1);
    if (equals < 1 || source === '') {
      problems.push({
        message: `--software ${option}: cannot be read`,
        remedy: '--software NAME=PATH, NAME=URL or NAME=image:REFERENCE',
      });
    } else if (slots.includes(name))
      gifts.set(name, { source, from: `--software ${name}`, isInRepository: false });
    else
      problems.push({
        message: `--software ${name}: no selected image has such a slot`,
        remedy: remedyFor(name, slots),
      });
  }
  return { gifts, problems };
}

/** `image:REF#/path` takes a path out of an image; http(s) is downloaded; everything else is a path. */
export function classifyGift(source: string): GiftKind {
  if (/^https?:\/\//i.test(source)) return { kind: 'url', url: source };
  if (source.startsWith('image:')) {
    const rest = source.slice('image:'.length);
    const hash = rest.indexOf('#');
    return hash < 0
      ? { kind: 'image', reference: rest, path: '/' }
      : { kind: 'image', reference: rest.slice(0, hash), path: rest.slice(hash + 1) };
  }
  return { kind: 'path', path: source };
}

/** A URL as it may be printed: no user, no password, no query (that is where tokens are). */
export function redactUrl(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '?…');
}

export function redactSource(source: string): string {
  return /^https?:\/\//i.test(source) ? redactUrl(source) : source;
}

/** What the remedy line tells a person who has not got the software. */
export function describeSlot(slot: SoftwareSlot): string {
  const version = slot.version === undefined ? '' : ` ${slot.version}`;
  return `${slot.name}${version}`;
}

function variableOf(slot: string): string {
  return `SOFTWARE_${slot.toUpperCase().replaceAll('-', '_')}`;
}

/** `agent_1.0_amd64.deb` and `agent.tar.gz` belong to agent; a longer slot name that fits takes the file. */
function belongsTo(file: string, slot: string, slots: readonly string[]): boolean {
  const fits = (name: string): boolean =>
    file === name || (file.startsWith(name) && /^[-_.0-9v]/.test(file.slice(name.length)));
  return fits(slot) && !slots.some((other) => other.length > slot.length && fits(other));
}
