// What the end-to-end tests of DC/OS's images share: a network with addresses of our own, ZooKeeper's real client.

import { randomBytes, randomInt } from 'node:crypto';
import { docker, mustDocker, type Container } from './containers.ts';
import { eventually } from './eventually.ts';

export interface Network {
  readonly name: string;
  /** `10.x.y.` */
  readonly prefix: string;
  remove(): Promise<void>;
}

/** A bridge network whose containers may choose their addresses; a subnet that is taken is not tried again. */
export async function makeNetwork(): Promise<Network> {
  const name = `dcos-test-${randomBytes(4).toString('hex')}`;
  for (let attempt = 1; ; attempt += 1) {
    const prefix = `10.${randomInt(130, 250)}.${randomInt(1, 250)}.`;
    const { code, stderr } = await docker('network', 'create', '--subnet', `${prefix}0/24`, name);
    if (code === 0) return { name, prefix, remove: async () => void (await docker('network', 'rm', name)) };
    if (attempt === 5) throw new Error(`cannot make a network: ${stderr}`);
  }
}

const JARS = ['slf4j-nop', 'zookeeper', 'commons-cli'].map((jar) => `/usr/share/java/${jar}.jar`).join(':');

/** Runs a command of ZooKeeper's own client in the container; throws where it fails. */
export async function zookeeperClient(container: Container, ...command: readonly string[]): Promise<string> {
  const client = ['org.apache.zookeeper.ZooKeeperMain', '-server', '127.0.0.1:2181'];
  const result = await container.exec('java', '-Xmx64m', '-cp', JARS, ...client, ...command);
  if (result.code !== 0) throw new Error(`zkCli ${command.join(' ')}: ${result.stderr}${result.stdout}`);
  return result.stdout + result.stderr;
}

/** `leader`, `follower`, `standalone`, or null while the member serves nobody. */
export async function roleOf(container: Container): Promise<string | null> {
  const { code, stdout } = await container.exec('curl', '-sf', 'http://127.0.0.1/health/zookeeper');
  return code === 0 ? (/"server_state" : "(\w+)"/.exec(stdout)?.[1] ?? null) : null;
}

/** The roles of all members once each has one, leader first. */
export function rolesOf(containers: readonly Container[]): Promise<string[]> {
  return eventually(
    'a role for each member',
    async () => {
      const roles = await Promise.all(containers.map(roleOf));
      const known = roles.filter((role) => role !== null);
      return known.length === roles.length ? known.toSorted(leaderFirst) : null;
    },
    async () => {
      const logs = await Promise.all(containers.map((container) => container.logs()));
      return logs.map((log) => log.split('\n').slice(-20).join('\n')).join('\n---\n');
    },
  );
}

function leaderFirst(one: string, two: string): number {
  return Number(two === 'leader') - Number(one === 'leader');
}

/** A volume of the engine that is removed with the test. */
export async function makeVolume(): Promise<{ name: string; remove(): Promise<void> }> {
  const name = await mustDocker('volume', 'create', `dcos-test-${randomBytes(4).toString('hex')}`);
  return { name, remove: async () => void (await docker('volume', 'rm', '-f', name)) };
}

/** A long-running unit of DC/OS that does nothing but be there. */
const IDLE = '[Service]\nRestart=always\nExecStart=/bin/sleep inf\n';

/** What a master on the same host runs already, by README 004 and by what its image really did. */
export const SHARED_UNITS = [
  'dcos-epmd.service',
  'dcos-ddt.service',
  'dcos-spartan.service',
  'dcos-spartan-watchdog.service',
  'dcos-spartan-watchdog.timer',
  'dcos-gen-resolvconf.service',
  'dcos-gen-resolvconf.timer',
] as const;

/** Answers as Mesos' master does where DC/OS asks it, on MESOS_PORT. */
const MASTER = `#!/opt/initkit/bin/node
const { createServer } = require('node:http');
const { MESOS_CLUSTER: cluster, MESOS_PORT: port, MESOS_QUORUM: quorum } = process.env;
createServer(({ url }, response) => {
  if (url === '/health') return response.end();
  if (url === '/state') return response.end(JSON.stringify({ cluster, slaves: [] }));
  response.writeHead(404).end();
}).listen(port, () => console.log('master of ' + cluster + ' with quorum ' + quorum));
process.on('SIGTERM', () => process.exit(0));
`;

/** Says what it finds in its environment, and how it is asked to leave. */
const AGENT = `#!/bin/sh
echo "agent: cluster=$MESOS_CLUSTER work=$MESOS_WORK_DIR odd=$MESOS_ODD systemd=$MESOS_SYSTEMD_ENABLE_SUPPORT log=$MESOS_LOG_DIR"
trap 'echo agent unregisters; exit 0' USR1
touch /var/lib/mesos/agent-was-here
while :; do sleep 0.1; done
`;

function unit(name: string): string {
  return `[Unit]
Description=${name}
[Service]
Restart=always
RestartSec=1
EnvironmentFile=/opt/mesosphere/environment
EnvironmentFile=/opt/mesosphere/etc/mesos
EnvironmentFile=-/opt/mesosphere/etc/absent
Environment=MESOS_LOG_DIR=/from/the/unit
ExecStart=/opt/mesosphere/packages/mesos--1/bin/${name}
`;
}

/** Path below /opt/mesosphere → text: packages in the shape of DC/OS's, for masters and agents. */
export function dcosPackages(): Readonly<Record<string, string>> {
  const shared = SHARED_UNITS.map((name): [string, string] => [
    `packages/net--1/dcos.target.wants/${name}`,
    name.endsWith('.timer') ? '[Timer]\nOnUnitActiveSec=1h\nOnBootSec=1h\n' : IDLE,
  ]);
  return {
    'packages/mesos--1/pkginfo.json': JSON.stringify({
      environment: { FROM_PACKAGE: 'yes' },
      username: 'dcos_test',
      group: 'dcos_group',
      state_directory: true,
    }),
    'packages/mesos--1/bin/master': MASTER,
    'packages/mesos--1/bin/agent': AGENT,
    'packages/mesos--1/etc/mesos': 'MESOS_WORK_DIR=/from/the/package\nMESOS_ODD=package\nMESOS_PORT=5050\n',
    'packages/mesos--1/dcos.target.wants_master/dcos-mesos-master.service': unit('master'),
    'packages/mesos--1/dcos.target.wants_slave/dcos-mesos-slave.service': unit('agent'),
    'packages/net--1/dcos.target.wants/dcos-signal.service': IDLE,
    ...Object.fromEntries(shared),
  };
}
