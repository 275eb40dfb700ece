// `[Socket]` (systemd.socket(5)): what is listened on, and the options of the sockets.

import type { ExecCommand, SocketListen, SocketSettings } from './model.ts';
import { defaultExec, EXEC_READERS, isAccountName } from './exec-settings.ts';
import { execReader, fixStreams } from './exec-commands.ts';
import { defaultKill, KILL_READERS } from './kill-settings.ts';
import {
  asBoolean,
  asMode,
  asUnsigned,
  bare,
  readSection,
  setting,
  type Draft,
  type KeyReader,
  type KeyReaders,
  type Reading,
} from './reading.ts';
import { isOnlyPortTooFar, listenAddress } from './socket-address.ts';
import { withoutVarRun } from './service.ts';
import type { Assignment } from './unit-ini.ts';
import { parseUnitName, withType } from './unit-names.ts';
import { parseBoolean } from './values.ts';
import { splitWords } from './words.ts';

type SocketDraft = Draft<Omit<SocketSettings, 'exec' | 'kill' | 'service' | 'triggerLimit'>> & {
  service: string | null;
  /** null: 200 in 2 s, or 20 for a socket that does not accept. */
  triggerLimit: { intervalMs: number; burst: number | null };
};

const DEFAULT_TIMEOUT_MS = 90_000;

const listen =
  (kind: SocketListen['kind']): KeyReader<SocketDraft> =>
  (draft, assignment, reading) => {
    if (assignment.value === '') {
      draft.listen = [];
      return;
    }
    const value = reading.expanded(assignment);
    if (value === null) return;
    if (kind === 'fifo') {
      const path = reading.absolutePath(assignment, value);
      if (path === null) return;
      draft.listen = [...draft.listen, { kind, address: withoutVarRun(path, assignment, reading) }];
      return;
    }
    const address = listenAddress(value);
    if (address === null) {
      const reason = isOnlyPortTooFar(value) ? 'Numerical result out of range' : 'Invalid argument';
      return reading.warn(
        `Failed to parse address value in '${value}', ignoring: ${reason}`,
        assignment.origin,
      );
    }
    if (kind === 'sequential' && !/^[/@]/.test(address)) {
      return reading.warn(`Address family not supported, ignoring: ${value}`, assignment.origin);
    }
    draft.listen = [
      ...draft.listen,
      { kind, address: address.startsWith('/') ? withoutVarRun(address, assignment, reading) : address },
    ];
  };

const command = (field: keyof SocketDraft & `exec${string}`): KeyReader<SocketDraft> =>
  execReader<SocketDraft>(
    (draft) => draft[field] as readonly ExecCommand[],
    (draft, commands) => Object.assign(draft, { [field]: commands }),
  );

const account =
  (field: 'socketUser' | 'socketGroup'): KeyReader<SocketDraft> =>
  (draft, assignment, reading) => {
    if (assignment.value === '') {
      draft[field] = null;
      return;
    }
    const name = reading.expand(assignment.value);
    if (name === null || !isAccountName(name)) {
      return reading.refuse(
        name === null
          ? `Failed to resolve unit specifiers in ${assignment.value}: Invalid slot`
          : `Invalid user/group name or numeric ID: ${name}`,
        assignment.origin,
      );
    }
    draft[field] = name;
  };

