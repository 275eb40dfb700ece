// Makes links one after the other, each of which sees those before it, and says what is in the way.

import {
  afterChanges,
  type InstallChange,
  type InstallFailure,
  type InstallResult,
} from './install-changes.ts';
import {
  CONFIG_DIRECTORY,
  discover,
  hasRules,
  installName,
  RUNTIME_DIRECTORY,
  type InstallContext,
  type InstallInfo,
} from './install-info.ts';
import { scanUnitFiles } from './search.ts';
import { isInstance, isTemplate, parseUnitName, templateOf, withInstance } from './unit-names.ts';
import { baseName, directoryOf, joinPath } from './unit-source.ts';

export interface InstallOptions {
  /** Only until the next start of the container: links go to /run. */
  readonly runtime: boolean;
  /** Replace links of the same name that lead elsewhere. */
  readonly force: boolean;
}

/** The links that were made already count for what comes after them. */
export function contextAfter(context: InstallContext, changes: readonly InstallChange[]): InstallContext {
  if (changes.length === 0) return context;
  const source = afterChanges(context.source, changes);
  return { ...context, source, files: scanUnitFiles(source, context.files.searchPath) };
}

export function directoryFor({ runtime }: InstallOptions): string {
  return runtime ? RUNTIME_DIRECTORY : CONFIG_DIRECTORY;
}

/** Collects changes, each of which sees those before it. */
export class LinkWriter {
  readonly changes: InstallChange[] = [];
  carriesInstall = false;
  readonly directory: string;
  private readonly before: InstallContext;
  private readonly options: InstallOptions;

  constructor(context: InstallContext, options: InstallOptions) {
    this.before = context;
    this.options = options;
    this.directory = directoryFor(options);
  }

  get context(): InstallContext {
    return contextAfter(this.before, this.changes);
  }

  result(): InstallResult {
    return { changes: this.changes, carriesInstall: this.carriesInstall };
  }

  fail(reason: InstallFailure['reason'], subject: string, other = ''): InstallResult {
    this.changes.push({ kind: 'failed', reason, subject, other });
    this.carriesInstall = true;
    return this.result();
  }

  /** Makes a link, unless it is there already; false where something else is in its place. */
  link(path: string, target: string, force: boolean): boolean {
    const { source } = this.context;
    const there = source.readLink(path);
    if (there === null && source.kind(path) !== null) {
      this.fail('exists', path);
      return false;
    }
    if (there !== null) {
      const leads = there.startsWith('/') ? joinPath(there) : joinPath(directoryOf(path), there);
      if (leads === target) return true;
      if (!force) {
        this.fail('exists as link', path, there);
        return false;
      }
      this.changes.push({ kind: 'unlink', path });
    }
    this.changes.push({ kind: 'symlink', path, target });
    return true;
  }

  /** The name by which a file is known then; null where it cannot be linked. */
  linkPath(path: string): string | null {
    const name = baseName(path);
    const clean = joinPath(path);
    const { context } = this;
    if (parseUnitName(name) === null) this.fail('invalid path', clean);
    else if (context.files.searchPath.includes(directoryOf(clean))) return name;
    else if (context.source.kind(clean) === null) this.fail('missing', clean);
    else if (this.link(joinPath(this.directory, name), clean, this.options.force)) return name;
    return null;
  }

  /** All that the [Install] of one unit asks for; false where the operation ends. */
  apply(info: InstallInfo): boolean {
    const { install } = info;
    if (hasRules(info) || install.also.length > 0) this.carriesInstall = true;
    for (const text of install.alias) {
      const alias = this.aliasOf(info, text);
      if (alias !== null) this.link(joinPath(this.directory, alias), info.path, this.options.force);
    }
    const masked = this.maskOf(info);
    const lists = { wants: install.wantedBy, requires: install.requiredBy, upholds: install.upheldBy };
    for (const [kind, names] of Object.entries(lists)) {
      if (masked !== null && names.length > 0) this.fail('masked', masked);
      else for (const text of names) this.want(info, text, kind as keyof typeof lists);
    }
    return true;
  }

  /** The mask of the instance that a template is wanted as, or null. */
  private maskOf({ name, install }: InstallInfo): string | null {
    if (!isTemplate(name) || install.defaultInstance === null) return null;
    const found = discover(this.context, withInstance(name, install.defaultInstance));
    return found.kind === 'found' && found.info.mode === 'masked' ? found.info.path : null;
  }

  private want(info: InstallInfo, text: string, kind: 'wants' | 'requires' | 'upholds'): void {
    const { name, install } = info;
    const isBare = isTemplate(name) && install.defaultInstance === null;
    const own = isTemplate(name) && !isBare ? withInstance(name, install.defaultInstance ?? '') : name;
    const destination = installName(this.before, info, text);
    if (destination === null) return void this.fail('specifier', text);
    const parsed = parseUnitName(destination);
    if (parsed === null) return void this.fail('invalid name', destination);
    // A template without an instance takes it from what wants it, which must have one or be a template, too.
    const fits = isBare ? parsed.instance !== null : parsed.instance !== '';
    if (!fits && isBare) return void this.fail('template', destination, name);
    if (!this.link(joinPath(this.directory, `${destination}.${kind}`, own), info.path, true)) return;
    if (discover(this.context, destination).kind === 'missing') {
      this.changes.push({ kind: 'no destination', path: info.path, destination });
    }
  }

  /** The name of an alias, with the instance put in; null, with the reason, where it cannot be one. */
  private aliasOf(info: InstallInfo, text: string): string | null {
    const alias = installName(this.before, info, text);
    if (alias === null) {
      this.fail('specifier', text);
      return null;
    }
    const parsed = parseUnitName(baseName(alias));
    if (parsed === null) {
      this.fail('cannot alias', alias, info.name);
      return null;
    }
    if (alias.includes('/')) return alias;
    const own = parseUnitName(info.name);
    const name =
      isTemplate(alias) && isInstance(info.name) ? withInstance(alias, own?.instance ?? '') : alias;
    const shape = (each: string): string => parseUnitName(each)?.instance ?? 'plain';
    const fitsDefault = isTemplate(info.name) && isInstance(name) && templateOf(name) !== null;
    if (own?.type !== parsed.type || (shape(name) !== shape(info.name) && !fitsDefault)) {
      this.fail('cannot alias', name, info.name);
      return null;
    }
    return name;
  }
}
