// Who a command of a unit runs as, and whose its directories are: User=, Group=, SupplementaryGroups=, DynamicUser=
// (systemd.exec(5), "User/Group Identity").

import { UserError } from '../../errors.ts';
import type { Credentials } from '../../os/system.ts';
import { dynamicId } from '../../units/dynamic-user.ts';
import type { ExecCommand, ExecSettings } from '../../units/model.ts';
import type { UnitsContext } from './context.ts';
import type { Owner } from './directories.ts';

export interface Who {
  readonly settings: ExecSettings;
  readonly command: ExecCommand;
  /** User= and its kin apply (PermissionsStartOnly= says no for all but ExecStart=). */
  readonly asUser: boolean;
}

export interface Identity {
  readonly credentials: Credentials | null;
  readonly account: { readonly name: string; readonly home: string; readonly shell: string } | null;
}

const EXIT_GROUP = 216;
const EXIT_USER = 217;

/** The step at which systemd's child would have ended, with its exit code. */
export type Refusal = { readonly code: number; readonly step: string; readonly why: string };

/** Whose home a command has, and who it runs as; the prefixes `+` and `!` change the second alone. */
export function identify(request: Who, context: UnitsContext): Identity | Refusal {
  const { settings, command } = request;
  const { system } = context;
  if (settings.user === null && settings.group === null) {
    if (settings.supplementaryGroups.length === 0) return { credentials: null, account: null };
  }
  const group = groupsOf(settings, system);
  const user = userOf(request, context, 'code' in group ? null : group.gid);
  if ('code' in user) return user;
  if ('code' in group) return group;
  const account = settings.user === null ? null : user;
  // `!!` asks for what a kernel without ambient capabilities would need.
  const stays = command.privileges === 'full' || command.privileges === 'no-setuid';
  if (stays || !request.asUser) return { credentials: null, account };
  if (system.uid !== 0) {
    const same = user.uid === system.uid;
    return same
      ? { credentials: null, account }
      : { code: EXIT_USER, step: 'USER', why: 'Operation not permitted' };
  }
  const groups = [...new Set([...user.groups, ...group.supplementary])];
  return { credentials: { uid: user.uid, gid: user.gid, groups }, account };
}

function groupsOf(
  settings: ExecSettings,
  system: UnitsContext['system'],
): Refusal | { readonly gid: number | null; readonly supplementary: readonly number[] } {
  try {
    return {
      gid: groupOf(settings, system),
      supplementary: settings.supplementaryGroups.map((name) => system.groupOf(name)),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { code: EXIT_GROUP, step: 'GROUP', why: 'No such process' };
  }
}

/** null: that of the user. With DynamicUser= it need not exist, and one of the user's name is the user's own. */
function groupOf({ user, group, dynamicUser }: ExecSettings, system: UnitsContext['system']): number | null {
  if (group === null) return null;
  try {
    return system.groupOf(group);
  } catch (error) {
    if (!(error instanceof UserError) || !dynamicUser) throw error;
    return group === user ? null : dynamicId(group);
  }
}

type Account = Credentials & { readonly name: string; readonly home: string; readonly shell: string };

/** The account of User=, with `gid` as its group where Group= names one. */
function userOf({ settings }: Who, { system }: UnitsContext, gid: number | null): Account | Refusal {
  const name = settings.user;
  if (name === null) {
    const own = gid ?? 0;
    return { uid: system.uid, gid: own, groups: [own, 0], name: 'root', home: '/root', shell: '/bin/sh' };
  }
  try {
    return system.credentialsOf(name, gid);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (!settings.dynamicUser) return { code: EXIT_USER, step: 'USER', why: 'No such process' };
    const id = dynamicId(name);
    const own = gid ?? id;
    return { uid: id, gid: own, groups: [own], name, home: '/', shell: '/usr/sbin/nologin' };
  }
}

/** Directories belong to the unit's user, whoever runs this command. */
export function ownerOf(request: Who, context: UnitsContext): Owner | null {
  const command: ExecCommand = { ...request.command, privileges: 'normal' };
  const identity = identify({ ...request, command, asUser: true }, context);
  if ('code' in identity || identity.credentials === null) return null;
  return identity.credentials;
}
