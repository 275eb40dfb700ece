// Users and groups as /etc/passwd and /etc/group list them (passwd(5), group(5)); pure but for the callers' reading.

import { UserError } from '../errors.ts';
import type { Credentials } from './system.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** The account of a name or a decimal uid, or null. */
export function findAccount(passwd: string, user: string): Account | null {
  const accounts = passwd.split('\n').flatMap((line) => parseAccount(line));
  const byName = accounts.find((account) => account.name === user);
  return byName ?? accounts.find((account) => /^\d+$/.test(user) && account.uid === Number(user)) ?? null;
}

/** The gid of a group's name or decimal gid, or null. */
export function findGroup(group: string, name: string): number | null {
  const entries = group.split('\n').map((line) => line.split(':'));
  const entry = entries.find((fields) => fields[0] === name);
  if (entry?.[2] !== undefined) return Number(entry[2]);
  return /^\d+$/.test(name) ? Number(name) : null;
}

/**
 * Uid, gid and supplementary groups, as initgroups(3) gives them for the user's own group or for another one; throws
 * UserError for a user that is not there.
 */
export function credentialsFor(
  passwd: string,
  group: string,
  user: string,
  ownGid: number | null = null,
): Credentials & Pick<Account, 'name' | 'home' | 'shell'> {
  const account = findAccount(passwd, user);
  if (account === null) throw new UserError(`cannot find user ${user} in /etc/passwd`);
  const supplementary = group.split('\n').flatMap((line) => {
    const [, , gid, members] = line.split(':');
    return members !== undefined && members.split(',').includes(account.name) ? [Number(gid)] : [];
  });
  const gid = ownGid ?? account.gid;
  const groups = [...new Set([gid, ...supplementary])];
  const { name, home, shell } = account;
  return { uid: account.uid, gid, groups, name, home, shell };
}

function parseAccount(line: string): Account[] {
  const [name, , uid, gid, , home, shell] = line.split(':');
  if (name === undefined || uid === undefined || gid === undefined || line.startsWith('#')) return [];
  return [{ name, uid: Number(uid), gid: Number(gid), home: home ?? '/', shell: shell ?? '/bin/sh' }];
}
