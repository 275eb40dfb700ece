// Asks git what the tags and labels need to know about the repository.

import { execFile } from 'node:child_process';
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
  const head = await git('log', '-1', '--format=%H %cI');
  const [commit, committedAt] = head?.trim().split(' ') ?? [];
  if (commit === undefined || committedAt === undefined) return undefined;
  const [branch, defaultBranch, tags, allTags, dirty, remote] = await Promise.all([
    git('symbolic-ref', '--quiet', '--short', 'HEAD'),
    git('symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'),
    git('tag', '--points-at', 'HEAD'),
    git('tag', '--list'),
    git('status', '--porcelain=v1', '-z', '--untracked-files=normal'),
    git('remote', 'get-url', 'origin'),
  ]);
  return {
    commit,
    committedAt,
    branch: branch?.trim() || undefined,
    defaultBranch: defaultBranch?.trim().replace(/^origin\//, '') || undefined,
    tags: lines(tags),
    allTags: lines(allTags),
    dirtyPaths: (dirty ?? '')
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => line.slice(3)),
    remote: remote === undefined ? undefined : publicUrl(remote.trim()),
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
  const changed = await run('diff', '--name-only', '-z', '--end-of-options', commit, '--');
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
