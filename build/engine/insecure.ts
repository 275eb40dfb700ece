// Which registries the engine talks to without TLS, or without looking at certificates: as `docker info` has it.

import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { lookup } from 'node:dns/promises';

export interface RegistryConfig {
  readonly InsecureRegistryCIDRs?: readonly string[] | null;
  readonly IndexConfigs?: Readonly<Record<string, { readonly Secure?: boolean }>> | null;
}

/** `host` with its port, as in a reference. A name counts by what it resolves to, as it does for the engine. */
export async function isInsecureRegistry(host: string, config: RegistryConfig): Promise<boolean> {
  const known = config.IndexConfigs?.[host]?.Secure;
  if (known !== undefined) return !known;
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  const addresses =
    isIPv4(name) || isIPv6(name)
      ? [name]
      : (await lookup(name, { all: true }).catch(() => [])).map(({ address }) => address);
  const nets = new BlockList();
  for (const cidr of config.InsecureRegistryCIDRs ?? []) {
    const [net = '', bits = ''] = cidr.split('/');
    nets.addSubnet(net, Number(bits), isIPv6(net) ? 'ipv6' : 'ipv4');
  }
  return addresses.some((address) => nets.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
}
