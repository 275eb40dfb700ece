// zookeeper: writes zoo.cfg and myid from the environment, then becomes Debian's ZooKeeper.

import { mkdirSync, writeFileSync } from 'node:fs';
import { splitCommand } from '../../../supervisor/config/shlex.ts';
import {
  ownMember,
  readMasterList,
  readStaticEnsemble,
  type Member,
} from '../../dcos-base/src/decide/ensemble.ts';
import { DATA_FOLDER, LOG_FOLDER, readPorts, zooCfg } from './decide/zoo-cfg.ts';
import { resolveHosts, self, textOf } from '../../dcos-base/src/effects/node.ts';

const JAVA = '/usr/bin/java';
const CONFIG_FILE = '/var/lib/zookeeper/zoo.cfg';
const CLASS_PATH = '/etc/zookeeper:'.concat(
  ['slf4j-log4j12', 'log4j-1.2', 'servlet-api', 'zookeeper']
    .map((jar) => `/usr/share/java/${jar}.jar`)
    .join(':'),
);
const MAIN = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
const EXIT_CONFIGURATION = 78;
/** Names of members that are not up yet may not resolve; their own name does. */
const RESOLVE_TIMEOUT_MS = 5000;

const environment = process.env;

main().catch((error: unknown) => {
  process.stderr.write(`zookeeper: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(EXIT_CONFIGURATION);
});

async function main(): Promise<void> {
  const ports = readPorts(environment);
  const members = readMembers();
  mkdirSync(DATA_FOLDER, { recursive: true });
  mkdirSync(LOG_FOLDER, { recursive: true });
  if (members.length > 1) writeOwnId(await ownId(members));
  writeFileSync(CONFIG_FILE, zooCfg(members, ports));
  const heap = environment['ZOOKEEPER_HEAP'];
  const options = [...(heap ? [`-Xmx${heap}`] : []), ...flags('SERVER_JVMFLAGS'), ...flags('JVMFLAGS')];
  const argv = ['java', ...options, '-XX:+ExitOnOutOfMemoryError', '-cp', CLASS_PATH, MAIN, CONFIG_FILE];
  process.execve?.(JAVA, argv, environment);
}

function readMembers(): readonly Member[] {
  const { EXHIBITOR_STATICENSEMBLE: ensemble, MASTER_LIST: list } = environment;
  if (!ensemble && !list) return [];
  const result = ensemble ? readStaticEnsemble(ensemble) : readMasterList(list ?? '');
  if ('problem' in result) throw new Error(`cannot read the ensemble: ${result.problem}`);
  return result.members;
}

async function ownId(members: readonly Member[]): Promise<number> {
  const text = environment['ZOOKEEPER_MYID'];
  if (text) {
    const given = members.find(({ id }) => String(id) === text);
    if (given !== undefined) return given.id;
    throw new Error(
      `cannot use ZOOKEEPER_MYID=${text}: the ensemble has ${members.map(({ id }) => id).join(', ')}`,
    );
  }
  const names = members.map(({ host }) => host);
  const own = ownMember(members, self(), await resolveHosts(names, RESOLVE_TIMEOUT_MS));
  if ('problem' in own) throw new Error(`cannot tell which member this is: ${own.problem}`);
  return own.id;
}

function writeOwnId(id: number): void {
  const file = `${DATA_FOLDER}/myid`;
  const before = textOf(file).trim();
  if (before === String(id)) return;
  if (before !== '') process.stderr.write(`zookeeper: this was member ${before} and is now ${id}\n`);
  writeFileSync(file, `${id}\n`);
}

function flags(name: string): readonly string[] {
  const split = splitCommand(environment[name] ?? '');
  if (!split.ok) throw new Error(`cannot read ${name}: its quotes do not match`);
  return split.words;
}
