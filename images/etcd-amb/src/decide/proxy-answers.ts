// What HAProxy's master socket answers: which worker serves, whether a reload failed, which servers are up.

import { hostPort } from './endpoint.ts';

export interface Workers {
  /** Process ids of the workers that take new connections. */
  readonly current: readonly number[];
  /** Workers of earlier configurations whose last connections have not ended. */
  readonly old: readonly number[];
  readonly failedReloads: number;
}

/** The answer for `show proc`; null where it is none. */
export function readWorkers(text: string): Workers | null {
  const current: number[] = [];
  const old: number[] = [];
  let failedReloads: number | null = null;
  let isOld = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) isOld = line.startsWith('# old');
    const [pid, type] = line.trim().split(/\s+/);
    if (type === 'master') failedReloads = Number(/\[failed: (\d+)\]/.exec(line)?.[1] ?? 0);
    if (type === 'worker') (isOld ? old : current).push(Number(pid));
  }
  return failedReloads === null ? null : { current, old, failedReloads };
}

export interface ServerState {
  readonly name: string;
  readonly isUp: boolean;
  /** HAProxy's words for the last check: `L7OK`, `L4CON`. */
  readonly check: string;
  readonly sessions: number;
}

/** The answer for `show stat`: the servers of one backend. */
export function readServers(csv: string, backend: string): ServerState[] {
  const [head = '', ...lines] = csv.replace(/^# /, '').split('\n');
  const columns = head.split(',');
  return lines.flatMap((line) => {
    const values = line.split(',');
    const value = (column: string): string => values[columns.indexOf(column)] ?? '';
    const name = value('svname');
    if (value('pxname') !== backend || name === 'BACKEND' || name === 'FRONTEND') return [];
    return [
      {
        name,
        // `UP 1/3` is on its way down, and still gets connections.
        isUp: value('status').startsWith('UP'),
        check: value('check_status').replace(/^\* /, ''),
        sessions: Number(value('scur')) || 0,
      },
    ];
  });
}

/** The states of one worker, with the connections that others have to the same servers. */
export function addSessions(
  states: readonly ServerState[],
  others: readonly (readonly ServerState[])[],
): ServerState[] {
  const more = others.flat();
  return states.map((state) => ({
    ...state,
    sessions: more
      .filter(({ name }) => name === state.name)
      .reduce((sum, { sessions }) => sum + sessions, state.sessions),
  }));
}

/**
 * Servers that were down at two looks in a row while another was up at both: a connection that is kept to a member that was
 * cut off from its cluster would never come to a better one. Where all are down, the trouble may well be ours, or an
 * election: nobody's connections are cut for that.
 */
export function serversToLeave(before: readonly ServerState[], now: readonly ServerState[]): string[] {
  const earlier = new Map(before.map((server) => [server.name, server]));
  const stayed = now.filter((server) => earlier.get(server.name)?.isUp === server.isUp);
  if (!stayed.some(({ isUp }) => isUp)) return [];
  return stayed.filter(({ isUp, sessions }) => !isUp && sessions > 0).map(({ name }) => name);
}

/** Columns of `show servers state`, version 1 of the format. */
const STATE = { backend: 1, server: 3, address: 4, port: 18 } as const;

/**
 * The answer for `show servers state`, without servers that are elsewhere in a new configuration: HAProxy takes the port from
 * there, too, so that a member whose port has changed would be sought on its old one for ever.
 */
export function statesFor(config: string, states: string): string {
  const places = new Set<string>();
  let backend = '';
  for (const [, kind, name = '', place = ''] of config.matchAll(/^(backend| {2}server) (\S+) ?(\S*)/gm)) {
    if (kind === 'backend') backend = name;
    else places.add(`${backend} ${name} ${place}`);
  }
  const isKept = (line: string): boolean => {
    const values = line.split(' ');
    const [server, port] = [values[STATE.server], Number(values[STATE.port])];
    if (server === undefined || line.startsWith('#')) return true;
    const place = hostPort({ host: values[STATE.address] ?? '', port });
    return places.has(`${values[STATE.backend]} ${server} ${place}`);
  };
  return states.split('\n').filter(isKept).join('\n');
}

const CHECK_WORDS: Readonly<Record<string, string>> = {
  L4CON: 'refuses connections',
  L4TOUT: 'does not answer',
  L6RSP: 'no TLS answer',
  L6TOUT: 'no TLS answer in time',
  L7RSP: 'no HTTP answer',
  L7STS: 'unhealthy',
  L7TOUT: 'no answer to its health check in time',
  INI: 'not checked yet',
};

/** For people. */
export function wordsOf({ isUp, check }: ServerState): string {
  return isUp ? 'up' : `down (${CHECK_WORDS[check] ?? check})`;
}

/** One line: `2 of 3 members up: a up, b up, c down (refuses connections)` */
export function statusLine(servers: readonly ServerState[]): string {
  if (servers.length === 0) return 'no members known';
  const up = servers.filter(({ isUp }) => isUp).length;
  const each = servers.map((server) => `${server.name} ${wordsOf(server)}`).join(', ');
  return `${up} of ${servers.length} ${servers.length === 1 ? 'member' : 'members'} up: ${each}`;
}
