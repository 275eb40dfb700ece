// Writes the tables of network.json into the README, between its two comments: node images/dcos-master/src/network-tables.ts

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Network {
  readonly securityGroups: readonly {
    readonly name: string;
    readonly appliesTo: string;
    readonly inbound: readonly {
      readonly protocol: string;
      readonly port: number | string;
      readonly from: string;
      readonly service: string;
    }[];
    readonly outbound: string;
  }[];
  readonly loadBalancers: readonly {
    readonly name: string;
    readonly purpose: string;
    readonly ports: readonly number[];
    readonly healthCheck: { readonly protocol: string; readonly port: number; readonly path: string };
    readonly securityGroups: readonly string[];
  }[];
}

const BEGIN = '<!-- network.json: begin -->\n';
const END = '<!-- network.json: end -->\n';

/** Both tables, as Markdown. */
export function networkTables({ securityGroups, loadBalancers }: Network): string {
  const rows = securityGroups.flatMap(({ name, appliesTo, inbound, outbound }) => {
    const rules = inbound.map(({ protocol, port, from, service }) => {
      const what = protocol === port ? protocol : `${protocol} ${port}`;
      return [what, from, service];
    });
    const [first = ['none', '', ''], ...others] = rules;
    return [[name, appliesTo, ...first, outbound], ...others.map((rule) => ['', '', ...rule, ''])];
  });
  const balancers = loadBalancers.map(({ name, purpose, ports, healthCheck, securityGroups: groups }) => {
    const { protocol, port, path } = healthCheck;
    return [name, purpose, ports.join(', '), `${protocol} ${port}${path}`, groups.join(', ')];
  });
  return [
    table(['security group', 'of', 'inbound', 'from', 'service', 'outbound'], rows),
    table(['load balancer', 'purpose', 'ports', 'health check', 'security groups'], balancers),
  ].join('\n');
}

/** The text with what is between the two comments replaced. Throws where they are not there. */
export function withTables(readme: string, tables: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin)
    throw new Error(`cannot find ${BEGIN.trim()} and ${END.trim()} in the README`);
  return `${readme.slice(0, begin)}${BEGIN}\n${tables}\n${readme.slice(end)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(head) + `|${'---|'.repeat(head.length)}\n` + rows.map(line).join('');
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, '..');
  const network = JSON.parse(readFileSync(join(folder, 'network.json'), 'utf8')) as Network;
  const readme = join(folder, 'README.md');
  writeFileSync(readme, withTables(readFileSync(readme, 'utf8'), networkTables(network)));
}
