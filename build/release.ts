// Makes dist/ for the npm package: below node_modules node strips no types, so what is installed there is JavaScript.

import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const TARGET = join(ROOT, 'dist');

await rm(TARGET, { recursive: true, force: true });
await mkdir(TARGET, { recursive: true });
await build({
  absWorkingDir: ROOT,
  entryPoints: ['build/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node26',
  packages: 'external',
  chunkNames: 'chunks/[name]-[hash]',
  logLevel: 'warning',
});
await copyFile(join(ROOT, 'build/install-software.sh'), join(TARGET, 'install-software.sh'));
await writeFile(join(TARGET, 'initkit.cjs'), await readFile(join(ROOT, 'build/launcher.cjs')));
await chmod(join(TARGET, 'initkit.cjs'), 0o755);
