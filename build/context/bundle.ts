// Bundles a TypeScript program into one CommonJS file, and strips the symbols of a binary.

import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { runProgram } from '../machine/programs.ts';
import { writeAtomically, type State } from '../machine/state.ts';
import { sha256Of } from '../model/context.ts';
import { messageOf, type Problem } from '../model/errors.ts';
import { hashFile } from './walk.ts';

/** Raised when the options below change. */
const RECIPE = '2';

/** The bundle's bytes, or what is wrong with the program, with file and line. */
export async function bundleProgram(
  root: string,
  entry: string,
  interpreter: string | undefined,
  state: State,
): Promise<{ bytes: Buffer; sources: readonly string[] } | { problems: Problem[] }> {
  const key = sha256Of(JSON.stringify([root, entry, interpreter, RECIPE]));
  const kept = await keptBundle(key, root, state);
  if (kept !== undefined) return kept;
  try {
    const { build } = await import('esbuild');
    const result = await build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'cjs',
      target: 'node26',
      // Names stay readable in stack traces; the rest is start-up time.
      minifyWhitespace: true,
      minifySyntax: true,
      // An import() of a module of node's own makes a namespace of all its exports; of node:http that loads all of fetch.
      supported: { 'dynamic-import': false },
      legalComments: 'none',
      // One byte per character in memory, too, where two would be needed for a single arrow in a message.
      charset: 'ascii',
      logLevel: 'silent',
    });
    const code = Buffer.from(result.outputFiles[0]?.contents ?? []);
    const body = interpreter === undefined ? code : code.toString('utf8').replace(/^#!.*\n/, '');
    const bytes = interpreter === undefined ? code : Buffer.from(`#!${interpreter}\n${body.toString()}`);
    const sources = Object.keys(result.metafile.inputs);
    await keepBundle(key, root, sources, bytes, state);
    return { bytes, sources };
  } catch (error) {
    return { problems: esbuildProblems(error, entry) };
  }
}

/** The path of a stripped copy, made once per content; where there is no `strip`, the file itself. */
export async function stripBinary(path: string, state: State): Promise<string> {
  const stripped = state.cachePath('stripped', await hashFile(path, state.hashes));
  try {
    await access(stripped);
    return stripped;
  } catch {
    // Not made yet.
  }
  await mkdir(dirname(stripped), { recursive: true });
  const draft = `${stripped}.${process.pid}.part`;
  try {
    await runProgram('strip', ['--output-file', draft, path]);
    await rename(draft, stripped);
    return stripped;
  } catch {
    return path;
  } finally {
    await rm(draft, { force: true });
  }
}

interface Keep {
  /** Every file that went in, with its hash. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** The bundle made before, if each file that went into it is still the same. */
async function keptBundle(
  key: string,
  root: string,
  state: State,
): Promise<{ bytes: Buffer; sources: readonly string[] } | undefined> {
  try {
    const { inputs } = JSON.parse(await readFile(state.cachePath('bundles', `${key}.json`), 'utf8')) as Keep;
    for (const [path, sha256] of Object.entries(inputs)) {
      if ((await hashFile(join(root, path), state.hashes)) !== sha256) return undefined;
    }
    return { bytes: await readFile(state.cachePath('bundles', key)), sources: Object.keys(inputs) };
  } catch {
    return undefined;
  }
}

async function keepBundle(
  key: string,
  root: string,
  paths: readonly string[],
  bytes: Buffer,
  state: State,
): Promise<void> {
  const inputs: Record<string, string> = {};
  for (const path of paths) inputs[path] = await hashFile(join(root, path), state.hashes);
  await writeAtomically(state.cachePath('bundles', key), bytes);
  await writeAtomically(state.cachePath('bundles', `${key}.json`), JSON.stringify({ inputs } satisfies Keep));
}

function esbuildProblems(error: unknown, entry: string): Problem[] {
  const errors =
    typeof error === 'object' && error !== null && 'errors' in error && Array.isArray(error.errors)
      ? error.errors
      : [];
  if (errors.length === 0) return [{ file: entry, message: `cannot be bundled: ${messageOf(error)}` }];
  return errors.map((item: { text?: string; location?: { file?: string; line?: number } | null }) => ({
    file: relative('.', item.location?.file ?? entry),
    line: item.location?.line,
    message: `cannot be bundled: ${item.text ?? 'unknown error'}`,
  }));
}
