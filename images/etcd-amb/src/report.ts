// What is told of the members: a line and a file for others to read, and whether the ambassador is of use yet.

import { statusLine, wordsOf, type ServerState } from './decide/proxy-answers.ts';
import { hostPort } from './decide/endpoint.ts';
import { serverNames, type ResolvedMember } from './decide/proxy.ts';
import type { World } from './effects/world.ts';

/** There once a member has answered for the first time. */
export const READY_PATH = '/run/etcd-amb/ready';
export const STATUS_PATH = '/run/etcd-amb/status.json';
/** One line, which `initkit status` shows. */
export const LINE_PATH = '/run/etcd-amb/status';

export interface MemberReport {
  readonly name: string;
  readonly client: string;
  readonly peer: string;
  readonly state: string;
  readonly sessions: number;
}

export interface Report {
  readonly line: string;
  readonly up: number;
  readonly members: readonly MemberReport[];
}

export function makeReport(members: readonly ResolvedMember[], states: readonly ServerState[]): Report {
  const rows = [...serverNames(members)].map(([name, member]) => {
    const state = states.find((server) => server.name === name) ?? UNCHECKED;
    return {
      name,
      client: hostPort({ host: member.clientAddress, port: member.client.port }),
      peer: hostPort({ host: member.peerAddress, port: member.peer.port }),
      state: wordsOf(state),
      isUp: state.isUp,
      sessions: state.sessions,
      server: { ...state, name },
    };
  });
  return {
    line: statusLine(rows.map(({ server }) => server)),
    up: rows.filter(({ isUp }) => isUp).length,
    members: rows.map(({ name, client, peer, state, sessions }) => ({ name, client, peer, state, sessions })),
  };
}

/** Writes what has changed since the last report. */
export async function publish(report: Report, before: Report | undefined, world: World): Promise<void> {
  if (report.line !== before?.line) await world.writeFile(LINE_PATH, `${report.line}\n`);
  if (JSON.stringify(report) !== JSON.stringify(before))
    await world.writeFile(STATUS_PATH, `${JSON.stringify(report, null, 2)}\n`);
  if (report.up > 0 && (before?.up ?? 0) === 0) await world.writeFile(READY_PATH, '');
}

const UNCHECKED: ServerState = { name: '', isUp: false, check: 'INI', sessions: 0 };
