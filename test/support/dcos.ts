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
