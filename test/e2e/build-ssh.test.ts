// RUN --mount=type=ssh with real agents, reached through the toolkit's own session.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { docker, makeRepository } from '../support/build.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('ssh');

/** Asks the agent for its keys as ssh-add -l does: the base has perl, and no ssh. The answer holds the keys' comments. */
const ASK = [
  'use Socket;',
  'socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un($ENV{SSH_AUTH_SOCK})) or die "no agent";',
  'syswrite(S, pack("NC", 1, 11)); sysread(S, $n, 4); $n = unpack("N", $n);',
  'while (length($a) < $n) { sysread(S, $b, 65536) or last; $a .= $b } print $a',
].join(' ');

const repository = makeRepository({
  // No run of this test is answered by the layers of another.
  'images/web/ask.pl': `${ASK} # @one`,
  'images/web/Dockerfile':
    'FROM @base\nCOPY ask.pl /\nRUN --mount=type=ssh,required perl /ask.pl > /default\nRUN --mount=type=ssh,id=git perl /ask.pl > /git || echo none > /git\n',
  'images/web/image.ini': '[image]\nname = @web\n',
});
const web = repository.name('web');
const folder = mkdtempSync(join(tmpdir(), 'initkit-test-ssh-'));
const socket = join(folder, 'agent');
let agent: ChildProcess;

const makeKey = (name: string, passphrase = ''): string => {
  const path = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', `comment-${name}`, '-f', path]);
  return path;
};

test.before(async () => {
  agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  await eventually('an agent', () => existsSync(socket));
  execFileSync('ssh-add', ['-q', makeKey('one')], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
});
test.after(() => {
  agent.kill();
  rmSync(folder, { recursive: true, force: true });
  repository.remove();
});

const inImage = (path: string): string => docker('run', '--rm', web, 'cat', path);

test('a required agent that is not given is a mistake with its line', async () => {
  const { code, stderr } = await repository.run(['build', web]);
  assert.is(code, 2);
  assert.match(stderr, 'images/web/Dockerfile:3: needs the ssh agent default');
});

test('the agent that SSH_AUTH_SOCK names answers a RUN line, and only the id that was given', async () => {
  const { code, stdout, stderr } = await repository.run(['build', web, '--ssh', 'default'], {
    SSH_AUTH_SOCK: socket,
  });
  assert.is(code, 0, stdout + stderr);
  assert.match(inImage('/default'), 'comment-one');
  assert.is(inImage('/git'), 'none\n');
});

test('keys given as files are in an agent of their own, which ends with the run', async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('initkit-ssh-'));
  repository.write({ 'images/web/ask.pl': `${ASK} # @two` });
  const keys = `${makeKey('two')},${makeKey('three')}`;
  const parameters = ['build', web, '--ssh', `default=${socket}`, '--ssh', `git=${keys}`];
  const { code, stdout, stderr } = await repository.run(parameters);
  assert.is(code, 0, stdout + stderr);
  assert.match(inImage('/default'), 'comment-one');
  assert.match(inImage('/git'), 'comment-two');
  assert.match(inImage('/git'), 'comment-three');
  const after = readdirSync(tmpdir()).filter((name) => name.startsWith('initkit-ssh-'));
  assert.equal(after, before);
});

test('what cannot be an agent is told before anything is built', async () => {
  const cases: [option: string, problem: RegExp][] = [
    ['default=/none/there', /--ssh default: \/none\/there is not there/],
    [`default=${makeKey('locked', 'secret')}`, /cannot use the key .*locked/],
    ['default', /SSH_AUTH_SOCK is not set/],
  ];
  for (const [option, problem] of cases) {
    const { code, stderr } = await repository.run(['build', web, '--ssh', option], { SSH_AUTH_SOCK: '' });
    assert.is(code, 2, option);
    assert.match(stderr, problem);
  }
});

test('the classic builder says that it has none', async () => {
  const parameters = ['build', web, '--force', '--ssh', `default=${socket}`, '--builder', 'classic'];
  const { code, stdout, stderr } = await repository.run(parameters);
  assert.is(code, 2, stdout);
  assert.match(stdout + stderr, 'knows neither secrets nor ssh');
});

test.run();
