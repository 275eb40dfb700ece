// Repeatable images, reports, watching with a container, declared modes, what CI is shown.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { docker, imageId, makeRepository, temporaryContainers } from '../support/build.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('build: repeatable, reported, watched');

const repository = makeRepository({
  'images/web/Dockerfile':
    'FROM @base\nCOPY skel/ /\nRUN useradd --system web && apt-get clean && echo built > /srv/built && rm -f /etc/*-\n',
  'images/web/image.ini':
    '[image]\nname = @web\n[modes]\nskel/srv/secret = 0600\nskel/srv/tool = 4755\nskel/srv/drop = 1777\n',
  'images/web/skel/srv/page': 'hello\n',
  'images/web/skel/srv/secret': 'x\n',
  'images/web/skel/srv/tool': '#!/bin/sh\n',
  'images/web/skel/srv/drop/keep': '',
});
const name = repository.name('web');
repository.commit();
test.after(() => repository.remove());

const read = (path: string): string => readFileSync(join(repository.root, path), 'utf8');

test('--reproducible: the same image from the same commit, with nothing of the engine kept', async () => {
  // The date of the password is what useradd leaves of today; the day is given, so that it is the same for ever.
  repository.write({
    'images/web/Dockerfile':
      'FROM @base\nCOPY skel/ /\nRUN SOURCE_DATE_EPOCH=1000000000 useradd --system web && echo built > /srv/built && rm -f /etc/*-\n',
  });
  repository.commit();
  const ids: string[] = [];
  for (const round of ['one', 'two']) {
    const { code, stdout, stderr } = await repository.run(['build', name, '--reproducible', '--force']);
    assert.is(code, 0, round + stdout + stderr);
    ids.push(imageId(name));
  }
  assert.is(ids[0], ids[1]);
  const modes = docker(
    'run',
    '--rm',
    name,
    'sh',
    '-c',
    'cd /srv && stat -c "%a %n" page secret tool drop built',
  );
  assert.is(modes, '644 page\n600 secret\n4755 tool\n1777 drop\n644 built\n');
});

test('--verify-reproducible names what differs', async () => {
  repository.write({
    'images/web/Dockerfile': 'FROM @base\nCOPY skel/ /\nRUN date +%N > /srv/now && date +%N > /srv/then\n',
  });
  const { code, stdout } = await repository.run(['build', name, '--verify-reproducible']);
  assert.is(code, 1);
  assert.match(stdout, 'two builds gave two images');
  assert.match(stdout, '/srv/now');
  assert.match(stdout, '/srv/then');
  assert.not.match(stdout, '/srv/page');
});

test('--report: sizes, waste, bill of materials and provenance', async () => {
  repository.write({
    'images/web/Dockerfile':
      'FROM @base\nCOPY skel/ /\nRUN head -c 1000000 /dev/zero > /big\nRUN rm /big && echo x > /srv/page\n',
  });
  const { code, stdout, stderr } = await repository.run(['build', '--report', 'out']);
  assert.is(code, 0, stdout + stderr);
  const report = JSON.parse(read('out/report.json')) as {
    images: {
      name: string;
      sizes: {
        ownBytes: number;
        layers: { bytes: number; isShared: boolean }[];
        waste: { bytes: number; paths: { path: string; bytes: number }[] };
      };
    }[];
  };
  const sizes = report.images.find((image) => image.name === name)?.sizes;
  assert.equal(sizes?.waste.paths, [
    { path: '/big', bytes: 1_000_000 },
    { path: '/srv/page', bytes: 6 },
  ]);
  assert.is(sizes?.layers[0]?.isShared, true);
  assert.ok((sizes?.ownBytes ?? 0) >= 1_000_000 && (sizes?.ownBytes ?? 0) < 1_100_000);
  const spdx = JSON.parse(read(`out/${name}.spdx.json`)) as {
    spdxVersion: string;
    packages: { name: string; versionInfo: string }[];
  };
  assert.is(spdx.spdxVersion, 'SPDX-2.3');
  const dpkg = docker('run', '--rm', name, 'dpkg-query', '-W', '-f', '${Package} ${Version}\n')
    .trim()
    .split('\n');
  const listed = spdx.packages.map((item) => `${item.name} ${item.versionInfo}`);
  assert.equal(
    dpkg.filter((line) => !listed.includes(line)),
    [],
  );
  const provenance = JSON.parse(read(`out/${name}.provenance.json`)) as {
    subject: { digest: { sha256: string } }[];
    predicate: { buildDefinition: { resolvedDependencies: { uri: string }[] } };
  };
  assert.is(`sha256:${provenance.subject[0]?.digest.sha256}`, imageId(name));
  const uris = provenance.predicate.buildDefinition.resolvedDependencies.map(({ uri }) => uri);
  assert.ok(uris.includes(repository.name('base')));
});

