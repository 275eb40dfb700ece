// A family of images on the real engine: built in order, skipped when unchanged, told about when one fails.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { docker, imageId, labelsOf, makeRepository } from '../support/build.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('build a family');

const repository = makeRepository({
  'images/web/Dockerfile': 'FROM @base\nCOPY page /srv/page\nRUN cat /srv/page > /srv/copy\n',
  'images/web/image.ini': '[image]\nname = @web\nversion = 3.1\ndescription = A page\n',
  'images/web/page': 'grüß gott\n',
  'images/web/README.md': '# web\n\nNot the description.\n',
  'images/web/.dockerignore': 'README.md\n',
  'images/debug/Dockerfile':
    'FROM @web AS web\nFROM @base\nCOPY --from=web /srv/page /srv/from-web\nCOPY --from=@lone /etc/lone /srv/lone\n',
  'images/debug/image.ini': '[image]\nname = @debug\n',
  'images/lone/Dockerfile': 'FROM @base\nRUN echo lone > /etc/lone\n',
  'images/lone/image.ini': '[image]\nname = @lone\n',
});
const name = (image: string): string => repository.name(image);
const commit = repository.commit();

test.after(() => repository.remove());

/** Image → outcome, as the closing table says. */
function outcomes(stdout: string): Record<string, string> {
  const table = stdout.slice(stdout.indexOf('IMAGE '));
  const rows = table.trim().split('\n').slice(1);
  const pairs = rows.map((row) => row.split(/\s{2,}/).slice(0, 2)) as [string, string][];
  return Object.fromEntries(
    pairs.map(([image, outcome]) => [image.replace(name(''), ''), outcome.replaceAll(name(''), '')]),
  );
}

test('builds every image, parents first, and names them for docker run', async () => {
  const { code, stdout, stderr } = await repository.run(['build', '--json', 'out/report.json']);
  assert.is(code, 0, stdout + stderr);
  assert.equal(outcomes(stdout), { base: 'built', lone: 'built', web: 'built', debug: 'built' });
  assert.is(docker('run', '--rm', name('web'), 'cat', '/srv/copy'), 'grüß gott\n');
  assert.is(docker('run', '--rm', name('debug'), 'cat', '/srv/from-web', '/srv/lone'), 'grüß gott\nlone\n');
  assert.is(imageId(name('web')), imageId(`${name('web')}:sha-${commit.slice(0, 12)}`));
});

test('the report says the same for programs', () => {
  const report = JSON.parse(readFileSync(join(repository.root, 'out/report.json'), 'utf8')) as {
    schema: string;
    commit: string;
    images: { name: string; outcome: string; id: string; inputs: string }[];
  };
  assert.is(report.schema, 'initkit.report/1');
  assert.is(report.commit, commit);
  for (const image of report.images) {
    assert.is(image.id, imageId(image.name));
    assert.is(image.inputs, labelsOf(image.name)['initkit.inputs']);
  }
});

test('labels tell title, version, commit and parent', () => {
  const labels = labelsOf(name('web'));
  assert.is(labels['org.opencontainers.image.title'], name('web'));
  assert.is(labels['org.opencontainers.image.version'], '3.1');
  assert.is(labels['org.opencontainers.image.description'], 'A page');
  assert.is(labels['org.opencontainers.image.revision'], commit);
  assert.is(labels['initkit.parent'], imageId(name('base')));
  assert.is(labels['org.opencontainers.image.base.name'], name('base'));
});

test('what is unchanged is not built again, whatever its times are', async () => {
  const before = imageId(name('web'));
  repository.write({ 'images/web/page': 'grüß gott\n', 'images/web/README.md': '# web\n\nNew words.\n' });
  const { code, stdout } = await repository.run(['build']);
  assert.is(code, 0);
  assert.equal(outcomes(stdout), {
    base: 'unchanged',
    lone: 'unchanged',
    web: 'unchanged',
    debug: 'unchanged',
  });
  assert.is(imageId(name('web')), before);
});

