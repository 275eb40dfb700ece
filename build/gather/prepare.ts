// Gathers all that one image is built from: its folder, files from elsewhere in the repository, bundles, software.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { bundleProgram, stripBinary } from '../context/bundle.ts';
import { npmPackages } from '../context/npm-packages.ts';
import { fileEntry, walkContext } from '../context/walk.ts';
import type { State } from '../machine/state.ts';
import { hashEntries, memoryFile, sha256Of, type Entry } from '../model/context.ts';
import { mayHold, overlay, type EntryList } from '../model/entry-list.ts';
import { codeOf, messageOf, type Problem } from '../model/errors.ts';
import { nodeArchitecture } from '../model/platform.ts';
import type { Image, Prepared } from '../plan/facts.ts';
import { filesOf, FILES_PART, type InputParts } from '../plan/inputs.ts';
import { copySources } from '../read/copy-sources.ts';
import type { InputRule } from '../read/image-ini.ts';
import type { Software } from '../software/software.ts';

export interface PrepareTools {
  readonly root: string;
  readonly state: State;
  readonly buildArgs: ReadonlyMap<string, string>;
  /** What else makes another image of the same files. */
  readonly moreParts: InputParts;
  readonly softwareFor: (slot: string) => Software | undefined;
}

const INSTALLER = new URL('./install-software.sh', import.meta.url);

export async function prepareImage(image: Image, tools: PrepareTools): Promise<Prepared> {
  const { entries: own, problems } = await walkContext(image.folder, tools.root, tools.state.hashes);
  const given: Entry[] = [];
  const used = new Set<string>();
  for (const rule of image.config.inputs) {
    const made = await applyRule(rule, image, tools);
    if ('problems' in made) problems.push(...made.problems);
    else {
      given.push(made.entry);
      for (const path of made.sources) used.add(path);
    }
  }
  const software = image.config.software.map((slot) => ({ slot, software: tools.softwareFor(slot.name) }));
  if (software.length > 0) {
    given.push(
      { kind: 'directory', path: 'software' },
      memoryFile('software/install', await readFile(INSTALLER), 0o755),
    );
    for (const { software: found } of software) given.push(...(found?.entries ?? []));
  }
  const entries = withModes(own, given, image, tools.root, problems);
  const missing = missingSources(image, entries, tools.root);
  const parts: Record<string, string> = {
    [FILES_PART]: hashEntries(filesOf(entries)),
    'text:Dockerfile': sha256Of(image.dockerfileText),
    'target:arch': nodeArchitecture(image.platform),
    ...(image.platform.variant === '' ? {} : { 'target:variant': image.platform.variant }),
    // Two images of the same content still are two: their labels differ.
    'target:name': image.name,
    ...tools.moreParts,
  };
  for (const name of image.dockerfile.declared) {
    const value = tools.buildArgs.get(name);
    if (value !== undefined) parts[`arg:${name}`] = value;
  }
  for (const { slot, software: found } of software) parts[`software:${slot.name}`] = found?.hash ?? 'absent';
  if (software.length > 0) parts['text:software/install'] = sha256Of(await readFile(INSTALLER));
  return { image, entries, parts, problems, missing, packages: await npmPackages(tools.root, used) };
}

/** What COPY and ADD name and the context has not: the engine would tell it one by one, after the build has begun. */
function missingSources(image: Image, entries: EntryList, root: string): Problem[] {
  return copySources(image.dockerfile)
    .filter(({ path }) => !mayHold(entries, path))
    .map(({ keyword, line, path }) => ({
      file: `${image.place}/Dockerfile`,
      line,
      message: `${keyword} ${path}: not in the context`,
      remedy: existsSync(join(image.folder, path))
        ? '.dockerignore keeps it out'
        : existsSync(join(root, path))
          ? `the context is ${image.place}; for a file from elsewhere: [context] ${path} = ${path} in its image.ini`
          : `the context is ${image.place}`,
    }));
}

/** The context with what is given besides, and the modes that image.ini declares; a path that is not there is a mistake. */
function withModes(
  own: EntryList,
  given: readonly Entry[],
  image: Image,
  root: string,
  problems: Problem[],
): EntryList {
  const { modes } = image.config;
  if (modes.size === 0 && given.length === 0) return own;
  const missing = new Set(modes.keys());
  const entries = overlay(own, given, (entry) => {
    const mode = modes.get(entry.path);
    if (mode !== undefined) missing.delete(entry.path);
    return mode === undefined || entry.kind === 'symlink' ? entry : { ...entry, mode };
  });
  const file = relative(root, join(image.folder, 'image.ini'));
  for (const path of missing) problems.push({ file, message: `[modes] ${path} is not in the context` });
  return entries;
}

async function applyRule(
  rule: InputRule,
  image: Image,
  tools: PrepareTools,
): Promise<{ entry: Entry; sources: readonly string[] } | { problems: Problem[] }> {
  const source = rule.source.replaceAll('${arch}', nodeArchitecture(image.platform));
  const place = { file: relative(tools.root, join(image.folder, 'image.ini')), line: rule.line };
  const path = isAbsolute(source) ? source : join(tools.root, source);
  try {
    switch (rule.kind) {
      case 'copy':
        return { entry: await fileEntry(rule.target, path, tools.state.hashes), sources: [source] };
      case 'strip':
        return {
          entry: {
            ...(await fileEntry(rule.target, await stripBinary(path, tools.state), tools.state.hashes)),
            mode: 0o755,
          },
          sources: [source],
        };
      case 'bundle': {
        await readFile(path);
        const bundle = await bundleProgram(tools.root, source, rule.interpreter, tools.state);
        if ('problems' in bundle) return bundle;
        const mode = rule.interpreter === undefined ? 0o644 : 0o755;
        return { entry: memoryFile(rule.target, bundle.bytes, mode), sources: bundle.sources };
      }
    }
  } catch (error) {
    const isGone = codeOf(error) === 'ENOENT';
    return {
      problems: [
        {
          ...place,
          message: isGone ? `${source} is not there` : `cannot read ${source}: ${messageOf(error)}`,
          ...(isGone ? absentPackage(source, image) : {}),
        },
      ],
    };
  }
}

/** npm leaves out packages that are for another platform than its own. */
function absentPackage(source: string, { platform }: Image): { remedy?: string } {
  const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
  if (name === undefined) return {};
  return {
    remedy: `npm install --no-save --force --os=linux --cpu=${nodeArchitecture(platform)} ${name}`,
  };
}
