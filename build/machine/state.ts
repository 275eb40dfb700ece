// The toolkit's memory between runs, under .initkit/ of the repository: hashes of files, inputs of images, made files.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { platformSuffix, type Platform } from '../model/platform.ts';
import type { External } from '../plan/facts.ts';
import type { InputParts } from '../plan/inputs.ts';

/** Remembers hashes by path, size, times and inode, so that a second run need not read 100 MB again. */
export interface HashMemory {
  get(key: string): string | undefined;
  set(key: string, sha256: string): void;
}

export interface State {
  readonly hashes: HashMemory;
  /** What the image was last built from, to say what has changed since. */
  lastParts(image: string): Promise<InputParts | undefined>;
  rememberParts(image: string, parts: InputParts): Promise<void>;
  /** What images from elsewhere were when they were last looked at: a plan without an engine goes by it. */
  externals(platform: Platform): Promise<Map<string, External>>;
  rememberExternals(platform: Platform, externals: ReadonlyMap<string, External>): Promise<void>;
  /** The tests that the image passed last, under a key that says which image and which tests. */
  passedTests(image: string): Promise<PassedTests | undefined>;
  rememberTests(image: string, passed: PassedTests): Promise<void>;
  /** A folder for files that can be made again. */
  cachePath(...names: string[]): string;
  save(): Promise<void>;
}

export interface PassedTests {
  readonly key: string;
  readonly results: readonly unknown[];
}

/** A memory that is missing or damaged is an empty one: it only saves time. */
export async function openState(root: string): Promise<State> {
  const folder = join(root, '.initkit');
  const hashesPath = join(folder, 'hashes.json');
  const known = new Map(Object.entries((await readJson<Record<string, string>>(hashesPath)) ?? {}));
  const used = new Map<string, string>();
  let isNew = false;
  const externalsPath = (platform: Platform): string =>
    join(folder, 'externals', `${platformSuffix(platform)}.json`);
  const partsPath = (image: string): string => join(folder, 'inputs', `${image}.json`);
  return {
    hashes: {
      get(key) {
        const found = known.get(key);
        if (found !== undefined) used.set(key, found);
        return found;
      },
      set(key, sha256) {
        isNew = true;
        known.set(key, sha256);
        used.set(key, sha256);
      },
    },
    lastParts: (image) => readJson<InputParts>(partsPath(image)),
    rememberParts: (image, parts) => writeAtomically(partsPath(image), JSON.stringify(parts)),
    externals: async (platform) =>
      new Map(Object.entries((await readJson<Record<string, External>>(externalsPath(platform))) ?? {})),
    rememberExternals: (platform, externals) =>
      writeAtomically(externalsPath(platform), JSON.stringify(Object.fromEntries(externals))),
    passedTests: (image) => readJson<PassedTests>(join(folder, 'tests', `${image}.json`)),
    rememberTests: (image, passed) =>
      writeAtomically(join(folder, 'tests', `${image}.json`), JSON.stringify(passed)),
    cachePath: (...names) => join(folder, 'cache', ...names),
    async save() {
      if (isNew) await writeAtomically(hashesPath, JSON.stringify(Object.fromEntries(used)));
    },
  };
}

/** Never half a file: written beside its place and renamed. */
export async function writeAtomically(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.part`;
  try {
    await writeFile(draft, content);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function readJson<Value>(path: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Value;
  } catch {
    return undefined;
  }
}
