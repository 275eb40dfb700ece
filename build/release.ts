// Makes dist/ for the npm package: below node_modules node strips no types, so what is installed there is JavaScript.

import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
/** Of the node that package.json pins. */
const MAJOR = 26;
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
  // Beside main.js: what a chunk looks for by its own place is there.
  chunkNames: '[name]-[hash]',
  logLevel: 'warning',
});
await copyFile(join(ROOT, 'build/gather/install-software.sh'), join(TARGET, 'install-software.sh'));
await copyFile(join(ROOT, 'build/node.cjs'), join(TARGET, 'node.cjs'));
const launcher = `#!/usr/bin/env node
'use strict';
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const main = join(__dirname, 'main.js');
// A node that is new enough does it itself; another starts the one that comes with the package.
if (Number(process.versions.node.split('.')[0]) >= ${MAJOR}) {
  process.argv[1] = main;
  import(pathToFileURL(main));
} else require('./node.cjs').run(['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)]);
`;
await writeFile(join(TARGET, 'initkit.cjs'), launcher);
await chmod(join(TARGET, 'initkit.cjs'), 0o755);