test('an image that was made FROM one of ours, and inherits its labels, is not taken for it', async () => {
  const theirs = name('theirs');
  const before = imageId(name('base'));
  execFileSync('docker', ['build', '--quiet', '--tag', theirs, '-'], {
    input: `FROM ${name('base')}\nENV THEIRS=1\n`,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const { code } = await repository.run(['build']);
  assert.is(code, 0);
  assert.is(imageId(name('base')), before);
  docker('rmi', theirs);
});

test('a change builds the image and its descendants, says why, and leaves no nameless image', async () => {
  const before = imageId(name('web'));
  repository.write({ 'images/web/page': 'servus\n' });
  const { code, stdout } = await repository.run(['build']);
  assert.is(code, 0, stdout);
  assert.equal(outcomes(stdout), { base: 'unchanged', lone: 'unchanged', web: 'built', debug: 'built' });
  assert.match(stdout, `building ${name('web')} (page changed)`);
  assert.match(stdout, `building ${name('debug')} (parent ${name('web')} changed)`);
  assert.is(docker('run', '--rm', name('debug'), 'cat', '/srv/from-web'), 'servus\n');
  assert.is(
    imageId(`${name('web')}:sha-${commit.slice(0, 12)}`),
    before,
    'the name of the commit stays with the commit',
  );
  assert.match(docker('images', name('web')), `sha-${commit.slice(0, 12)}-dirty`);
});

test('a name builds only that image and what it is built from', async () => {
  const { stdout } = await repository.run(['build', name('lone'), '--force']);
  assert.equal(outcomes(stdout), { base: 'unchanged', lone: 'built' });
});

test('a failing instruction is shown with file, line, exit code and last output; the others go on', async () => {
  repository.write({ 'images/web/Dockerfile': '# one\nFROM @base\n\nRUN echo before ä && \\\n    exit 7\n' });
  const { code, stdout, stderr } = await repository.run(['build']);
  assert.is(code, 1, stderr);
  assert.match(stdout, 'images/web/Dockerfile:4: RUN failed: the command ended with exit code 7');
  assert.match(stdout, '| before ä');
  assert.equal(outcomes(stdout), {
    base: 'unchanged',
    lone: 'unchanged',
    web: 'FAILED',
    debug: 'skipped (web failed)',
  });
  assert.not.match(stdout + stderr, /\n\s+at /);
  assert.is(docker('ps', '--all', '--quiet', '--filter', `ancestor=${name('base')}`), '');
});

test('mistakes are told all at once, before anything is built', async () => {
  repository.write({
    'images/web/Dockerfile': 'FROM @debug\nFRUN x\n',
    'images/lone/image.ini': '[image]\nname = @lone\nnonsense\n[software:Bad_Name]\nfoo = 1\n',
  });
  const { code, stdout, stderr } = await repository.run(['build']);
  assert.is(code, 2);
  assert.is(stdout, '');
  for (const place of [
    'images/web/Dockerfile:2:',
    'images/lone/image.ini:3:',
    'images/lone/image.ini:4:',
    'images/lone/image.ini:5:',
    'wait for each other',
  ]) {
    assert.match(stderr, place);
  }
  assert.not.match(stderr, /\n\s+at /);
});

test('the plan needs no engine', async () => {
  repository.write({
    'images/web/Dockerfile': 'FROM @base\n',
    'images/lone/image.ini': '[image]\nname = @lone\n',
  });
  const { code, stdout } = await repository.run(['plan'], { DOCKER_HOST: 'unix:///nowhere.sock' });
  assert.is(code, 0);
  const plan = JSON.parse(stdout) as { images: { name: string; parents: string[] }[] };
  assert.equal(
    plan.images.map((image) => image.name.replace(name(''), '')),
    ['base', 'lone', 'web', 'debug'],
  );
  assert.equal(plan.images[3]?.parents, [name('web'), name('base'), name('lone')]);
});

test('what COPY takes and the context has not stops a build, and is a finding of the plan', async () => {
  repository.write({
    'images/web/Dockerfile': 'FROM @base\nCOPY README.md /\nCOPY README.txt images/base /\n',
  });
  const { code, stdout, stderr } = await repository.run(['build', name('web')]);
  assert.is(code, 2);
  assert.is(stdout, '');
  assert.match(
    stderr,
    'images/web/Dockerfile:2: COPY README.md: not in the context (.dockerignore keeps it out)',
  );
  assert.match(stderr, 'images/web/Dockerfile:3: COPY README.txt: not in the context');
  assert.match(stderr, '[context] images/base = images/base');
  const planned = await repository.run(['plan', name('web')]);
  assert.is(planned.code, 0);
  const { findings } = JSON.parse(planned.stdout) as { findings: { rule: string; line: number }[] };
  const missing = findings.filter(({ rule }) => rule === 'missing-source');
  assert.equal(
    missing.map(({ line }) => line),
    [2, 3, 3],
  );
});

test('a frontend of docker’s that is not in reach is done without, and said', async () => {
  repository.write({
    'images/lone/Dockerfile':
      '# syntax=localhost:1/docker/dockerfile:1\nFROM @base\nRUN echo lone > /etc/lone\n',
  });
  const { code, stdout, stderr } = await repository.run(['build', name('lone')]);
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, 'localhost:1/docker/dockerfile:1 is not in reach');
});

test('Ctrl-C ends it with 130 and leaves neither containers nor names of this run', async () => {
  repository.write({ 'images/web/Dockerfile': 'FROM @base\nRUN echo begun && sleep 98765\n' });
  const run = repository.start(['build', name('web')]);
  let seen = '';
  run.process.stdout?.on('data', (chunk: string) => void (seen += chunk));
  await eventually('the slow step to be shown', () => seen.includes('sleep 98765'));
  run.process.kill('SIGINT');
  const { code, stderr } = await run.ended;
  assert.is(code, 130);
  assert.not.match(stderr, /\n\s+at /);
  await eventually('the build container to end', () => !docker('ps', '--no-trunc').includes('sleep 98765'));
  assert.not.match(docker('images', '--format', '{{.Repository}}:{{.Tag}}'), `${name('base')}:pin-`);
});

test('--watch builds again what has changed, and survives a broken Dockerfile', async () => {
  repository.write({ 'images/web/Dockerfile': 'FROM @base\nCOPY page /page\n', 'images/web/page': 'one\n' });
  const run = repository.start(['build', name('web'), '--watch']);
  let seen = '';
  for (const stream of [run.process.stdout, run.process.stderr])
    stream?.on('data', (chunk: string) => void (seen += chunk));
  const shows = (text: string) => (): boolean => seen.includes(text);
  await eventually('the first build', shows('watching for changes'));
  seen = '';
  repository.write({ 'images/web/Dockerfile': 'FRUM @base\n' });
  await eventually('the mistake to be told', shows('unknown instruction FRUM'));
  await eventually('the watch to go on', shows('watching for changes'));
  repository.write({ 'images/web/Dockerfile': 'FROM @base\nCOPY page /page\n', 'images/web/page': 'two\n' });
  await eventually('the new page', () => docker('run', '--rm', name('web'), 'cat', '/page') === 'two\n');
  run.process.kill('SIGINT');
  assert.is((await run.ended).code, 130);
});

test('an engine that is not there is one line and exit code 3', async () => {
  const { code, stderr } = await repository.run(['build'], { DOCKER_HOST: 'tcp://127.0.0.1:9' });
  assert.is(code, 3);
  assert.match(stderr, 'no engine answers at tcp://127.0.0.1:9');
  assert.is(stderr.trim().split('\n').length, 1);
});

test('an unknown name gets the one that was meant', async () => {
  const { code, stderr } = await repository.run(['build', name('wbe')]);
  assert.is(code, 2);
  assert.match(stderr, `did you mean ${name('web')}?`);
  assert.not.ok(existsSync(join(repository.root, 'images/wbe')));
});

test.run();
