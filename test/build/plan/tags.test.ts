// build/tags.ts: which names an image gets from git and its version.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { publicUrl } from '../../../build/machine/git.ts';
import type { GitFacts } from '../../../build/plan/facts.ts';
import { deriveTags, isValidRegistry, isValidTag, sanitiseTag } from '../../../build/plan/tags.ts';

const test = suite('tags');

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const SHA = 'sha-0123456789ab';

function tagsFor(
  git: Partial<GitFacts> | undefined,
  options: { isDirty?: boolean; extra?: string[]; version?: string } = {},
) {
  const facts: GitFacts | undefined = git && {
    commit: COMMIT,
    committedAt: '2026-01-01T00:00:00Z',
    branch: undefined,
    defaultBranch: 'main',
    tags: [],
    allTags: git.tags ?? [],
    prefix: '',
    dirtyPaths: [],
    remote: undefined,
    ...git,
  };
  const image = { name: 'web', version: options.version };
  return deriveTags(image, facts, {
    isDirty: options.isDirty ?? false,
    buildId: 'f'.repeat(64),
    extra: options.extra ?? [],
  });
}

const CASES: [title: string, git: Partial<GitFacts> | undefined, immutable: string[], moving: string[]][] = [
  ['no git', undefined, ['0.0.0-ffffffffffff'], []],
  ['a detached commit', {}, [SHA], []],
  ['the default branch', { branch: 'main' }, [SHA], ['edge']],
  ['another branch', { branch: 'feature/ünter x' }, [SHA], ['feature-nter-x']],
  ['a release of the family', { tags: ['v1.2.3'] }, [SHA, '1.2.3'], ['1.2', '1', 'latest']],
  ['a release of this image', { tags: ['web@1.2.3'] }, [SHA, '1.2.3'], ['1.2', '1', 'latest']],
  ['a release of another image', { tags: ['api@1.2.3'] }, [SHA], []],
  ['a release before 1.0 has no major tag', { tags: ['v0.2.3'] }, [SHA, '0.2.3'], ['0.2', 'latest']],
  [
    'an older release does not move latest',
    { tags: ['v1.2.3'], allTags: ['v1.2.3', 'v1.10.0'] },
    [SHA, '1.2.3'],
    ['1.2', '1'],
  ],
  [
    'a later prerelease does not hold latest',
    { tags: ['v1.2.3'], allTags: ['v1.2.3', 'v2.0.0-rc.1'] },
    [SHA, '1.2.3'],
    ['1.2', '1', 'latest'],
  ],
  ['a prerelease is its full version only', { tags: ['v2.0.0-rc.1'] }, [SHA, '2.0.0-rc.1'], []],
  ['build metadata', { tags: ['v1.2.3+b7'] }, [SHA, '1.2.3-b7'], ['1.2', '1', 'latest']],
  ['a tag that is no version', { tags: ['nice', 'v1.2'] }, [SHA], []],
];

for (const [title, git, immutable, moving] of CASES) {
  test(title, () => {
    const tags = tagsFor(git);
    assert.equal([...tags.immutable], immutable);
    assert.equal([...tags.moving], moving);
  });
}

test('a dirty tree has no name that lasts', () => {
  const tags = tagsFor({ branch: 'main', tags: ['v1.0.0'] }, { isDirty: true, extra: ['mine'] });
  assert.equal([...tags.immutable], []);
  assert.equal([...tags.moving], [`${SHA}-dirty`, 'mine']);
});

test('the version label prefers the release, then image.ini, then the commit', () => {
  assert.is(tagsFor({ tags: ['v1.0.0'] }, { version: '9' }).version, '1.0.0');
  assert.is(tagsFor({}, { version: '9' }).version, '9');
  assert.is(tagsFor({}).version, SHA);
});

const VALID: [text: string, valid: boolean][] = [
  ['latest', true],
  ['_x', true],
  ['1.2-rc_3', true],
  ['a'.repeat(128), true],
  ['a'.repeat(129), false],
  ['.x', false],
  ['-x', false],
  ['a/b', false],
  ['a b', false],
  ['', false],
];
for (const [text, valid] of VALID)
  test(`${text.slice(0, 12)}… is ${valid ? 'a' : 'no'} tag (${text.length})`, () =>
    assert.is(isValidTag(text), valid));

const REGISTRIES: [text: string, valid: boolean][] = [
  ['127.0.0.1:5000', true],
  ['registry.example.org', true],
  ['registry.example.org:5000/team/images', true],
  ['localhost', true],
  ['https://registry.example.org', false],
  ['Registry.example.org', false],
  ['host:port', false],
  ['host/', false],
];
for (const [text, valid] of REGISTRIES)
  test(`${text} is ${valid ? 'a' : 'no'} registry`, () => assert.is(isValidRegistry(text), valid));

test('a derived tag is made valid, whatever the branch is called', () => {
  for (const branch of ['a/b', '--x', '...', 'ü', 'x'.repeat(300), 'a b\tc'])
    assert.ok(isValidTag(sanitiseTag(branch)), branch);
});

const REMOTES: [remote: string, url: string | undefined][] = [
  ['https://example.org/a/b.git', 'https://example.org/a/b'],
  ['https://me:secret@example.org/a/b', 'https://example.org/a/b'],
  ['git@example.org:a/b.git', 'https://example.org/a/b'],
  ['ssh://git@example.org:2222/a/b.git', 'https://example.org/a/b'],
  ['/srv/git/b.git', undefined],
  ['file:///srv/b', undefined],
];
for (const [remote, url] of REMOTES)
  test(`the source of ${remote.replace('secret', '…')}`, () => assert.is(publicUrl(remote), url));

test.run();
