// Reads the build secrets that were named: from files and from variables, all failures at once.

import { readFile } from 'node:fs/promises';
import { codeOf, messageOf, ToolError, type Problem } from '../model/errors.ts';
import { MAX_SECRET_BYTES, type SecretSource } from '../read/secrets.ts';

export async function readSecrets(
  sources: readonly SecretSource[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Map<string, Uint8Array>> {
  const secrets = new Map<string, Uint8Array>();
  const problems: Problem[] = [];
  for (const { id, from } of sources) {
    const found = from.kind === 'variable' ? fromVariable(from.name, environment) : await fromFile(from.path);
    if (typeof found === 'string') problems.push({ message: `--secret id=${id}: ${found}` });
    else if (found.length > MAX_SECRET_BYTES)
      problems.push({ message: `--secret id=${id}: larger than ${MAX_SECRET_BYTES / 1024} KiB` });
    else secrets.set(id, found);
  }
  if (problems.length > 0) throw new ToolError('usage', problems);
  return secrets;
}

function fromVariable(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Buffer | string {
  const value = environment[name];
  return value === undefined || value === '' ? `the variable ${name} is not set` : Buffer.from(value);
}

async function fromFile(path: string): Promise<Buffer | string> {
  try {
    return await readFile(path);
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? `${path} is not there` : `cannot read ${path}: ${messageOf(error)}`;
  }
}
