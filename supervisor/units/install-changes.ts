// What an operation on unit files does and says: changes of links as values, and systemctl's words for them.

import { baseName, directoryOf, joinPath, type UnitSource } from './unit-source.ts';

export type InstallChange =
  /** Make a link; directories above it are made. */
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  /** Remove a link or file, and the directory above it where it is empty then (but never the unit directory). */
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'masked'; readonly path: string }
  | { readonly kind: 'dangling'; readonly path: string }
  | { readonly kind: 'no destination'; readonly path: string; readonly destination: string }
  | { readonly kind: 'auxiliary failed'; readonly unit: string }
  | InstallFailure;

export interface InstallFailure {
  readonly kind: 'failed';
  readonly reason:
    | 'exists'
    | 'exists as link'
    | 'masked'
    | 'missing'
    | 'transient or generated'
    | 'invalid name'
    | 'invalid path'
    | 'template'
    | 'cannot alias'
    | 'specifier'
    | 'in hierarchy'
    | 'severed'
    | 'loop';
  /** The unit or path that it is about. */
  readonly subject: string;
  /** The other one: where a link leads, the destination of an alias. */
  readonly other: string;
}

export interface InstallResult {
  readonly changes: readonly InstallChange[];
  /** Whether any unit had an [Install] section that says something; if not, systemctl explains itself at length. */
  readonly carriesInstall: boolean;
}

/** What systemctl prints of a change, one line. `verb` is the operation: enable, mask, … */
export function changeText(change: InstallChange, verb: string): string {
  switch (change.kind) {
    case 'symlink':
      return `Created symlink ${change.path} → ${change.target}.`;
    case 'unlink':
      return `Removed "${change.path}".`;
    case 'masked':
      return `Unit ${change.path} is masked, ignoring.`;
    case 'dangling':
      return `Unit ${change.path} is an alias to a unit that is not present, ignoring.`;
    case 'no destination':
      return `Unit ${change.path} is added as a dependency to a non-existent unit ${change.destination}.`;
    case 'auxiliary failed':
      return `Failed to enable auxiliary unit ${change.unit}, ignoring.`;
    case 'failed':
      return failureOffline(change, verb);
    default:
      return change satisfies never;
  }
}

/** A failure in the words of `systemctl --root=…`, which does it all by itself. */
function failureOffline({ reason, subject, other }: InstallFailure, verb: string): string {
  switch (reason) {
    case 'exists':
      return `Failed to ${verb} unit, file "${subject}" already exists.`;
    case 'exists as link':
      return `Failed to ${verb} unit, file "${subject}" already exists and is a symlink to "${other}".`;
    case 'masked':
      return `Failed to ${verb} unit, unit ${subject} is masked.`;
    case 'missing':
      return `Failed to ${verb} unit, unit ${subject} does not exist.`;
    case 'transient or generated':
      return `Failed to ${verb} unit, unit ${subject} is transient or generated.`;
    case 'invalid name':
      return `Failed to ${verb} unit, "${subject}" is not a valid unit name.`;
    case 'invalid path':
      return `Failed to ${verb} unit, file "${subject}": Invalid argument`;
    case 'template':
      return `Failed to ${verb} ${other}, destination unit ${subject} is a non-template unit.`;
    case 'cannot alias':
      return `Failed to ${verb} unit, cannot alias ${other} as ${subject}.`;
    case 'specifier':
      return `Failed to ${verb} unit, cannot resolve specifiers in "${subject}".`;
    case 'in hierarchy':
      return `Failed to ${verb} unit, file "${subject}" is under the systemd unit hierarchy already.`;
    case 'severed':
      return `Failed to ${verb} unit, file "${subject}": Link has been severed`;
    case 'loop':
      return `Failed to ${verb} unit, refusing to operate on linked unit file ${subject}.`;
    default:
      return reason satisfies never;
  }
}

/** The same failure in the words of a systemctl that has asked the manager: `Failed to enable unit: …`. */
export function failureText({ reason, subject, other }: InstallFailure, verb: string): string {
  const says = (text: string): string => `Failed to ${verb} unit: ${text}`;
  switch (reason) {
    case 'exists':
      return says(`File ${subject} already exists.`);
    case 'exists as link':
      return says(`File ${subject} already exists and is a symlink to ${other}.`);
    case 'masked':
      return says(`Unit file ${subject} is masked.`);
    case 'missing':
      return says(`Unit file ${subject} does not exist.`);
    case 'transient or generated':
      return says(`Unit ${subject} is transient or generated.`);
    case 'invalid name':
      return says(`"${subject}" is not a valid unit name.`);
    case 'invalid path':
      return says('Invalid argument');
    case 'template':
      return says(`Destination unit ${subject} is a non-template unit.`);
    case 'cannot alias':
      return says(`Cannot alias ${other} as ${subject}.`);
    case 'specifier':
      return says(`Cannot resolve specifiers in ${subject}.`);
    case 'in hierarchy':
      return says(`File ${subject} is under the systemd unit hierarchy already.`);
    case 'severed':
      return says(`File ${subject}: Link has been severed`);
    case 'loop':
      return says(`Refusing to operate on alias name or linked unit file: ${baseName(subject)}`);
    default:
      return reason satisfies never;
  }
}

/** What the file system looks like after these changes, without making them. */
export function afterChanges(source: UnitSource, changes: readonly InstallChange[]): UnitSource {
  const links = new Map<string, string | null>();
  for (const change of changes) {
    if (change.kind === 'symlink') links.set(change.path, change.target);
    else if (change.kind === 'unlink') links.set(change.path, null);
  }
  const follow = (path: string): string => {
    const target = links.get(path);
    if (target === undefined || target === null) return path;
    return target.startsWith('/') ? joinPath(target) : joinPath(directoryOf(path), target);
  };
  const isGone = (path: string): boolean => links.get(path) === null;
  const holdsLinks = (path: string): boolean =>
    [...links].some(([link, target]) => target !== null && directoryOf(link) === path);
  return {
    readText: (path) => (isGone(path) ? { code: 'ENOENT' } : source.readText(follow(path))),
    listDirectory(path) {
      const names = source.listDirectory(path).filter((name) => !isGone(joinPath(path, name)));
      const added = [...links].flatMap(([link, target]) => (target === null ? [] : nameBelow(path, link)));
      return [...new Set([...names, ...added])];
    },
    readLink(path) {
      const target = links.get(path);
      return target === undefined ? source.readLink(path) : target;
    },
    kind: (path) =>
      isGone(path) ? null : (source.kind(follow(path)) ?? (holdsLinks(path) ? 'directory' : null)),
    size: (path) => (isGone(path) ? null : source.size(follow(path))),
    changedAt: (path) => (isGone(path) ? null : source.changedAt(follow(path))),
  };
}

/** The entry of a directory that a path makes there: itself, or the directory that it is in. */
function nameBelow(directory: string, path: string): string[] {
  if (directoryOf(path) === directory) return [baseName(path)];
  const parent = directoryOf(path);
  return directoryOf(parent) === directory ? [baseName(parent)] : [];
}
