// A socket unit: listens in place of its service, and starts that when somebody comes (systemd.socket(5)).

import { UserError } from '../../errors.ts';
import type { Cancel } from '../../os/system.ts';
import { admit, type RateWindow } from '../../units/machine/start-limit.ts';
import type { ActiveState } from '../../units/machine/state.ts';
import type { SocketSettings, Unit } from '../../units/model.ts';
import { createCommandRuns } from './command-runs.ts';
import type { UnitsContext } from './context.ts';
import { openAll, removePaths } from './listening-sockets.ts';
import { socketProperties } from './socket-properties.ts';
import type { LiveUnit, UnitHost } from './live-unit.ts';

export interface SocketUnit extends LiveUnit {
  readonly kind: 'socket';
  descriptors(): readonly { readonly descriptor: number; readonly name: string }[];
}

export function isSocket(live: LiveUnit): live is SocketUnit {
  return 'kind' in live && live.kind === 'socket';
}

type Sub =
  | 'dead'
  | 'start-pre'
  | 'start-post'
  | 'listening'
  | 'running'
  | 'stop-pre'
  | 'stop-post'
  | 'failed';

const ACTIVE: Readonly<Record<Sub, ActiveState>> = {
  dead: 'inactive',
  'start-pre': 'activating',
  'start-post': 'activating',
  'stop-pre': 'deactivating',
  'stop-post': 'deactivating',
  listening: 'active',
  running: 'active',
  failed: 'failed',
};

/** What is accepted at once before others have their turn. */
const AT_ONCE = 100;

