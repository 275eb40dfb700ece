// The listening sockets of the fcgi-programs: one for all processes of a group, open as long as one of them runs.

import type { MainLog } from '../logs/main-log.ts';
import type { FcgiSocket } from '../model.ts';
import type { ListenRequest, System } from '../os/system.ts';

/** A process's hold on its group's socket. */
export interface SocketLease {
  readonly descriptor: number;
  /** The process has ended or was not started; a second call changes nothing. */
  giveBack(): void;
}

export interface FcgiSockets {
  /** Opens the socket if no other process has it; throws SystemError or UserError. */
  lease(group: string, socket: FcgiSocket): SocketLease;
}

type Needed = Pick<System, 'openListener' | 'close' | 'credentialsOf' | 'groupOf'>;

export function createFcgiSockets(system: Needed, log: Pick<MainLog, 'log'>): FcgiSockets {
  const open = new Map<string, { readonly descriptor: number; holders: number }>();
  return {
    lease(group, { url, owner, mode, backlog }) {
      let shared = open.get(group);
      if (shared === undefined) {
        log.log('info', `Creating socket ${url}`);
        shared = {
          descriptor: system.openListener(requestOf(url, owner, mode, backlog, system)),
          holders: 0,
        };
        open.set(group, shared);
      }
      const held = shared;
      held.holders++;
      let given = false;
      return {
        descriptor: held.descriptor,
        giveBack() {
          if (given) return;
          given = true;
          held.holders--;
          if (held.holders > 0) return;
          log.log('info', `Closing socket ${url}`);
          system.close(held.descriptor);
          open.delete(group);
        },
      };
    },
  };
}

function requestOf(
  url: string,
  owner: string | null,
  mode: number,
  backlog: number | null,
  system: Needed,
): ListenRequest {
  if (url.startsWith('unix://')) {
    const path = url.slice('unix://'.length);
    return { kind: 'unix', path, mode, ...ownerOf(owner, system), backlog };
  }
  const [, host = '', port = ''] = /^tcp:\/\/(.*):(\d+)$/.exec(url) ?? [];
  return { kind: 'inet', host, port: Number(port), backlog };
}

/** `user` or `user:group`, as names or numbers; a user alone leaves the group as it is. */
function ownerOf(owner: string | null, system: Needed): { uid: number | null; gid: number | null } {
  if (owner === null) return { uid: null, gid: null };
  const [user = '', group] = owner.split(/:(.*)/s);
  return { uid: system.credentialsOf(user).uid, gid: group === undefined ? null : system.groupOf(group) };
}
