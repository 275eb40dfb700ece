// build/machine/git.ts beside git itself: what tags, labels and refusals are made from.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { changedSince, publicUrl, readGitFacts } from '../../../build/machine/git.ts';

const test = suite<{ root: string }>('git');

const git = (root: string, ...parameters: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...parameters], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

const write = (root: string, path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};

test.before.each((context) => {
  const root = mkdtempSync(join(tmpdir(), 'initkit-git-'));
  context.root = root;
  git(root, 'init', '--quiet', '--initial-branch=trunk');
  write(root, 'images/a/x', '1');
  write(root, 'tools/images/b/x', '1');
  write(root, 'tools/images/b/moved', '1 2 3 4 5 6 7 8 9');
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--message=x');
});
test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }));

test('commit, time, branch and tags; annotated ones are where they lead to', async ({ root }) => {
  git(root, 'tag', 'v1.0.0');
  git(root, 'commit', '--quiet', '--allow-empty', '--message=y');
  git(root, 'tag', '--annotate', '--message=x', 'v1.1.0');
  git(root, 'tag', 'a@2.0.0');
  const facts = await readGitFacts(root);
  assert.is(facts?.commit, git(root, 'rev-parse', 'HEAD'));
  assert.is(facts?.committedAt, git(root, 'log', '-1', '--format=%cI'));
  assert.is(facts?.branch, 'trunk');
  assert.equal(facts?.tags, ['a@2.0.0', 'v1.1.0']);
  assert.equal(facts?.allTags, ['a@2.0.0', 'v1.0.0', 'v1.1.0']);
  assert.equal(facts?.dirtyPaths, []);
  assert.is(facts?.prefix, '');
});

test('no branch on a detached head, and the default branch of the remote', async ({ root }) => {
  git(root, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  git(root, 'symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
  git(root, 'remote', 'add', 'origin', 'git@example.org:team/x.git');
  git(root, 'checkout', '--quiet', '--detach');
  const facts = await readGitFacts(root);
  assert.is(facts?.branch, undefined);
  assert.is(facts?.defaultBranch, 'main');
  assert.is(facts?.remote, 'https://example.org/team/x');
});

test('what differs: changed, new, gone, moved, in conflict, with any name', async ({ root }) => {
  git(root, 'checkout', '--quiet', '-b', 'other');
  write(root, 'images/a/x', 'theirs');
  git(root, 'commit', '--quiet', '--all', '--message=theirs');
  git(root, 'checkout', '--quiet', 'trunk');
  write(root, 'images/a/x', 'ours');
  git(root, 'commit', '--quiet', '--all', '--message=ours');
  assert.throws(() => git(root, 'merge', '--quiet', 'other'));
  git(root, 'mv', 'tools/images/b/moved', 'tools/images/b/new');
  write(root, 'tools/images/b/x', '2');
  write(root, 'images/a/a b ü\n"c', '');
  const facts = await readGitFacts(root);
  assert.equal(facts?.dirtyPaths.toSorted(), [
    'images/a/a b ü\n"c',
    'images/a/x',
    'tools/images/b/moved',
    'tools/images/b/new',
    'tools/images/b/x',
  ]);
});

test('a folder of a larger repository has its own paths', async ({ root }) => {
  write(root, 'tools/images/b/x', '2');
  write(root, 'images/a/x', '2');
  write(root, 'tools/images/b/new', '');
  const facts = await readGitFacts(join(root, 'tools'));
  assert.is(facts?.prefix, 'tools/');
  assert.equal(facts?.dirtyPaths.toSorted(), ['images/b/new', 'images/b/x']);
  assert.equal((await changedSince(join(root, 'tools'), 'HEAD'))?.toSorted(), ['images/b/new', 'images/b/x']);
});

test('no repository, and one without a commit', async ({ root }) => {
  rmSync(join(root, '.git'), { recursive: true });
  assert.is(await readGitFacts(root), undefined);
  git(root, 'init', '--quiet');
  assert.is(await readGitFacts(root), undefined);
  assert.is(await changedSince(root, 'HEAD'), undefined);
});

test('a commit that looks like an option is none', async ({ root }) => {
  assert.is(await changedSince(root, '--output=/tmp/x'), undefined);
});

for (const [remote, url] of [
  ['git@github.com:a/b.git', 'https://github.com/a/b'],
  ['ssh://git@host:2222/a/b.git', 'https://host/a/b'],
  ['https://user:token@host:8443/a/b.git', 'https://host:8443/a/b'],
  ['/srv/git/b.git', undefined],
  ['../b', undefined],
] as const) {
  test(`${remote} is told as ${url}`, () => assert.is(publicUrl(remote), url));
}

test.run();
