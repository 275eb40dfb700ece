// The environment of an agent: where its masters are, what their cluster is called, whether one shares its host.

import { hostsOf, masterListText } from './ensemble.ts';
import { hasDcos } from './master.ts';
import { Findings, type Outcome, type Variables } from './outcome.ts';

export interface SlaveFacts {
  readonly environment: Variables;
  readonly units: ReadonlySet<string>;
  /** What the masters answered; null where they were not asked. */
  readonly cluster: Cluster | null;
}

export type Cluster = { readonly name: string; readonly from: string } | { readonly problem: string };

/** Masters or their load balancer: hosts with or without a port, between commas or blanks; empty where there is none. */
export function masterAddresses({ EXHIBITOR_ADDRESS: text = '' }: Variables): string[] {
  const hosts = (hostsOf(text) ?? []).map((host) => host.replace(/^https?:\/\//i, '').replace(/\/.*$/, ''));
  return [...new Set(hosts)].filter((host) => host !== '');
}

/** Whether the masters are worth asking for the cluster's name. */
export function needsClusterName({ MESOS_CLUSTER: name }: Variables): boolean {
  return (name ?? '') === '';
}

export function decideSlave({ environment, units, cluster }: SlaveFacts): Outcome {
  const found = new Findings();
  const addresses = masterAddresses(environment);
  const wrong = addresses.find((address) => !ADDRESS.test(address));
  if (addresses.length === 0) {
    found.refusals.push(
      'cannot find the masters: EXHIBITOR_ADDRESS is not set (name them, or their load balancer: ' +
        '-e EXHIBITOR_ADDRESS=10.0.0.1,10.0.0.2,10.0.0.3)',
    );
  } else if (wrong !== undefined) {
    found.refusals.push(`cannot read EXHIBITOR_ADDRESS: ${wrong} is no host or host:port`);
  }
  if (!hasDcos(units)) {
    found.refusals.push('cannot run an agent: DC/OS is not in this image (build with --software dcos=…)');
  }
  // DC/OS asks one address for its peers, or reads a list; it cannot ask several.
  if (addresses.length > 1) {
    const hosts = addresses.map((address) => hostOf(address));
    found.answer('DCOS_MASTER_LIST', masterListText(hosts), 'from EXHIBITOR_ADDRESS');
    found.answer('MASTER_SOURCE', 'master_list', 'EXHIBITOR_ADDRESS has several addresses');
  } else if (addresses.length === 1) {
    found.answer('MASTER_SOURCE', 'exhibitor', 'EXHIBITOR_ADDRESS has one address');
  }
  const local = addresses.find((address) => LOOPBACK.test(hostOf(address)));
  if (local !== undefined) {
    found.answer('DCOS_SHARED_HOST', 'true', `EXHIBITOR_ADDRESS has ${local}: a master is on this host`);
  }
  if (cluster !== null && 'problem' in cluster) {
    found.warnings.push(`the cluster's name is unknown: ${cluster.problem} (set MESOS_CLUSTER)`);
  } else if (cluster !== null) found.answer('MESOS_CLUSTER', cluster.name, cluster.from);
  return found;
}

const ADDRESS = /^(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

function hostOf(address: string): string {
  return address.replace(/:\d{1,5}$/, '');
}
