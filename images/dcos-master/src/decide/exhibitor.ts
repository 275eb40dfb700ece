// Exhibitor's command line and first configuration, by the rules of DC/OS's own start script.

import type { Variables } from '../../../dcos-base/src/decide/outcome.ts';
import { DATA_FOLDER, FOUR_LETTER_WORDS, LOG_FOLDER, type Ports } from './zoo-cfg.ts';

export interface ExhibitorCommand {
  readonly parameters: readonly string[];
  /** The properties that are used while the shared configuration is empty. */
  readonly defaults: string;
}

/** `address` is by what the other masters know this one. Throws an Error for a backend that is unknown or incomplete. */
export function exhibitorCommand(
  environment: Variables,
  ports: Ports,
  address: string,
  defaultsFile: string,
  zookeeperFolder: string,
): ExhibitorCommand {
  const size = Number(environment['MESOS_CLUSTER_SIZE'] || 1);
  return {
    parameters: `--port 8181 --hostname ${address} --defaultconfig ${defaultsFile}`
      .split(' ')
      .concat(backendParameters(environment, size, address)),
    defaults: `zookeeper-install-directory=${zookeeperFolder}
zookeeper-data-directory=${DATA_FOLDER}
zookeeper-log-directory=${LOG_FOLDER}
log-index-directory=${LOG_FOLDER}
client-port=${ports.client}
connect-port=${ports.peer}
election-port=${ports.election}
check-ms=${size === 1 ? 2000 : 30_000}
cleanup-period-ms=300000
cleanup-max-files=20
observer-threshold=0
auto-manage-instances=1
auto-manage-instances-settling-period-ms=0
auto-manage-instances-fixed-ensemble-size=${size}
zoo-cfg-extra=${zooCfgExtra(ports)}
`,
  };
}

/** Exhibitor asks ZooKeeper by `ruok` and `stat`, which ZooKeeper answers no longer unless it is told to. */
function zooCfgExtra(ports: Ports): string {
  return [
    'tickTime=2000',
    'initLimit=10',
    'syncLimit=5',
    'quorumListenOnAllIPs=true',
    'maxClientCnxns=0',
    FOUR_LETTER_WORDS,
    'admin.serverAddress=127.0.0.1',
    `admin.serverPort=${ports.admin}`,
  ]
    .map((setting) => setting.replace('=', '\\='))
    .join('&');
}

function backendParameters(environment: Variables, size: number, address: string): string[] {
  const need = (name: string): string => {
    const value = environment[name];
    if (value) return value;
    throw new Error(`cannot configure Exhibitor: ${name} is not set`);
  };
  const backend = environment['EXHIBITOR_BACKEND'] || 'file';
  switch (backend) {
    case 'STATIC':
      return ['--configtype', 'static', '--staticensemble', need('EXHIBITOR_STATICENSEMBLE')];
    case 'AWS_S3': {
      const config = `${need('AWS_S3_BUCKET')}:${need('AWS_S3_PREFIX')}`;
      const region = need('AWS_REGION');
      return ['--configtype', 's3', '--s3config', config, '--s3region', region, '--s3backup', 'false'];
    }
    case 'ZK':
      return ['--configtype', 'zookeeper'].concat(
        ['--zkconfigconnect', need('ZK_CONFIG_CONNECT')],
        ['--zkconfigzpath', need('ZK_CONFIG_ZPATH')],
      );
    case 'SHARED_FS':
      return ['--configtype', 'file', '--fsconfigdir', need('EXHIBITOR_FSCONFIGDIR')];
    case 'file':
      if (size === 1) return ['--configtype', 'static', '--staticensemble', `1:${address}`];
      throw new Error('cannot configure Exhibitor: EXHIBITOR_BACKEND=file is for one master');
    default:
      throw new Error(`cannot configure Exhibitor: EXHIBITOR_BACKEND=${backend} is unknown here`);
  }
}
