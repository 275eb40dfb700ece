// Values of a master that can be judged by themselves, before anything starts.

import type { Variables } from './outcome.ts';

/** From 1 to 65535. */
export function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** `host:port`, with an IPv6 address in brackets; `http://` in front and `/` behind are taken off. */
export function hostPort(text: string): string | null {
  const address = text.replace(/^http:\/\//, '').replace(/\/$/, '');
  const [, port = ''] = /^(?:[A-Za-z0-9_.-]+|\[[0-9a-fA-F:]+\]):(\d+)$/.exec(address) ?? [];
  return isPort(port) ? address : null;
}

interface Rule {
  readonly names: readonly string[];
  readonly isRight: (text: string) => boolean;
  readonly fault: string;
  readonly remedy: string;
}

const BACKENDS = ['file', 'STATIC', 'AWS_S3', 'ZK', 'SHARED_FS', 'AZURE', 'GCE'];

const RULES: readonly Rule[] = [
  {
    names: ['ADMINROUTER_PORT', 'ADMINROUTER_TLS_PORT'].concat(
      ['CLIENT', 'PEER', 'ELECTION', 'ADMIN'].map((kind) => `ZOOKEEPER_${kind}_PORT`),
    ),
    isRight: isPort,
    fault: 'it is no port',
    remedy: 'write 1 to 65535',
  },
  {
    names: ['ADMINROUTER_MESOS', 'ADMINROUTER_MARATHON', 'ADMINROUTER_EXHIBITOR'],
    isRight: (text) => hostPort(text) !== null,
    fault: 'it is no host:port',
    remedy: 'write 10.0.0.1:5050',
  },
  {
    names: ['ZOOKEEPER_HEAP'],
    isRight: (text) => /^[1-9]\d*[kmg]?$/i.test(text),
    fault: 'it is no size of memory',
    remedy: 'write 512m or 2g',
  },
  {
    names: ['EXHIBITOR_BACKEND'],
    isRight: (text) => BACKENDS.includes(text),
    fault: 'no such backend is known',
    remedy: `write one of ${BACKENDS.join(', ')}`,
  },
];

const TLS = ['ADMINROUTER_TLS_CERTIFICATE', 'ADMINROUTER_TLS_PRIVATE'];

/** Why a start must not be tried with these values, one sentence each. */
export function valueRefusals(environment: Variables): string[] {
  const wrong = RULES.flatMap(({ names, isRight, fault, remedy }) =>
    names
      .map((name) => [name, environment[name] ?? ''] as const)
      .filter(([, text]) => text !== '' && !isRight(text))
      .map(([name, text]) => `cannot use ${name}=${text}: ${fault} (${remedy})`),
  );
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  const lacking = TLS.filter((name) => !isSet(name));
  if (lacking.length !== 1) return wrong;
  return [...wrong, `cannot serve HTTPS: ${lacking.join()} is not set (set both ${TLS.join(' and ')})`];
}
