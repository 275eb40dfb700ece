// Asks git what the tags and labels need to know about the repository.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { GitFacts } from '../plan/facts.ts';

/** Undefined where there is no git, no repository or no commit. */
export async function readGitFacts(root: string): Promise<GitFacts | undefined> {
  const git = (...parameters: string[]): Promise<string | undefined> =>
    new Promise((resolve) => {
      // Without optional locks, so that a build never stands in the way of a commit.
      const options = { cwd: root, maxBuffer: 1 << 28, env: { ...process.env, LC_ALL: 'C' } };
      execFile('git', ['--no-optional-locks', ...parameters], options, (error, stdout) =>
        resolve(error === null ? stdout : undefined),
      );
    });
  // Side by side, and as few as can be: each costs as much as everything else that an unchanged run does.
  const [head, status, refs, remote] = await Promise.all([
    git('log', '-1', '--format=%H %cI'),
    git('status', '--porcelain=v2', '--branch', '-z', '--untracked-files=normal', '--no-renames'),
    git(
      'for-each-ref',
      '--format=%(refname) %(objectname) %(*objectname) %(symref)',
      'refs/tags',
      DEFAULT_REF,
    ),
    git('remote', 'get-url', 'origin'),
  ]);
  const prefix = await prefixOf(root);
  const [commit, committedAt] = head?.trim().split(' ') ?? [];
  if (commit === undefined || committedAt === undefined) return undefined;
  return {
    commit,
    committedAt,
    prefix,
    ...readStatus(status ?? '', prefix),
    ...readRefs(refs ?? '', commit),
    remote: remote === undefined ? undefined : publicUrl(remote.trim()),
  };
}

const DEFAULT_REF = 'refs/remotes/origin/HEAD';

/** Where the folder is in its repository, as `tools/images/` or empty: git tells paths from the top. */
async function prefixOf(root: string): Promise<string> {
  const start = await realpath(root);
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder === start ? '' : `${relative(folder, start)}/`;
    if (folder === dirname(folder)) return '';
  }
}

/** Of `git status --porcelain=v2 --branch -z`: the branch, unless the head is detached, and the paths. */
function readStatus(text: string, prefix: string): Pick<GitFacts, 'branch' | 'dirtyPaths'> {
  const records = text.split('\0').filter((record) => record !== '');
  const head = records.find((record) => record.startsWith('# branch.head '))?.slice('# branch.head '.length);
  return {
    branch: head === '(detached)' ? undefined : head,
    // "1" and "u" records have 8 and 10 fields before the path, "?" has none.
    dirtyPaths: records.flatMap((record) => {
      const path = /^(?:1(?: \S+){7}|u(?: \S+){9}|\?) ([^]*)$/.exec(record)?.[1];
      return path?.startsWith(prefix) === true ? [path.slice(prefix.length)] : [];
    }),
  };
}

/** An annotated tag is at the commit that it leads to; that is the third field. */
function readRefs(text: string, commit: string): Pick<GitFacts, 'defaultBranch' | 'tags' | 'allTags'> {
  const refs = lines(text).map((line) => line.split(' '));
  const tags = refs
    .filter(([name = '']) => name.startsWith('refs/tags/'))
    .map(([name = '', object, peeled]) => ({
      name: name.slice('refs/tags/'.length),
      commit: peeled === '' ? object : peeled,
    }));
  const symref = refs.find(([name]) => name === DEFAULT_REF)?.[3];
  return {
    defaultBranch: symref?.replace(/^refs\/remotes\/origin\//, '') || undefined,
    tags: tags.filter((tag) => tag.commit === commit).map(({ name }) => name),
    allTags: tags.map(({ name }) => name),
  };
}

/** Paths that differ from a commit, in the tree as it is now; undefined where git does not know the commit. */
export async function changedSince(root: string, commit: string): Promise<string[] | undefined> {
  const run = (...parameters: string[]): Promise<string | undefined> =>
    new Promise((resolve) => {
      execFile(
        'git',
        ['--no-optional-locks', ...parameters],
        { cwd: root, maxBuffer: 1 << 28 },
        (error, stdout) => resolve(error === null ? stdout : undefined),
      );
    });
  // The option first: a commit that begins with a dash must not be one.
  const changed = await run('diff', '--relative', '--name-only', '-z', '--end-of-options', commit, '--');
  const unknown = await run('ls-files', '--others', '--exclude-standard', '-z');
  if (changed === undefined) return undefined;
  return `${changed}${unknown ?? ''}`.split('\0').filter((path) => path !== '');
}

/** `git@host:a/b.git` and `https://user:secret@host/a/b.git` both become `https://host/a/b`; a local path is nobody's business. */
export function publicUrl(remote: string): string | undefined {
  const scp = /^[^/@]+@([^:/]+):(.+)$/.exec(remote);
  const url = scp === null ? remote : `ssh://${scp[1]}/${scp[2]}`;
  const parts = /^(?:https?|ssh|git):\/\/(?:[^/@]*@)?([^/]+)\/(.+)$/.exec(url);
  if (parts === null) return undefined;
  const isSsh = url.startsWith('ssh://');
  const host = isSsh ? parts[1]?.replace(/:\d+$/, '') : parts[1];
  return `https://${host}/${parts[2]?.replace(/\.git$/, '').replace(/\/$/, '')}`;
}

function lines(text: string | undefined): string[] {
  return (text ?? '').split('\n').filter((line) => line !== '');
}
