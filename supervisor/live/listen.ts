// Opens the control sockets that a configuration asks for; loaded only where it asks for one.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Commands } from '../control/commands.ts';
import { startControlServer, type ControlServer, type ListenConfig } from '../control/server.ts';
import type { Units } from '../control/units.ts';
import { EXIT, UserError } from '../errors.ts';
import type { Plan } from '../model.ts';
import type { System } from '../os/system.ts';

/** Addresses that no other host can reach; there, as with supervisord, a password is the user's choice. */
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

/** Opens what can be opened; the others are told to `onTrouble`, whose throw ends it all. Returns how to close them. */
export async function openServers(
  plan: Plan,
  commands: Commands,
  system: Pick<System, 'credentialsOf' | 'groupOf'>,
  onTrouble: (error: Error) => void,
  units: (() => Promise<Units>) | null = null,
): Promise<() => Promise<void>> {
  const servers: ControlServer[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
  };
  for (const attempt of listenConfigs(plan, system)) {
    try {
      const config = attempt();
      if (config.kind === 'unix') makeDirectoryOf(config.path);
      servers.push(await startControlServer(config, { commands, units, rpcInterface: plan.rpcInterface }));
    } catch (error) {
      try {
        onTrouble(error as Error);
      } catch (refusal) {
        await closeAll();
        throw refusal;
      }
    }
  }
  return closeAll;
}

function makeDirectoryOf(socket: string): void {
  const directory = dirname(socket);
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new UserError(
      `cannot listen on ${socket}: ${directory} cannot be made (${(error as NodeJS.ErrnoException).code}); without a place to write, such as a tmpfs on /run, nobody can ask or command`,
      EXIT.configuration,
      { cause: error },
    );
  }
}

function listenConfigs(
  plan: Plan,
  system: Pick<System, 'credentialsOf' | 'groupOf'>,
): (() => ListenConfig)[] {
  const { unixServer, inetServers } = plan;
  const unix =
    unixServer === null
      ? []
      : [
          (): ListenConfig => ({
            kind: 'unix',
            path: unixServer.file,
            mode: unixServer.mode,
            ...ownerOf(unixServer.owner, system),
            credentials: credentialsOf(unixServer),
          }),
        ];
  const inet = inetServers.map((server) => (): ListenConfig => {
    const credentials = credentialsOf(server);
    if (credentials === null && !LOOPBACK.test(server.host)) {
      throw new UserError(
        `cannot listen on ${server.host || '*'}:${server.port} without a password: whoever reaches it would control every program; set username and password, or listen on 127.0.0.1`,
      );
    }
    return { kind: 'inet', host: server.host, port: server.port, credentials };
  });
  return [...unix, ...inet];
}

function credentialsOf(server: {
  readonly username: string | null;
  readonly password: string | null;
}): { username: string; password: string } | null {
  const { username, password } = server;
  return username === null || password === null ? null : { username, password };
}

/** `user`, `user:group` or null, as numbers; a user alone brings its own group. */
function ownerOf(
  owner: string | null,
  system: Pick<System, 'credentialsOf' | 'groupOf'>,
): { uid: number | null; gid: number | null } {
  if (owner === null) return { uid: null, gid: null };
  const [user = '', group] = owner.split(':');
  const account = system.credentialsOf(user);
  return { uid: account.uid, gid: group === undefined ? account.gid : system.groupOf(group) };
}
