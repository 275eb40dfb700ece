// Bundles a TypeScript program into one CommonJS file, and strips the symbols of a binary.

import { access, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { messageOf, type Problem } from './errors.ts';
import type { State } from './state.ts';
import { hashFile } from './walk.ts';

/** The bundle's bytes, or what is wrong with the program, with file and line. */
export async function bundleProgram(
  root: string,
  entry: string,
  interpreter: string | undefined,
): Promise<{ bytes: Buffer } | { problems: Problem[] }> {
  try {
    const result = await build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'cjs',
      target: 'node26',
      // Names stay readable in stack traces; the rest is start-up time.
      minifyWhitespace: true,
      minifySyntax: true,
      keepNames: true,
      legalComments: 'none',
      charset: 'utf8',
      logLevel: 'silent',
    });
    const code = Buffer.from(result.outputFiles[0]?.contents ?? []);
    if (interpreter === undefined) return { bytes: code };
    const body = code.toString('utf8').replace(/^#!.*\n/, '');
    return { bytes: Buffer.from(`#!${interpreter}\n${body}`) };
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
    await execa('strip', ['--output-file', draft, path], { stdin: 'ignore' });
    await rename(draft, stripped);
    return stripped;
  } catch {
    return path;
  } finally {
    await rm(draft, { force: true });
  }
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
