// The toolkit's memory between runs, under .initkit/ of the repository: hashes of files, inputs of images, made files.

import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { platformSuffix, type Platform } from '../model/platform.ts';
import type { External } from '../plan/facts.ts';
import { FILES_PART, type InputParts, type Inputs } from '../plan/inputs.ts';
import type { Span } from '../plan/spent-cache.ts';
import { hashTable, type HashMemory } from './hash-table.ts';

export interface State {
  readonly hashes: HashMemory;
  /** What the image was last built from, to say what has changed since. */
  lastInputs(image: string): Promise<Inputs | undefined>;
  rememberInputs(image: string, inputs: Inputs): Promise<void>;
  /** What images from elsewhere were when they were last looked at: a plan without an engine goes by it. */
  externals(platform: Platform): Promise<Map<string, External>>;
  rememberExternals(platform: Platform, externals: ReadonlyMap<string, External>): Promise<void>;
  /** The tests that the image passed last, under a key that says which image and which tests. */
  passedTests(image: string): Promise<PassedTests | undefined>;
  rememberTests(image: string, passed: PassedTests): Promise<void>;
  /** When builds ran here, and how many bytes of layers they have added since the cache was last looked at. */
  builds(): Promise<Builds>;
  rememberBuilds(builds: Builds): Promise<void>;
  /** A folder for files that can be made again. */
  cachePath(...names: string[]): string;
  save(): Promise<void>;
}

export interface Builds {
  readonly spans: readonly Span[];
  readonly grownBytes: number;
}

export interface PassedTests {
  readonly key: string;
  readonly results: readonly unknown[];
}

/** A memory that is missing or damaged is an empty one: it only saves time. */
export async function openState(root: string): Promise<State> {
  const folder = join(root, '.initkit');
  const hashesPath = join(folder, 'hashes');
  const hashes = hashTable(await readFile(hashesPath).catch(() => undefined));
  const externalsPath = (platform: Platform): string =>
    join(folder, 'externals', `${platformSuffix(platform)}.json`);
  const inputsPath = (image: string, suffix: 'json' | 'files'): string =>
    join(folder, 'inputs', `${image}.${suffix}`);
  return {
    hashes,
    async lastInputs(image) {
      const parts = await readJson<InputParts>(inputsPath(image, 'json'));
      if (parts?.[FILES_PART] === undefined) return undefined;
      return { parts, files: linesOfFile(inputsPath(image, 'files')) };
    },
    async rememberInputs(image, { parts, files }) {
      await writeAtomically(inputsPath(image, 'files'), textChunks(files));
      await writeAtomically(inputsPath(image, 'json'), JSON.stringify(parts));
    },
    externals: async (platform) =>
      new Map(Object.entries((await readJson<Record<string, External>>(externalsPath(platform))) ?? {})),
    rememberExternals: (platform, externals) =>
      writeAtomically(externalsPath(platform), JSON.stringify(Object.fromEntries(externals))),
    passedTests: (image) => readJson<PassedTests>(join(folder, 'tests', `${image}.json`)),
    rememberTests: (image, passed) =>
      writeAtomically(join(folder, 'tests', `${image}.json`), JSON.stringify(passed)),
    builds: async () => (await readJson<Builds>(join(folder, 'builds.json'))) ?? { spans: [], grownBytes: 0 },
    rememberBuilds: (builds) => writeAtomically(join(folder, 'builds.json'), JSON.stringify(builds)),
    cachePath: (...names) => join(folder, 'cache', ...names),
    async save() {
      if (hashes.isNew()) await writeAtomically(hashesPath, hashes.toBytes());
    },
  };
}

/** Never half a file: written beside its place and renamed. */
export async function writeAtomically(
  path: string,
  content: string | Buffer | Iterable<string>,
): Promise<void> {
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

/** Read only when somebody looks: where all files are the same, nobody does. */
function* linesOfFile(path: string): Generator<string> {
  const bytes = readFileSync(path);
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    yield bytes.toString('utf8', start, end);
    start = end + 1;
  }
}

/** Lines as few large pieces. */
function* textChunks(lines: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < 1 << 16) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

async function readJson<Value>(path: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Value;
  } catch {
    return undefined;
  }
}
