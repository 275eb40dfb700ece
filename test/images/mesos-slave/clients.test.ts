// The tests' own Lumberjack server, held against two clients of it from npm, which are nobody's of ours: what they send is
// understood, and what it answers is.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeAuthority } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { startLumberjack } from '../../support/lumberjack.ts';

const test = suite('lumberjack clients');

const folder = mkdtempSync(join(tmpdir(), 'initkit-clients-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const authority = makeAuthority(folder);
const issued = authority.issue('localhost', ['DNS:localhost', 'IP:127.0.0.1']);
const ca = readFileSync(authority.certificate);
const require = createRequire(import.meta.url);

interface Version1Client {
  writeDataFrame(data: object): void;
  close(): void;
  on(event: string, listener: (value: unknown) => void): void;
  readonly _socket: { readonly lastAck: number; on(event: string, listener: () => void): void } | null;
}

test('lumberjack-protocol, version 1: events one by one, acknowledged by sequence', async () => {
  const { client: connect } = require('lumberjack-protocol') as {
    client: (tls: object, options: object) => Version1Client;
  };
  const server = await startLumberjack({ key: issued.keyText, cert: issued.cert });
  const client = connect({ host: 'localhost', port: server.port, ca }, { windowSize: 5 });
  for (let index = 0; index < 10; index += 1) client.writeDataFrame({ line: `line ${index} ä`, type: 'x' });
  await eventually(
    'ten events',
    () => server.events.length === 10,
    () => server.problems.join('\n'),
  );
  await eventually('the acknowledgement of the tenth', () => client._socket?.lastAck === 10);
  assert.equal(
    server.events.map((event) => event.sequence),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  assert.is(server.events[3]?.version, 1);
  assert.is(Buffer.from(String(server.events[3]?.fields['line']), 'latin1').toString(), 'line 3 ä');
  client.close();
  await server.close();
});

test('lumberjack-client, version 2: a compressed batch of JSON', async () => {
  const Client = require('lumberjack-client') as new (
    config: object,
    tls: boolean,
  ) => {
    log(data: object): void;
    readonly socket: { destroy(): void; removeAllListeners(event: string): void };
  };
  const server = await startLumberjack({ key: issued.keyText, cert: issued.cert });
  const client = new Client({ host: 'localhost', port: server.port, ca }, true);
  for (let index = 0; index < 5; index += 1) client.log({ message: `line ${index} 😀`, deep: { index } });
  await eventually(
    'five events',
    () => server.events.length === 5,
    () => server.problems.join('\n'),
  );
  assert.equal(server.events[4], {
    version: 2,
    sequence: 5,
    fields: { message: 'line 4 😀', deep: { index: 4 } },
  });
  client.socket.removeAllListeners('close');
  client.socket.destroy();
  await server.close();
});

test.run();
