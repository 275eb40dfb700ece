// Certificates for tests: a CA of their own, and what it signs, made by openssl.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Authority {
  /** Path of its certificate. */
  readonly certificate: string;
  /** Signs a certificate; `names` are subject alternative names such as `DNS:localhost` or `IP:127.0.0.1`. */
  issue(name: string, names: readonly string[]): Issued;
}

export interface Issued {
  /** Paths, and the texts in them. */
  readonly certificate: string;
  readonly key: string;
  readonly cert: string;
  readonly keyText: string;
}

/** Makes a CA in this folder. */
export function makeAuthority(folder: string, name = 'ca'): Authority {
  const key = join(folder, `${name}.key`);
  const certificate = join(folder, `${name}.crt`);
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-keyout',
    key,
    '-out',
    certificate,
    '-subj',
    `/CN=${name}`,
    '-days',
    '2',
  );
  return {
    certificate,
    issue(subject, names) {
      const [own, request, issued, extensions] = ['key', 'csr', 'crt', 'ext'].map((end) =>
        join(folder, `${subject}.${end}`),
      ) as [string, string, string, string];
      openssl('req', ...NEW_KEY, '-keyout', own, '-out', request, '-subj', `/CN=${subject}`);
      writeFileSync(extensions, names.length === 0 ? '' : `subjectAltName=${names.join(',')}\n`);
      const signing = [
        '-CA',
        certificate,
        '-CAkey',
        key,
        '-CAcreateserial',
        '-days',
        '2',
        '-extfile',
        extensions,
      ];
      openssl('x509', '-req', '-in', request, '-out', issued, ...signing);
      return read(issued, own);
    },
  };
}

/** The certificate that logstash-forwarder's documentation tells to make: signed by itself, with a common name alone. */
export function makeSelfSigned(folder: string, commonName: string): Issued {
  const [key, certificate] = [join(folder, `${commonName}.key`), join(folder, `${commonName}.crt`)];
  openssl('req', '-x509', ...NEW_KEY, '-keyout', key, '-out', certificate, '-subj', `/CN=${commonName}`);
  return read(certificate, key);
}

const NEW_KEY = ['-batch', '-nodes', '-newkey', 'rsa:2048'];

function read(certificate: string, key: string): Issued {
  return { certificate, key, cert: readFileSync(certificate, 'utf8'), keyText: readFileSync(key, 'utf8') };
}

function openssl(...parameters: readonly string[]): void {
  execFileSync('openssl', parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
}
