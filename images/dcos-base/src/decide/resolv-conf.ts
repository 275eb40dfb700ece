// RESOLVERS and SEARCH, which DC/OS's own units read, from the container's /etc/resolv.conf.

import type { Answer } from './outcome.ts';

const NOTE = 'from /etc/resolv.conf';

/** Name servers joined by commas, and the first search domain (DC/OS keeps no more of them). */
export function resolverAnswers(text: string): Answer[] {
  const lines = text.split('\n').map((line) =>
    line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/),
  );
  const servers = lines.flatMap(([keyword, server]) => (keyword === 'nameserver' && server ? [server] : []));
  // As in resolv.conf(5), the last of search and domain is the one that counts.
  const domain = lines.findLast(([keyword]) => keyword === 'search' || keyword === 'domain')?.[1];
  return [
    ...(servers.length > 0 ? [{ name: 'RESOLVERS', value: servers.join(','), note: NOTE }] : []),
    ...(domain !== undefined && domain !== '.' ? [{ name: 'SEARCH', value: domain, note: NOTE }] : []),
  ];
}
