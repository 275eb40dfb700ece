// [include]: the further files that are read into the same document, and what %(here)s means in each of them.

import type { Problem } from '../model.ts';
import { expand } from './expand.ts';
import { readInto, SUPERVISORD, type IniDocument } from './ini.ts';
import { absolute, directoryOf, glob, join } from './paths.ts';
import { splitBlanks } from './python.ts';
import { readerOf, type Context } from './reader.ts';

/** Reads what [include] names, and replaces %(here)s in every value by the directory of the file it came from. */
export function readIncludes(context: Context, mainFile: string): string[] {
  const { document, source, problems } = context;
  const include = document.sections.get('include');
  if (include === undefined) return [];
  replaceHere(document, context.here);
  const names = new Map([
    ...context.environment,
    ['here', context.here],
    ['host_node_name', source.hostName],
  ]);
  const reader = readerOf(context, include, names);
  const raw = reader.raw('files');
  if (raw === null) {
    reader.fail(null, '.ini file has [include] section, but no files setting', 'add files=');
    return [];
  }
  const patterns = reader.attempt('files', () => splitBlanks(expand(raw, names, 'include.files'))) ?? [];
  const base = directoryOf(absolute(mainFile, source.cwd));
  return patterns.flatMap((name) => {
    const pattern = join(base, name);
    const files = glob(pattern, source);
    if (files.length === 0) reader.warn('files', `No file matches via include "${pattern}"`);
    return files.filter((file) => readIncluded(context, file, problems));
  });
}

function readIncluded(context: Context, file: string, problems: Problem[]): boolean {
  let text: string;
  try {
    text = context.source.readFile(file);
  } catch {
    // Python's reader skips what it cannot open, and says nothing.
    problems.push({
      severity: 'warning',
      message: `cannot read ${file}, which is included; it is left out`,
      remedy: 'check its permissions',
      origin: { file, line: 1 },
    });
    return false;
  }
  const faults = readInto(context.document, text, file, SUPERVISORD);
  // A file that two patterns match is read twice.
  if (!problems.some(({ origin }) => origin?.file === file)) problems.push(...faults);
  replaceHere(context.document, absolute(directoryOf(file), context.source.cwd));
  return true;
}

function replaceHere(document: IniDocument, here: string): void {
  for (const section of document.sections.values()) {
    for (const [key, entry] of new Map([...document.defaults.entries, ...section.entries])) {
      if (!entry.value.includes('%(here)s')) continue;
      section.entries.set(key, { ...entry, value: entry.value.replaceAll('%(here)s', here) });
    }
  }
}