test('GitHub Actions: an annotation at the line, and a summary; the report is there after a failure, too', async () => {
  repository.write({ 'images/web/Dockerfile': 'FROM @base\n\nRUN echo 50% && exit 4\n' });
  const summary = join(repository.root, 'summary.md');
  const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
  const failed = await repository.run(['build', name, '--json', 'failed.json'], github);
  assert.is(failed.code, 1);
  assert.match(failed.stdout, '::error file=images/web/Dockerfile,line=3::');
  assert.match(failed.stdout, '50%25');
  assert.match(readFileSync(summary, 'utf8'), `| ${name} | FAILED |`);
  assert.match(read('failed.json'), '"outcome": "FAILED"');
  repository.write({ 'images/web/Dockerfile': 'FRUM x\n' });
  const wrong = await repository.run(['build', '--json', 'wrong.json'], github);
  assert.is(wrong.code, 2);
  assert.match(wrong.stdout, '::error file=images/web/Dockerfile,line=1::unknown instruction FRUM');
  assert.match(read('wrong.json'), 'unknown instruction FRUM');
});

test('the plan says what has changed since the last build, and knows the build ids without an engine', async () => {
  repository.write({ 'images/web/Dockerfile': 'FROM @base\nCOPY skel/ /\n' });
  await repository.run(['build']);
  const nowhere = { DOCKER_HOST: 'unix:///nowhere.sock' };
  interface Plan {
    images: { name: string; inputs: string; affected: boolean; changed: string[] }[];
    findings: { rule: string }[];
  }
  const plan = async (...more: string[]): Promise<Plan> =>
    JSON.parse((await repository.run(['plan', ...more], nowhere)).stdout) as Plan;
  const before = await plan();
  assert.equal(
    before.images.map(({ affected }) => affected),
    [false, false],
  );
  const label = docker('inspect', '--format', '{{index .Config.Labels "initkit.inputs"}}', name).trim();
  assert.is(before.images[1]?.inputs, label);
  assert.ok(before.findings.some(({ rule }) => rule === 'no-readme'));
  repository.commit();
  repository.write({ 'images/web/skel/srv/page': 'other\n' });
  const after = await plan();
  assert.equal(after.images[1]?.changed, ['skel/srv/page']);
  assert.equal(
    (await plan('--affected', 'HEAD')).images.map((image) => image.name),
    [repository.name('base'), name],
  );
  const untouched = await repository.run(['build', '--affected', 'HEAD', repository.name('base')]);
  assert.is(untouched.code, 0);
  assert.match(untouched.stdout, 'nothing is affected');
  const unknown = await repository.run(['plan', '--affected', '--no-such']);
  assert.is(unknown.code, 2);
});

test('--bake: a file with the same graph, contexts that exist', async () => {
  const { code, stdout } = await repository.run(['plan', '--bake', '--registry', 'r.example.org/x']);
  assert.is(code, 0);
  const file = JSON.parse(stdout) as {
    group: { default: { targets: string[] } };
    target: Record<string, { context: string; contexts: Record<string, string>; tags: string[] }>;
  };
  const target = file.target[name];
  const base = repository.name('base');
  assert.equal(file.group.default.targets, [base, name]);
  assert.equal(target?.contexts, { [base]: `target:${base}` });
  assert.ok(target?.tags.includes(`r.example.org/x/${name}:latest`));
  assert.ok(existsSync(join(repository.root, target?.context ?? '', 'Dockerfile')));
});

