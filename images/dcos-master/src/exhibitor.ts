// exhibitor: writes Exhibitor's first configuration from the environment, then becomes Exhibitor.

import { mkdirSync, writeFileSync } from 'node:fs';
import { EXHIBITOR_JAR, self } from '../../dcos-base/src/effects/node.ts';
import { exhibitorCommand } from './decide/exhibitor.ts';
import { DATA_FOLDER, LOG_FOLDER, readPorts } from './decide/zoo-cfg.ts';

const JAVA = '/usr/bin/java';
const DEFAULTS_FILE = '/var/lib/zookeeper/exhibitor-defaults.conf';
/** Debian's ZooKeeper in the shape that Exhibitor expects: bin/zkServer.sh, conf, the jars. */
const ZOOKEEPER_FOLDER = '/opt/exhibitor/zookeeper';
const EXIT_CONFIGURATION = 78;

try {
  for (const folder of [DATA_FOLDER, LOG_FOLDER]) mkdirSync(folder, { recursive: true });
  const { addresses, hostName } = self();
  const address = process.env['EXHIBITOR_HOSTNAME'] || process.env['MESOS_IP'] || addresses[0] || hostName;
  const ports = readPorts(process.env);
  const command = exhibitorCommand(process.env, ports, address, DEFAULTS_FILE, ZOOKEEPER_FOLDER);
  writeFileSync(DEFAULTS_FILE, command.defaults);
  process.execve?.(JAVA, ['java', '-jar', EXHIBITOR_JAR, ...command.parameters], process.env);
} catch (error) {
  process.stderr.write(`exhibitor: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(EXIT_CONFIGURATION);
}
