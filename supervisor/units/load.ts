// The entry of units/: a source of files → units by name, read when they are asked for.

import type { Problem } from '../model.ts';
import { BUILTIN_ALIASES, builtinUnit } from './builtin-units.ts';
import { addImplicit, type TypeSettings } from './default-dependencies.ts';
import type { Dependencies, LoadState, Unit, UnitType } from './model.ts';
import { readPath } from './path.ts';
import { Reading } from './reading.ts';
import { isReplaced, isVendors } from './replaced-units.ts';
import { readService } from './service.ts';
import { readSocket } from './socket.ts';
import { readTimer } from './timer.ts';
import {
  findDropIns,
  findFragment,
  findLinks,
  scanUnitFiles,
  SEARCH_PATH,
  type UnitFiles,
} from './search.ts';
import type { HostFacts } from './specifiers.ts';
import { readUnitText, type Assignment } from './unit-ini.ts';
import { isTemplate, parseUnitName } from './unit-names.ts';
import type { UnitSource } from './unit-source.ts';
import { unknownKeys } from './unknown-keys.ts';
import { addDependency, readUnitSection, resolveTemplate, type UnitDraft } from './unit-section.ts';
import { readInstall } from './install-section.ts';
import { emptyUnit } from './empty-unit.ts';

export interface LoadOptions {
  readonly host: HostFacts;
  readonly searchPath?: readonly string[];
  /** Whether the units of systemd.special(7) exist without a file; yes, unless a test says otherwise. */
  readonly builtins?: boolean;
}

export interface UnitLoader {
  readonly files: UnitFiles;
  /** Reads a unit once; it always gives one, whose loadState says what became of it. */
  load(name: string): Unit;
}

/** Lists the search path now, and reads each unit when it is first asked for. A daemon-reload is a new loader. */
export function loadUnits(source: UnitSource, options: LoadOptions): UnitLoader {
  const files = scanUnitFiles(source, options.searchPath ?? SEARCH_PATH);
  const cache = new Map<string, Unit>();
  return {
    files,
    load(name) {
      const known = cache.get(name);
      if (known !== undefined) return known;
      const unit = loadUnit(name, files, options);
      for (const each of unit.names) cache.set(each, unit);
      return unit;
    },
  };
}

/** Reads one unit: its file, its drop-ins, its links. */
export function loadUnit(name: string, files: UnitFiles, options: LoadOptions): Unit {
  const parsed = parseUnitName(name);
  if (parsed === null) return emptyUnit(name, 'other', 'error', `Unit name ${name} is not valid.`);
  const type = typeOf(parsed.type);
  if (isTemplate(name))
    return emptyUnit(name, type, 'error', `Unit name ${name} is missing the instance name.`);

  const finding = findFragment(files, name);
  if (finding.kind === 'loop') return emptyUnit(name, type, 'error', 'Too many levels of symbolic links');
  if (finding.kind === 'none') {
    const alias = options.builtins === false ? undefined : BUILTIN_ALIASES[name];
    if (alias !== undefined) {
      const unit = loadUnit(alias, files, options);
      return { ...unit, names: [...unit.names, name] };
    }
    const builtin = options.builtins === false ? undefined : builtinUnit(name);
    if (type === 'other') return emptyUnit(name, type, 'loaded', null);
    // Drop-ins alone make no unit.
    if (builtin === undefined) return emptyUnit(name, type, 'not-found', null);
    return assemble({ id: name, names: [name], type, path: null, text: builtin }, files, options);
  }
  const { fragment } = finding;
  const { id, names, path: fragmentPath } = fragment;
  const found = { names, fragmentPath };
  if (isReplaced(id) && isVendors(fragmentPath)) {
    const reason = `Unit ${id} is masked: the container does without it.`;
    return { ...emptyUnit(id, type, 'masked', reason), ...found };
  }
  if (fragment.masked) {
    const unit = emptyUnit(id, type, 'masked', `Unit ${id} is masked.`);
    return { ...unit, ...found, dropInPaths: findDropIns(files, names) };
  }
  const content = files.source.readText(fragmentPath);
  if ('code' in content) {
    const state = content.code === 'ENOENT' ? 'not-found' : 'error';
    return { ...emptyUnit(id, type, state, reasonOf(content.code)), ...found };
  }
  return assemble({ id, names, path: fragmentPath, type, text: content.text }, files, options);
}

interface Material {
  readonly id: string;
  readonly names: readonly string[];
  readonly type: UnitType;
  readonly path: string | null;
  readonly text: string;
}