test('--watch --run: edit, and see it run', async () => {
  repository.write({
    'images/web/Dockerfile': 'FROM @base\nCOPY skel/ /\nCMD ["sh", "-c", "cat /srv/page; sleep 1000"]\n',
  });
  const run = repository.start(['build', name, '--watch', '--run', name]);
  let seen = '';
  for (const stream of [run.process.stdout, run.process.stderr])
    stream?.on('data', (chunk: string) => void (seen += chunk));
  const shows = (text: string): Promise<boolean> =>
    eventually(
      text,
      () => seen.includes(text),
      () => seen,
    );
  await shows(`${name} | other`);
  repository.write({ 'images/web/skel/srv/page': 'newest\n' });
  await shows(`${name} | newest`);
  assert.is(temporaryContainers(run.process.pid).length, 1);
  run.process.kill('SIGINT');
  assert.is((await run.ended).code, 130);
  await eventually('the container to be removed', () => temporaryContainers(run.process.pid).length === 0);
});

test('lint: a rule, its reason, and silence', async () => {
  repository.write({
    'images/web/Dockerfile':
      'FROM @base\nENV API_TOKEN=x\n# initkit ignore=sudo: there is a reason\nRUN sudo true\nCMD echo hi\n',
    'images/web/image.ini':
      '[image]\nname = @web\n[lint]\nignore = no-tests, no-readme, no-dockerignore, wrong\n',
  });
  const { code, stdout } = await repository.run(['lint', name]);
  assert.is(code, 1);
  assert.match(stdout, 'images/web/Dockerfile:2: secret-in-image: ENV API_TOKEN looks like a secret');
  assert.match(stdout, 'images/web/Dockerfile:5: shell-entrypoint');
  assert.match(stdout, 'there is no rule wrong');
  assert.not.match(stdout, ': sudo:');
});

test('lint: what hadolint finds follows, and what keeps it from looking is said', async () => {
  const bin = join(repository.root, 'bin');
  const hadolint = (script: string): void => {
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'hadolint'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  };
  const environment = { PATH: `${bin}:${process.env['PATH']}` };
  // As hadolint 2 answers to --format json.
  hadolint(
    `[ "$1 $2 $3" = "--no-fail --format json" ] && echo '[{"line":2,"code":"DL3008","message":"Pin versions","column":1,"file":"'$4'","level":"warning"}]'`,
  );
  const found = await repository.run(['lint', repository.name('base')], environment);
  assert.is(found.code, 1);
  assert.match(found.stdout, 'images/base/Dockerfile:2: DL3008: Pin versions');
  hadolint('echo "bad configuration" >&2; exit 1');
  const broken = await repository.run(['lint', repository.name('base')], environment);
  assert.is(broken.code, 1);
  assert.match(broken.stdout, /hadolint: .*bad configuration/);
});

test('init makes what builds, passes its own tests and its own lint', async () => {
  const { code, stderr } = await repository.run(['init', name.replace('web', 'hello')]);
  assert.is(code, 0, stderr);
  const again = await repository.run(['init', name.replace('web', 'hello')]);
  assert.is(again.code, 2);
  chmodSync(join(repository.root, `images/${name.replace('web', 'hello')}/skel/usr/local/bin/hello`), 0o644);
  const hello = name.replace('web', 'hello');
  // The same packages as the other tests' base, so that it need not be made.
  const base = docker('inspect', '--format', '{{.Id}}', repository.name('base')).trim();
  docker('tag', base, `${hello}-base:1`);
  writeFileSync(join(repository.root, 'x'), '');
  const built = await repository.run(['build', hello, '--base', `${hello}-base:1`]);
  assert.is(built.code, 0, built.stdout + built.stderr);
  assert.match(built.stdout, '3 passed');
  assert.is(docker('run', '--rm', '-e', 'NAME=you', hello), 'hello you\n');
  assert.is((await repository.run(['lint', hello])).code, 0);
});

test.run();
