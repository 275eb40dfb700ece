// Keeps the code that V8 makes of the bundle, for the launcher; run once, while the image is built.
//
// What is kept is what a start of PID 1 has used. The same bytes come out each time: V8 arranges its tables by hashes with
// a random seed, so the seeds are fixed for that life; it forgets code that has not run for some collections, and works
// in several threads, so that it is told not to. These flags are among those whose hash V8 compares before it takes
// the code: that hash is replaced by the one of an ordinary start.

'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');
const { Script } = require('node:vm');

const LAUNCHER = `${__dirname}/initkit`;
const CACHE = `${__dirname}/initkit.cjs.cache`;
const FLAGS = ['--hash-seed=1', '--random-seed=1', '--no-flush-bytecode', '--single-threaded'];
const REST_MS = 500;
/** In V8's header of such code (code-serializer.h): a magic number, the hashes of version and source, that of the flags. */
const FLAG_HASH_OFFSET = 12;

const CONFIG = `
[supervisord]
logfile=/dev/null
childlogdir=%(here)s
[unix_http_server]
file=%(here)s/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:sleep]
command=/bin/sleep 1000
startsecs=0
`;

if (process.argv[2] === 'live') live();
else compile();

/** Is PID 1 with the arguments that follow, and keeps its code when the start is over and all is at rest. */
function live() {
  const config = process.argv.at(-1);
  process.argv.splice(1, 2, LAUNCHER);
  const { script } = require(LAUNCHER);
  const end = () => {
    writeFileSync(CACHE, script.createCachedData());
    process.kill(process.pid, 'SIGTERM');
  };
  // The control socket is the last thing that a start makes.
  const look = () => {
    if (existsSync(`${dirname(config)}/supervisor.sock`)) setTimeout(end, REST_MS);
    else setTimeout(look, REST_MS);
  };
  look();
}

function compile() {
  const folder = mkdtempSync('/tmp/initkit-compile-');
  try {
    const config = `${folder}/supervisord.conf`;
    writeFileSync(config, CONFIG);
    run([...FLAGS, __filename, 'live', 'init', '--image', '/dev/null', '-c', config]);
    const code = readFileSync(CACHE);
    code.writeUInt32LE(new Script('').createCachedData().readUInt32LE(FLAG_HASH_OFFSET), FLAG_HASH_OFFSET);
    writeFileSync(CACHE, code);
    process.argv.splice(1, 1, LAUNCHER, '--version');
    const { script } = require(LAUNCHER);
    if (script.cachedDataRejected !== false) throw new Error('V8 does not take the code that it has made');
  } finally {
    for (const made of [folder, '/run/initkit']) rmSync(made, { recursive: true, force: true });
  }
}

function run(parameters) {
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the supervisor ended with ${status}: ${stdout}${stderr}`);
}
