// build/lint.ts, github.ts, sbom.ts: every rule finds what it is for; what other programs read is in their form.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Image } from '../../../build/plan/facts.ts';
import { lintImage, RULES } from '../../../build/plan/lint.ts';
import { parseDockerfile } from '../../../build/read/dockerfile.ts';
import { parseImageIni } from '../../../build/read/image-ini.ts';
import { annotation, annotationsOf } from '../../../build/report/github.ts';
import { parseDpkgStatus, spdxDocument } from '../../../build/report/sbom.ts';

const test = suite('lint and reports');

function image(dockerfileText: string, more: Partial<Image> = {}, ini = ''): Image {
  const dockerfile = parseDockerfile(dockerfileText, 'Dockerfile', new Map());
  return {
    name: 'web',
    folder: '/r/images/web',
    platform: { name: 'linux/amd64', os: 'linux', arch: 'amd64', variant: '' },
    crossing: [],
    place: 'images/web',
    dockerfileText,
    dockerfile,
    config: parseImageIni(ini, 'image.ini').config,
    summary: undefined,
    tests: [{ name: 't.ini', place: 't.ini', container: {}, checks: [] }],
    hasReadme: true,
    hasDockerignore: true,
    parents: [],
    externals: dockerfile.uses.map((use) => use.image),
    ...more,
  };
}

const FOUND: [rule: string, dockerfile: string, line: number | undefined][] = [
  ['unpinned-base', 'FROM debian', 1],
  ['unpinned-base', 'FROM debian:latest', 1],
  ['apt-recommends', 'FROM a:1\nRUN apt-get update && apt-get install x && rm -rf /var/lib/apt/lists/*', 2],
  ['apt-lists', 'FROM a:1\nRUN apt-get update && apt-get install --no-install-recommends x', 2],
  ['apt-update-alone', 'FROM a:1\nRUN apt-get update && rm -rf /var/lib/apt/lists/*', 2],
  ['secret-in-image', 'FROM a:1\nARG DB_PASSWORD', 2],
  ['shell-entrypoint', 'FROM a:1\n\nENTRYPOINT run me', 3],
  ['add-for-copy', 'FROM a:1\nADD x /x', 2],
  ['sudo', 'FROM a:1\nRUN x && sudo y', 2],
  ['curl-pipe-shell', 'FROM a:1\nRUN curl -s x | sh', 2],
];
for (const [rule, dockerfile, line] of FOUND) {
  test(`${rule}: ${dockerfile.split('\n').at(-1)}`, () => {
    const findings = lintImage(image(dockerfile));
    assert.equal(
      findings.map((found) => [found.rule, found.line]),
      [[rule, line]],
    );
    const silent = dockerfile.split('\n').toSpliced((line ?? 1) - 1, 0, `# initkit ignore=${rule}: because`);
    assert.equal(lintImage(image(silent.join('\n'))), []);
    assert.equal(lintImage(image(dockerfile, {}, `[lint]\nignore = ${rule}\n`)), []);
  });
}

const FINE = [
  'FROM a@sha256:0',
  'FROM a:1 AS x\nFROM x',
  'FROM a:1\nRUN apt-get update && apt-get install -y --no-install-recommends x && rm -rf /var/lib/apt/lists/*',
  'FROM a:1\nENV DB_PASSWORD_FILE=/run/secrets/x KEYBOARD=de',
  'FROM a:1\nENTRYPOINT ["x"]\nCMD ["y"]',
  'FROM a:1\nADD x.tar.gz /x\nADD https://example.org/x /x',
];
for (const dockerfile of FINE)
  test(`nothing to say: ${dockerfile.split('\n').at(-1)}`, () =>
    assert.equal(lintImage(image(dockerfile)), []));

test('the folder: README, tests, .dockerignore; every rule has a reason', () => {
  const bare = image('FROM a:1', { tests: [], hasReadme: false, hasDockerignore: false });
  assert.equal(
    lintImage(bare).map(({ rule }) => rule),
    ['no-readme', 'no-tests', 'no-dockerignore'],
  );
  assert.ok(Object.values(RULES).every(({ reason }) => reason.length > 20));
});

test('annotations escape what the format keeps for itself, and stand at the line of the failure', () => {
  assert.is(
    annotation('error', { file: 'a,b:c', line: 3, message: '50%\nx', remedy: 'y' }),
    '::error file=a%2Cb%3Ac,line=3::50%25%0Ax (y)',
  );
  const failure = Object.assign(new Error('x'), {
    lines: ['1 of 2 tests failed', '  images/web/test/t.ini:7: run x: ended with 1'],
  });
  assert.match(
    annotationsOf(undefined, [failure])[0] ?? '',
    '::error file=images/web/test/t.ini,line=7::1 of 2',
  );
});

test('a bill of materials has what is installed, and nothing that was removed', () => {
  const status = `Package: b\nStatus: install ok installed\nArchitecture: amd64\nSource: src (1)\nVersion: 1:2~3\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: a\nStatus: install ok installed\nVersion: 1\n`;
  const debian = parseDpkgStatus(status);
  assert.equal(
    debian.map(({ name, version, source }) => [name, version, source]),
    [
      ['a', '1', 'a'],
      ['b', '1:2~3', 'src'],
    ],
  );
  const document = spdxDocument({
    image: 'web',
    imageId: 'sha256:00',
    created: '2020-01-01T00:00:00Z',
    distribution: 'debian',
    debian,
    npm: [{ name: '@a/b', version: '1.0.0', license: 'MIT' }],
    software: new Map([['mesos', '0.24.1']]),
  }) as { packages: { SPDXID: string; externalRefs?: { referenceLocator: string }[] }[] };
  const purls = document.packages.flatMap(({ externalRefs = [] }) =>
    externalRefs.map((ref) => ref.referenceLocator),
  );
  assert.equal(purls.toSorted(), [
    'pkg:deb/debian/a@1?arch=all',
    'pkg:deb/debian/b@1%3A2~3?arch=amd64',
    'pkg:generic/mesos@0.24.1',
    'pkg:npm/%40a/b@1.0.0',
  ]);
  assert.ok(document.packages.every(({ SPDXID }) => /^SPDXRef-[A-Za-z0-9.-]+$/.test(SPDXID)));
});

test.run();
