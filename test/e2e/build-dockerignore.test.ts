// .dockerignore beside docker's own client: the same files reach the engine, pattern by pattern.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { walkContext } from '../../build/context/walk.ts';
import { docker } from '../support/build.ts';

const test = suite('.dockerignore beside docker');

const root = mkdtempSync(join(tmpdir(), 'initkit-ignore-'));
const tag = `t${process.pid.toString(36)}-ignore:x`;
const FILES = [
  'Dockerfile',
  'README.md',
  'a',
  'a.txt',
  'b c',
  'docs/README.md',
  'docs/deep/er/x.md',
  'docs/deep/x.txt',
  'node_modules/m/index.js',
  'src/a',
  'src/b.go',
  'src/vendor/c.go',
  'temp1/x',
  'temp2',
  '.hidden',
  '.git/HEAD',
  'x[1]',
  'ü/é',
];
const PATTERNS = [
  '',
  '*.md',
  '**/*.md',
  '*',
  '*\n!src',
  '*\n!src/vendor',
  '*\n!src/vendor/c.go',
  '**\n!**/*.go',
  'docs\n!docs/README.md',
  'docs/*\n!docs/deep',
  'docs/**/x.*',
  '**/deep',
  'node_modules',
  '/node_modules/',
  './src/../docs',
  'src/',
  'temp?',
  'temp*\n!temp1/x',
  '.*',
  '.git\n.hidden',
  'b c',
  '  a  ',
  '# a\na.txt',
  'x\\[1\\]',
  'x[[]1]',
  '[a-b]*',
  '[^a-r]*',
  'ü',
  'ü/*',
  '**/a',
  'src/**',
  'src/**/*.go\n!src/b.go',
  '!README.md\n*.md',
  '*.md\n!README*.md\nREADME.md',
  'docs/deep/..',
  'Dockerfile\n.dockerignore',
];

test.before(() => {
  for (const path of FILES) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), path === 'Dockerfile' ? 'FROM scratch\nCOPY . /c/\n' : path);
  }
  symlinkSync('src', join(root, 'link'));
});
test.after(() => {
  try {
    docker('rmi', '--force', tag);
  } catch {
    // Never built.
  }
  rmSync(root, { recursive: true, force: true });
});

/** What docker's client sends and the engine copies. */
function theirs(): string[] {
  const environment = { ...process.env, DOCKER_BUILDKIT: '0' };
  const options = { env: environment, stdio: ['ignore', 'ignore', 'pipe'] as ['ignore', 'ignore', 'pipe'] };
  execFileSync('docker', ['build', '--quiet', '--tag', tag, root], options);
  const container = docker('create', tag, 'none').trim();
  try {
    const script = `docker export ${container} | tar --list --quoting-style=literal`;
    const listing = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
    return listing
      .split('\n')
      .filter((path) => path.startsWith('c/') && path !== 'c/')
      .map((path) => path.slice(2).replace(/\/$/, ''))
      .toSorted();
  } finally {
    docker('rm', container);
  }
}

async function ours(): Promise<string[]> {
  const memory = { get: () => undefined, set: () => {} };
  const { entries } = await walkContext(root, root, memory);
  return [...entries].map(({ path }) => path).toSorted();
}

/** The client sends both, so that the engine can read them, and the engine removes what is ignored of them: not here. */
const OWN = ['Dockerfile', '.dockerignore'];

for (const patterns of PATTERNS) {
  test(JSON.stringify(patterns), async () => {
    writeFileSync(join(root, '.dockerignore'), patterns);
    const [client, own] = [theirs(), await ours()];
    const rest = (paths: string[]): string[] => paths.filter((path) => !OWN.includes(path));
    assert.equal(rest(own), rest(client));
  });
}

test.run();
