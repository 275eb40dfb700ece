// ZooKeeper's configuration from the environment: ports, data directories and ensemble as DC/OS's Exhibitor writes them.

import type { Member } from '../../../dcos-base/src/decide/ensemble.ts';
import { isPort } from '../../../dcos-base/src/decide/master-values.ts';
import type { Variables } from '../../../dcos-base/src/decide/outcome.ts';

/** Exhibitor's own layout, so that either of them finds the data of the other. */
export const DATA_FOLDER = '/var/lib/zookeeper/snapshot';
export const LOG_FOLDER = '/var/lib/zookeeper/transactions';

/** What may be asked over the port of the clients. */
export const FOUR_LETTER_WORDS = '4lw.commands.whitelist=srvr,ruok,mntr,stat,conf,isro';

export interface Ports {
  readonly client: number;
  readonly peer: number;
  readonly election: number;
  /** Of the AdminServer, which listens on the loopback address alone. */
  readonly admin: number;
}

const PORT_VARIABLES = {
  client: ['ZOOKEEPER_CLIENT_PORT', 2181],
  peer: ['ZOOKEEPER_PEER_PORT', 2888],
  election: ['ZOOKEEPER_ELECTION_PORT', 3888],
  admin: ['ZOOKEEPER_ADMIN_PORT', 2182],
} as const;

/** Throws an Error for what is no port. */
export function readPorts(environment: Variables): Ports {
  const port = (kind: keyof Ports): number => {
    const [name, byDefault] = PORT_VARIABLES[kind];
    const text = environment[name] || String(byDefault);
    if (!isPort(text)) throw new Error(`cannot read ${name}=${text}: it is no port`);
    return Number(text);
  };
  return { client: port('client'), peer: port('peer'), election: port('election'), admin: port('admin') };
}

/** The text of zoo.cfg. An ensemble of one is none: ZooKeeper then runs alone. */
export function zooCfg(members: readonly Member[], ports: Ports): string {
  const servers = members.map(({ id, host, isObserver }) => {
    const name = host.includes(':') ? `[${host}]` : host;
    return `server.${id}=${name}:${ports.peer}:${ports.election}${isObserver ? ':observer' : ''}`;
  });
  return [
    'tickTime=2000',
    'initLimit=10',
    'syncLimit=5',
    `dataDir=${DATA_FOLDER}`,
    `dataLogDir=${LOG_FOLDER}`,
    `clientPort=${ports.client}`,
    'maxClientCnxns=0',
    'autopurge.snapRetainCount=5',
    'autopurge.purgeInterval=6',
    'quorumListenOnAllIPs=true',
    FOUR_LETTER_WORDS,
    'admin.serverAddress=127.0.0.1',
    `admin.serverPort=${ports.admin}`,
    ...(members.length > 1 ? servers : []),
    '',
  ].join('\n');
}