function assemble(material: Material, files: UnitFiles, options: LoadOptions): Unit {
  const { id, names, type, path } = material;
  const reading = new Reading({ unit: id, fragmentPath: path, host: options.host });
  const dropIns = findDropIns(files, names);
  const sections = sectionsOf(parseUnitName(id)?.type ?? '');
  let state: LoadState = 'loaded';
  let error: string | null = null;

  const assignments: Assignment[] = [];
  const take = (text: string, file: string, isFragment: boolean): void => {
    const read = readUnitText(text, file, sections);
    assignments.push(...read.assignments);
    reading.problems.push(...read.problems);
    if (read.fatal !== null && isFragment) [state, error] = ['error', read.fatal];
  };
  take(material.text, path ?? `(built-in ${id})`, true);
  for (const file of dropIns) {
    const content = files.source.readText(file);
    if ('text' in content) take(content.text, file, false);
  }
  unknownKeys(assignments, reading);

  const draft = readUnitSection(assignments, reading);
  addLinks(draft, id, names, files, reading.problems);
  const settings = typeSettings(
    type,
    assignments,
    reading,
    draft.successAction !== 'none',
    state === 'loaded',
  );
  addImplicit(draft, id, type, settings);
  const { problems, fatal } = untilFatal(reading.problems, [path ?? '', ...dropIns]);
  if (state === 'loaded' && fatal !== null) [state, error] = ['bad-setting', fatal];

  const { dependencies, ...common } = draft;
  return {
    ...common,
    id,
    names,
    type,
    loadState: state,
    loadError: error,
    description: draft.description === '' ? id : draft.description,
    fragmentPath: path,
    dropInPaths: dropIns,
    dependencies: Object.fromEntries(dependencies) as Dependencies,
    ...settings,
    install: readInstall(assignments, reading),
    problems,
  };
}

/**
 * systemd stops reading at the first setting that makes a unit unusable, and says nothing of what comes after it. The
 * readers here go by subject, so that what they found is put in the order of the files first.
 */
function untilFatal(
  found: readonly Problem[],
  files: readonly string[],
): { readonly problems: readonly Problem[]; readonly fatal: string | null } {
  const place = ({ origin }: Problem): readonly [file: number, line: number] =>
    origin === undefined ? [files.length, 0] : [Math.max(0, files.indexOf(origin.file)), origin.line];
  const sorted = found.toSorted((one, two) => {
    const [[file, line], [otherFile, otherLine]] = [place(one), place(two)];
    return file - otherFile || line - otherLine;
  });
  const at = sorted.findIndex(({ severity }) => severity === 'error');
  if (at === -1) return { problems: sorted, fatal: null };
  return { problems: sorted.slice(0, at + 1), fatal: sorted[at]?.message ?? null };
}

function addLinks(
  draft: UnitDraft,
  id: string,
  names: readonly string[],
  files: UnitFiles,
  problems: Problem[],
): void {
  for (const kind of ['wants', 'requires', 'upholds'] as const) {
    for (const link of findLinks(files, names, kind)) {
      if (parseUnitName(link.name) !== null) addDependency(draft, id, kind, resolveTemplate(link.name, id));
      else {
        const message = `${link.path} is not a valid unit name, ignoring.`;
        problems.push({ severity: 'warning', message, origin: { file: link.path, line: 0 } });
      }
    }
  }
}

function typeSettings(
  type: UnitType,
  assignments: readonly Assignment[],
  reading: Reading,
  hasSuccessAction: boolean,
  usable: boolean,
): TypeSettings {
  const none: TypeSettings = { service: null, timer: null, socket: null, path: null };
  if (!usable) return none;
  switch (type) {
    case 'service':
      return { ...none, service: readService(assignments, reading, hasSuccessAction) };
    case 'timer':
      return { ...none, timer: readTimer(assignments, reading) };
    case 'socket':
      return { ...none, socket: readSocket(assignments, reading) };
    case 'path':
      return { ...none, path: readPath(assignments, reading) };
    case 'target':
    case 'other':
      return none;
    default:
      return type satisfies never;
  }
}

function typeOf(suffix: string): UnitType {
  const types: readonly UnitType[] = ['service', 'socket', 'timer', 'target', 'path'];
  return types.find((type) => type === suffix) ?? 'other';
}

/** The sections that a unit of this type may have. */
export function sectionsOf(suffix: string): readonly string[] {
  const own =
    { scope: 'Scope', slice: 'Slice' }[suffix] ?? `${suffix.slice(0, 1).toUpperCase()}${suffix.slice(1)}`;
  return suffix === 'target' || suffix === 'device' ? ['Unit', 'Install'] : ['Unit', own, 'Install'];
}

function reasonOf(code: string): string {
  return (
    { EACCES: 'Permission denied', ELOOP: 'Too many levels of symbolic links', EISDIR: 'Is a directory' }[
      code
    ] ?? code
  );
}