export const SOCKET_READERS: KeyReaders<SocketDraft> = {
  ListenStream: listen('stream'),
  ListenDatagram: listen('datagram'),
  ListenSequentialPacket: listen('sequential'),
  ListenFIFO: listen('fifo'),
  Accept: setting('accept', asBoolean),
  SocketUser: account('socketUser'),
  SocketGroup: account('socketGroup'),
  SocketMode: setting('socketMode', asMode),
  DirectoryMode: setting('directoryMode', asMode),
  Backlog: setting('backlog', asUnsigned),
  BindIPv6Only(draft, assignment, reading) {
    // Some services name a boolean here.
    const truth = parseBoolean(assignment.value);
    const words = ['default', 'both', 'ipv6-only'] as const;
    const word =
      truth === null
        ? reading.oneOf(assignment, words, 'bind IPv6 only value')
        : truth
          ? 'ipv6-only'
          : 'both';
    if (word !== null) draft.bindIpv6Only = word;
  },
  MaxConnections: setting('maxConnections', asUnsigned),
  MaxConnectionsPerSource: setting('maxConnectionsPerSource', asUnsigned),
  FileDescriptorName(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.fileDescriptorName = null;
      return;
    }
    const name = reading.expanded(assignment);
    if (name === null) return;
    if (!/^[\x20-\x39\x3b-\x7e]{1,255}$/.test(name)) {
      return reading.warn(`Invalid file descriptor name, ignoring: ${name}`, assignment.origin);
    }
    draft.fileDescriptorName = name;
  },
  RemoveOnStop: setting('removeOnStop', asBoolean),
  Symlinks(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.symlinks = [];
      return;
    }
    for (const word of splitWords(assignment.value, { unquote: true }).words) {
      const path = reading.expanded(assignment, word);
      const clean = path === null ? null : reading.absolutePath(assignment, path);
      // The first that is wrong ends the line.
      if (clean === null) return;
      draft.symlinks = [...draft.symlinks, clean];
    }
  },
  Service(draft, assignment, reading) {
    const name = reading.expanded(assignment, assignment.value, bare(assignment.value));
    if (name === null) return;
    if (parseUnitName(name)?.type !== 'service') {
      return reading.warn(`Unit must be of type service, ignoring: ${assignment.value}`, assignment.origin);
    }
    draft.service = name;
  },
  ReusePort: setting('reusePort', asBoolean),
  FreeBind: setting('freeBind', asBoolean),
  KeepAlive: setting('keepAlive', asBoolean),
  NoDelay: setting('noDelay', asBoolean),
  PassCredentials: setting('passCredentials', asBoolean),
  TriggerLimitIntervalSec(draft, assignment, reading) {
    const ms = reading.span(assignment);
    // Infinity is systemd's mark of the default.
    if (ms !== null) draft.triggerLimit.intervalMs = ms === Infinity ? 2000 : ms;
  },
  TriggerLimitBurst(draft, assignment, reading) {
    draft.triggerLimit.burst = reading.unsigned(assignment) ?? draft.triggerLimit.burst;
  },
  TimeoutSec(draft, assignment, reading) {
    const ms = reading.span(assignment, 'time value');
    if (ms !== null) draft.timeoutMs = ms === 0 ? Infinity : ms;
  },
  ExecStartPre: command('execStartPre'),
  ExecStartPost: command('execStartPost'),
  ExecStopPre: command('execStopPre'),
  ExecStopPost: command('execStopPost'),
};

export function readSocket(assignments: readonly Assignment[], reading: Reading): SocketSettings {
  const draft: SocketDraft = {
    listen: [],
    accept: false,
    socketUser: null,
    socketGroup: null,
    socketMode: 0o666,
    directoryMode: 0o755,
    backlog: 2_147_483_647,
    bindIpv6Only: 'default',
    maxConnections: 64,
    maxConnectionsPerSource: 0,
    fileDescriptorName: null,
    removeOnStop: false,
    symlinks: [],
    service: null,
    reusePort: false,
    freeBind: false,
    keepAlive: false,
    noDelay: false,
    passCredentials: false,
    triggerLimit: { intervalMs: 2000, burst: null },
    execStartPre: [],
    execStartPost: [],
    execStopPre: [],
    execStopPost: [],
    timeoutMs: DEFAULT_TIMEOUT_MS,
  };
  const exec = defaultExec();
  const kill = defaultKill();
  readSection(draft, assignments, 'Socket', SOCKET_READERS, reading);
  readSection(exec, assignments, 'Socket', EXEC_READERS, reading);
  readSection(kill, assignments, 'Socket', KILL_READERS, reading);
  fixStreams(exec);
  verify(draft, reading, assignments);
  return {
    ...draft,
    service: draft.service ?? ownService(reading.unit, draft.accept),
    triggerLimit: {
      intervalMs: draft.triggerLimit.intervalMs,
      burst: draft.triggerLimit.burst ?? (draft.accept ? 200 : 20),
    },
    exec,
    kill,
  };
}

/** `foo.socket` starts `foo.service`, or with Accept=yes an instance of `foo@.service` for each connection. */
function ownService(unit: string, accept: boolean): string {
  return accept ? `${unit.slice(0, unit.lastIndexOf('.'))}@.service` : withType(unit, 'service');
}

const UNSUPPORTED = ['ListenNetlink', 'ListenSpecial', 'ListenMessageQueue', 'ListenUSBFunction'];

function verify(draft: SocketDraft, reading: Reading, assignments: readonly Assignment[]): void {
  const others = assignments.some(({ key, value }) => UNSUPPORTED.includes(key) && value !== '');
  const refuse = (message: string): void => reading.refuse(`${message} Refusing.`);
  if (draft.listen.length === 0 && !others) {
    refuse('Unit has no Listen setting (ListenStream=, ListenDatagram=, ListenFIFO=, ...).');
  } else if (draft.accept && draft.listen.some(({ kind }) => kind !== 'stream' && kind !== 'sequential')) {
    refuse('Unit configured for accepting sockets, but sockets are non-accepting.');
  } else if (draft.accept && draft.maxConnections <= 0) {
    refuse('MaxConnection= setting too small.');
  } else if (draft.accept && draft.service !== null) {
    refuse('Explicit service configuration for accepting socket units not supported.');
  } else if (draft.symlinks.length > 0 && pathsOf(draft) !== 1) {
    refuse('Unit has symlinks set but none or more than one node in the file system.');
  }
}

function pathsOf(draft: SocketDraft): number {
  return draft.listen.filter(({ address }) => address.startsWith('/')).length;
}