export function createSocketUnit(unit: Unit, context: UnitsContext, host: UnitHost): SocketUnit {
  const { system } = context;
  let sub: Sub = 'dead';
  let result = 'success';
  let open: number[] = [];
  let watches: Cancel[] = [];
  let window: RateWindow | null = null;
  let accepted = 0;
  /** Instances that serve a connection, and the address of its other end. */
  const connections = new Map<string, string | null>();

  const settings = (): SocketSettings => {
    if (live.unit.socket === null) throw new Error(`${live.unit.id} has no settings of a socket`);
    return live.unit.socket;
  };
  const move = (to: Sub): void => {
    const from = sub;
    sub = to;
    host.changed({
      id: live.unit.id,
      from: ACTIVE[from],
      to: ACTIVE[to],
      sub,
      willRestart: false,
      reloadFailed: false,
    });
  };
  const unwatch = (): void => {
    for (const cancel of watches.splice(0)) cancel();
  };
  const closeAll = (): void => {
    unwatch();
    for (const descriptor of open.splice(0)) system.close(descriptor);
  };
  const fail = (why: string): void => {
    result = why;
    closeAll();
    host.say(live.unit.id, 4, `${live.unit.id}: Failed with result '${why}'.`);
    move('failed');
  };

  const listen = (): void => {
    unwatch();
    watches = open.map((descriptor) => system.onReadable(descriptor, () => arrived(descriptor)));
    if (sub !== 'listening') move('listening');
  };
  const arrived = (descriptor: number): void => {
    if (sub !== 'listening') return;
    if (settings().accept) return acceptAll(descriptor);
    if (!mayTrigger()) return;
    // From now on it is the service that reads.
    unwatch();
    if (host.trigger(live.unit.id, settings().service) === 'started') return move('running');
    if (!host.stopPending(live.unit.id)) fail('resources');
  };
  const mayTrigger = (): boolean => {
    const { triggerLimit } = settings();
    const admitted = admit(window, triggerLimit, system.now());
    if (admitted === null) {
      host.say(live.unit.id, 4, `${live.unit.id}: Trigger limit hit, refusing further activation.`);
      fail('trigger-limit-hit');
      return false;
    }
    window = admitted;
    return true;
  };
  const acceptAll = (descriptor: number): void => {
    for (let count = 0; count < AT_ONCE && sub === 'listening'; count++) {
      const connection = system.acceptNow(descriptor);
      if (connection === null) return;
      for (const name of connections.keys()) {
        const { active } = host.stateOf(name);
        if (active === 'inactive' || active === 'failed') connections.delete(name);
      }
      const source = sourceOf(connection.peer);
      const tooMany = whyTooMany([...connections.values()], source, settings());
      if (tooMany !== null) {
        host.say(live.unit.id, 4, `${live.unit.id}: ${tooMany}, dropping connection.`);
        system.close(connection.descriptor);
        continue;
      }
      if (!mayTrigger()) {
        system.close(connection.descriptor);
        return;
      }
      const name = live.unit.id.replace(/\.socket$/, `@${accepted++}-${connection.instance}.service`);
      if (host.instantiate(name, connection) === 'started') connections.set(name, source);
      else system.close(connection.descriptor);
    }
  };

  const rest = (): void => {
    host.say(live.unit.id, 6, `${live.unit.id}: Deactivated successfully.`);
    move('dead');
  };
  const openUp = (): void => {
    try {
      open = openAll(settings(), context);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined && !(error instanceof UserError)) throw error;
      host.say(live.unit.id, 3, `${live.unit.id}: Failed to create listening socket: ${message}`);
      return fail('resources');
    }
    commands.run('start-post', settings().execStartPost, (ok) => (ok ? listen() : fail('exit-code')));
  };

  const live: SocketUnit = {
    kind: 'socket',
    unit,
    mainPid: null,
    statusText: null,
    exitCode: null,
    get active() {
      return ACTIVE[sub];
    },
    get sub() {
      return sub;
    },
    get result() {
      return result;
    },
    descriptors: () =>
      open.map((descriptor) => ({
        descriptor,
        name: settings().fileDescriptorName ?? live.unit.id,
      })),
    start() {
      if (sub !== 'dead' && sub !== 'failed') return 'already';
      const { accept, service } = settings();
      if (!accept && ['active', 'activating', 'reloading'].includes(host.stateOf(service).active)) {
        host.say(live.unit.id, 3, `${live.unit.id}: Socket service ${service} already active, refusing.`);
        return 'failed';
      }
      result = 'success';
      commands.run('start-pre', settings().execStartPre, (ok) => (ok ? openUp() : fail('exit-code')));
      return 'begun';
    },
    stop() {
      if (sub === 'dead' || sub === 'failed') return 'already';
      if (sub === 'stop-pre' || sub === 'stop-post') return 'begun';
      commands.kill();
      unwatch();
      // A command that fails does not keep it from being closed.
      commands.run('stop-pre', settings().execStopPre, () => {
        closeAll();
        if (settings().removeOnStop) removePaths(settings());
        commands.run('stop-post', settings().execStopPost, (ok) => (ok ? rest() : fail('exit-code')));
      });
      return 'begun';
    },
    reload: () => 'invalid',
    resetFailed() {
      if (sub === 'failed') move('dead');
      result = 'success';
      window = null;
    },
    startLimitHit() {
      result = 'start-limit-hit';
      move('failed');
    },
    pids: () => commands.pids(),
    kill: () => false,
    triggerChanged(id) {
      if ((sub !== 'listening' && sub !== 'running') || settings().accept) return;
      const service = host.stateOf(id);
      if (service.startLimitHit && service.active === 'failed') {
        return fail('service-start-limit-hit');
      }
      if (service.hasJob) return;
      const ended = ['dead', 'failed', 'final-sigterm', 'final-sigkill', 'auto-restart'];
      if (ended.includes(service.sub)) listen();
      else if (service.sub === 'running' && sub === 'listening') {
        unwatch();
        move('running');
      }
    },
    properties: () => ({
      Listen: settings()
        .listen.map(({ kind, address }) => `${address} (${LISTEN_KINDS[kind]})`)
        .join('\n'),
      Result: result,
      NAccepted: String(accepted),
      NConnections: String(connections.size),
      ...socketProperties(settings()),
    }),
    dispose: closeAll,
  };
  const commands = createCommandRuns({
    context,
    say: (priority, text) => host.say(live.unit.id, priority, `${live.unit.id}: ${text}`),
    unit: () => live.unit,
    exec: () => settings().exec,
    timeoutMs: () => settings().timeoutMs,
    onPhase: move,
  });
  return live;
}

/** The address without the port; a Unix one has none. */
function sourceOf(peer: string | null): string | null {
  return peer === null ? null : peer.slice(0, peer.lastIndexOf(':'));
}

/** Why one more connection from there is not served (MaxConnections=, MaxConnectionsPerSource=), or null. */
export function whyTooMany(
  sources: readonly (string | null)[],
  source: string | null,
  limits: Pick<SocketSettings, 'maxConnections' | 'maxConnectionsPerSource'>,
): string | null {
  if (sources.length >= limits.maxConnections) return `Too many incoming connections (${sources.length})`;
  if (source === null || limits.maxConnectionsPerSource === 0) return null;
  // systemd counts the new one, too.
  const count = sources.filter((each) => each === source).length + 1;
  if (count <= limits.maxConnectionsPerSource) return null;
  return `Too many incoming connections (${count}) from source ${source}`;
}

const LISTEN_KINDS = {
  stream: 'Stream',
  datagram: 'Datagram',
  sequential: 'SequentialPacket',
  fifo: 'FIFO',
} as const;
