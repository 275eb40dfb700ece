// Software slots: given as a package, a tarball, a folder, a program, a URL; absent; wrong.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { docker, labelsOf, makeDeb, makeRepository, temporaryContainers } from '../support/build.ts';

const test = suite('software slots');

const INI = '[image]\nname = @agent\n[software:mesos]\nversion = 0.24.1\ncommands = mesos-slave\n';
const repository = makeRepository({
  'images/agent/Dockerfile':
    'FROM @base\nRUN --mount=type=bind,source=software,target=/mnt sh /mnt/install\n',
  'images/agent/image.ini': INI,
});
repository.commit();
const agent = repository.name('agent');
const outside = join(repository.root, 'gifts');
mkdirSync(outside);
const deb = makeDeb(outside, {
  name: 'mesos',
  version: '0.24.1-7',
  program: 'mesos-slave',
  script: 'echo from a package',
});

test.after(() => repository.remove());

const label = (): string | undefined => labelsOf(agent)['initkit.software.mesos'];
const answer = (): string => docker('run', '--rm', agent, 'mesos-slave');

function script(text: string): string {
  const path = join(outside, 'mesos-slave');
  writeFileSync(path, `#!/bin/sh\necho ${text}\n`, { mode: 0o755 });
  return path;
}

test('without the software the image is built and says so', async () => {
  const { code, stdout, stderr } = await repository.run(['build']);
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, 'mesos absent');
  assert.is(label(), 'absent');
  assert.not.match(docker('run', '--rm', agent, 'ls', '/mnt'), 'install');
});

test('a Debian package, by the command line', async () => {
  const { code, stdout, stderr } = await repository.run(['build', '--software', `mesos=${deb}`]);
  assert.is(code, 0, stdout + stderr);
  assert.is(answer(), 'from a package\n');
  assert.is(label(), '0.24.1-7');
  assert.match(stdout, 'software mesos changed');
  assert.match(stdout, 'mesos 0.24.1-7');
});

test('the same package again changes nothing', async () => {
  const { stdout } = await repository.run(['build'], { SOFTWARE_MESOS: deb });
  assert.not.match(stdout, 'building');
});

test('a tarball, by the environment; its owners do not matter', async () => {
  const tree = join(outside, 'tree/usr/bin');
  mkdirSync(tree, { recursive: true });
  execFileSync('cp', [script('from a tarball'), tree]);
  const tarball = join(outside, 'mesos.tar.gz');
  execFileSync('tar', ['--owner=1234', '-czf', tarball, '-C', join(outside, 'tree'), '.']);
  const { code, stdout, stderr } = await repository.run(['build'], { SOFTWARE_MESOS: tarball });
  assert.is(code, 0, stdout + stderr);
  assert.is(answer(), 'from a tarball\n');
  assert.match(label() ?? '', /^sha256:[0-9a-f]{12}$/);
  assert.is(docker('run', '--rm', agent, 'stat', '-c', '%u', '/usr/bin/mesos-slave'), '0\n');
});

test('a folder that is laid onto /', async () => {
  execFileSync('cp', [script('from a folder'), join(outside, 'tree/usr/bin')]);
  const { code, stdout, stderr } = await repository.run(['build', '--software', 'mesos=gifts/tree']);
  assert.is(code, 0, stdout + stderr);
  assert.is(answer(), 'from a folder\n');
});

test('a single program', async () => {
  const { code } = await repository.run(['build', '--software', `mesos=${script('from a program')}`]);
  assert.is(code, 0);
  assert.is(answer(), 'from a program\n');
});

test('a path out of an image', async () => {
  const { pid, code, stdout, stderr } = await repository.run([
    'build',
    '--software',
    `mesos=image:${agent}#/usr/local/bin/mesos-slave`,
  ]);
  assert.is(code, 0, stdout + stderr);
  assert.is(answer(), 'from a program\n');
  assert.equal(temporaryContainers(pid), []);
});

test('a file in software/', async () => {
  mkdirSync(join(repository.root, 'software'), { recursive: true });
  execFileSync('cp', [deb, join(repository.root, 'software')]);
  const { code } = await repository.run(['build']);
  assert.is(code, 0);
  assert.is(answer(), 'from a package\n');
  rmSync(join(repository.root, 'software'), { recursive: true });
});

test('a URL with a checksum; its password is used and never shown; it is fetched once', async () => {
  const bytes = readFileSync(deb);
  let requests = 0;
  const server: Server = createServer((request, response) => {
    requests++;
    const isAllowed =
      request.headers.authorization === `Basic ${Buffer.from('me:hunter2').toString('base64')}`;
    response.writeHead(isAllowed ? 200 : 401).end(isAllowed ? bytes : '');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const url = `http://me:hunter2@127.0.0.1:${port}/mesos.deb?token=hunter3`;
    repository.write({
      'images/agent/image.ini': `${INI}sha256 = ${createHash('sha256').update(bytes).digest('hex')}\n`,
    });
    const first = await repository.run(['build', '--software', `mesos=${url}`]);
    assert.is(first.code, 0, first.stdout + first.stderr);
    assert.is(answer(), 'from a package\n');
    const second = await repository.run(['build', '--software', `mesos=${url}`]);
    assert.is(second.code, 0);
    assert.is(requests, 1);
    const wrong = await repository.run([
      'build',
      '--software',
      `mesos=http://me:hunter4@127.0.0.1:${port}/other.deb?token=hunter3`,
    ]);
    assert.is(wrong.code, 2);
    assert.match(wrong.stderr, '401');
    for (const run of [first, second, wrong]) assert.not.match(run.stdout + run.stderr, 'hunter');
    assert.not.match(docker('history', '--no-trunc', agent) + JSON.stringify(labelsOf(agent)), 'hunter');
  } finally {
    await new Promise((resolve) => void server.close(resolve));
  }
});

test('a checksum that differs is refused', async () => {
  repository.write({ 'images/agent/image.ini': `${INI}sha256 = ${'0'.repeat(64)}\n` });
  const { code, stderr } = await repository.run(['build', '--software', `mesos=${deb}`]);
  assert.is(code, 2);
  assert.match(stderr, 'image.ini expects 000');
  repository.write({ 'images/agent/image.ini': INI });
});

test('software without the program that the slot promises does not become an image', async () => {
  const other = makeDeb(outside, { name: 'other', version: '1', program: 'something-else', script: 'true' });
  const { code, stdout } = await repository.run(['build', '--software', `mesos=${other}`]);
  assert.is(code, 1);
  assert.match(stdout, 'has no program "mesos-slave"');
});

test('every wrong gift is told', async () => {
  const { code, stderr } = await repository.run(
    ['build', '--software', 'messo=x', '--software', 'nonsense'],
    { SOFTWARE_MESSOS: 'y' },
  );
  assert.is(code, 2);
  for (const text of [
    'did you mean mesos?',
    '--software nonsense: cannot be read',
    'did you mean SOFTWARE_MESOS?',
  ])
    assert.match(stderr, text);
});

test('a gift that is not there is told with the road it came by', async () => {
  const { code, stderr } = await repository.run(['build'], { SOFTWARE_MESOS: '/no/such.deb' });
  assert.is(code, 2);
  assert.match(stderr, 'SOFTWARE_MESOS=/no/such.deb: is not there');
});

test.run();
