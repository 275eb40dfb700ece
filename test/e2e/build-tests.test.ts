// images/<name>/test: run after the build, before any name moves; told in table and report; not run twice.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { docker, imageId, makeRepository, temporaryContainers } from '../support/build.ts';

const test = suite('image tests');

const repository = makeRepository({
  'images/web/Dockerfile':
    'FROM base\nCOPY page server.cjs /srv/\nCOPY web.conf /etc/supervisor/conf.d/\nEXPOSE 8080\nLABEL kind=page\n',
  'images/web/server.cjs':
    "require('http').createServer((_, response) => response.end(`hi ${process.env.WHO}`)).listen(8080);\n",
  'images/web/web.conf': '[program:web]\ncommand=/opt/initkit/bin/node /srv/server.cjs\n',
  'images/web/image.ini': '[image]\nname = @web\n',
  'images/web/page': 'hello\n',
  'images/web/.dockerignore': 'test\n',
  'images/web/test/page.ini': `[image]
ports = 8080
labels = kind=page

[file:/srv/page]
mode = 0644
owner = 0:0
content = ^hello$

[file:/srv/other]
exists = no

[run:the page is printed]
command = cat /srv/page
stdout = ^hello$

[run:no shell needed]
command = ["/opt/initkit/bin/node", "-e", "process.exit(3)"]
exit = 3
`,
  'images/child/Dockerfile': 'FROM @web\n',
  'images/child/image.ini': '[image]\nname = @child\n',
});
const web = repository.name('web');
const commit = repository.commit();
test.after(() => repository.remove());

interface Report {
  images: { name: string; outcome: string; tests: { name: string; passed: boolean; failures: string[] }[] }[];
}
const report = (): Report => JSON.parse(readFileSync(join(repository.root, 'report.json'), 'utf8')) as Report;
const build = (...more: string[]) => repository.run(['build', ...more, '--json', 'report.json']);

test('what passes is in the table and in the report', async () => {
  const { code, stdout, stderr } = await build();
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, /built .*5 passed/);
  const results = report().images.find(({ name }) => name === web)?.tests ?? [];
  assert.is(results.length, 5);
  assert.ok(results.every(({ passed }) => passed));
});

test('an unchanged image is not tested again; changed tests are run without a build', async () => {
  const { stdout } = await build();
  assert.not.match(stdout, 'unchanged, ');
  const before = imageId(web);
  repository.write({ 'images/web/test/more.ini': '[run:true]\ncommand = true\n' });
  const { stdout: again } = await build();
  assert.match(again, 'unchanged, 6 passed');
  assert.is(imageId(web), before);
});

test('a failure is told with file, line and output; no name moves; descendants are left', async () => {
  const before = imageId(`${web}:latest`);
  repository.write({ 'images/web/page': 'changed\n' });
  const { code, stdout, stderr } = await build();
  assert.is(code, 1, stdout + stderr);
  assert.match(stdout, 'images/web/test/page.ini:5: file /srv/page: content does not match ^hello$');
  assert.match(stdout, '| changed');
  assert.match(stdout, /FAILED .*2 of 6 FAILED/);
  assert.match(stdout, `skipped (${web} failed)`);
  assert.is(imageId(`${web}:latest`), before);
  assert.is(imageId(`${web}:sha-${commit.slice(0, 12)}`), before);
  assert.is(docker('run', '--rm', '--entrypoint', 'cat', `${web}:test-failed`, '/srv/page'), 'changed\n');
  assert.is(
    report()
      .images.find(({ name }) => name === web)
      ?.tests.filter(({ passed }) => !passed).length,
    2,
  );
});

test('--no-test builds all the same, and says that nothing was tested', async () => {
  const { code, stdout } = await build('--no-test');
  assert.is(code, 0);
  assert.match(stdout, 'not run');
  repository.write({ 'images/web/page': 'hello\n' });
});

test('a program reaches RUNNING, a port answers, an environment arrives, the end is waited for', async () => {
  repository.write({
    'images/web/test/more.ini': `[container]
environment = WHO=you
within = 20s

[program:web]
state = RUNNING

[port:8080]
http = /
body = ^hi you$

[exec:inside]
command = cat /srv/page
stdout = hello
`,
    'images/web/test/end.ini': `[container]
command = false
exit = 1
`,
  });
  const { code, stdout, stderr } = await build(web);
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, '9 passed');
});

test('a port where nothing answers, and a program that there is not', async () => {
  repository.write({
    'images/web/test/more.ini': '[container]\nwithin = 1s\n[port:8081]\n[program:wep]\n',
  });
  const { pid, code, stdout } = await build(web);
  assert.is(code, 1);
  assert.match(stdout, 'port 8081: nothing answers');
  assert.match(stdout, 'there is no program wep');
  assert.equal(temporaryContainers(pid), []);
});

test('mistakes in a test file are told with all others, before anything is built', async () => {
  repository.write({ 'images/web/test/more.ini': '[prot:80]\n', 'images/child/Dockerfile': 'FRUM x\n' });
  const { code, stderr } = await build();
  assert.is(code, 2);
  assert.match(stderr, 'images/web/test/more.ini:1: unknown section [prot] (did you mean port?)');
  assert.match(stderr, 'images/child/Dockerfile:1:');
});

test.run();
