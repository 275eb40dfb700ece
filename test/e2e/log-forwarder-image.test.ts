// The log forwarder in the image that ships it: its variables, its user, its memory, its schedule, and the real one in the slot.

import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeAuthority } from '../support/certificates.ts';
import { cleanUp, mustDocker, startContainer, type Container } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';
import { startLumberjack, type LumberjackOptions, type LumberjackServer } from '../support/lumberjack.ts';

const test = suite('log forwarder in its image');

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'initkit-shipped-'));
chmodSync(folder, 0o755);
const servers: LumberjackServer[] = [];
const authority = makeAuthority(folder);
const network = `initkit-logs-${process.pid}`;
/** The host, as containers of the network see it. */
let host = '';

async function build(...parameters: string[]): Promise<void> {
  await run(process.execPath, ['build/main.ts', 'build', 'mesos-slave', ...parameters]);
}

test.before(async () => {
  // An engine in its first life does not tell the address of its own bridge.
  await mustDocker('network', 'create', network);
  host = await mustDocker('network', 'inspect', network, '-f', '{{(index .IPAM.Config 0).Gateway}}');
  await build('--no-test');
});

test.after(async () => {
  await cleanUp();
  await mustDocker('network', 'rm', network);
  await Promise.all(servers.map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function serve(options: Partial<LumberjackOptions> = {}): Promise<LumberjackServer> {
  const { keyText, cert } = authority.issue(`server-${servers.length}`, [`IP:${host}`]);
  const server = await startLumberjack({ key: keyText, cert, ...options }, 0, '0.0.0.0');
  servers.push(server);
  return server;
}

/** The image with a main program that does nothing, and this server. */
function start(
  server: LumberjackServer,
  environment: Record<string, string> = {},
  options: readonly string[] = [],
  image = 'mesos-slave',
): Promise<Container> {
  return startContainer({
    image,
    environment: {
      ENVIRONMENT: 'production',
      SERVICE_MESOS_CMD: 'sleep infinity',
      SERVICE_LOGSTASH_FORWARDER_ADDRESS: `${host}:${server.port}`,
      SERVICE_LOGSTASH_FORWARDER_CERT: '/certs/ca.crt',
      ...environment,
    },
    options: ['--network', network, '-v', `${authority.certificate}:/certs/ca.crt:ro`, ...options],
  });
}

async function lineOf(server: LumberjackServer, text: string): Promise<Readonly<Record<string, unknown>>> {
  const event = await eventually(
    `the line ${text}`,
    () => server.events.find((each) => each.fields['line'] === text) ?? null,
    () => server.problems.join('\n'),
  );
  return event.fields;
}

test('the logs of Mesos, with the fields of the image, as a user of its own; and on after a restart', async () => {
  const server = await serve();
  const container = await start(server, {
    MESOS_LOG_DIR: '/srv/mesos logs',
    PARENT_HOST: 'rack 7',
    APP_NAME: 'a|b&"c"',
  });
  const write = (text: string): Promise<unknown> =>
    container.exec(
      'sh',
      '-c',
      `mkdir -p "$MESOS_LOG_DIR" && echo ${text} >> "$MESOS_LOG_DIR/mesos-slave.INFO"`,
    );
  await write('one');
  const { host: name, ...fields } = await lineOf(server, 'one');
  assert.is(name, container.id.slice(0, 12));
  assert.equal(fields, {
    file: '/srv/mesos logs/mesos-slave.INFO',
    offset: '0',
    line: 'one',
    type: 'mesos-slave',
    app_name: 'a|b&"c"',
    parent_host: 'rack 7',
    environment: 'production',
  });
  const user = await container.exec('sh', '-c', 'stat -c %U /proc/$(initkit pid logstash-forwarder)');
  assert.is(user.stdout.trim(), 'logstash-forwarder');
  const locked = '"$MESOS_LOG_DIR/locked.INFO"';
  await container.exec('sh', '-c', `umask 077; echo locked > ${locked}`);
  await container.waitForLog(/cannot read .*locked\.INFO: EACCES/);
  await container.exec('sh', '-c', `chmod 644 ${locked}`);
  await lineOf(server, 'locked');
  await mustDocker('restart', container.id);
  await write('two');
  await lineOf(server, 'two');
  assert.equal(
    server.events.map((event) => event.fields['line']),
    ['one', 'locked', 'two'],
  );
});

test('without its CA it says what is missing, and Mesos goes on', async () => {
  const server = await serve();
  const container = await start(server, { SERVICE_LOGSTASH_FORWARDER_CERT: '/nowhere.crt' });
  await container.waitForLog(
    /cannot read "ssl ca": ENOENT: no such file or directory, open '\/nowhere\.crt'/,
  );
  await container.waitForLog(/gave up: logstash-forwarder entered FATAL state/);
  assert.ok(await container.isRunning());
});

test('a file of the image itself is followed when its first write makes a copy of it', async () => {
  const server = await serve();
  const made = await startContainer({
    image: 'mesos-slave',
    environment: { SERVICE_MESOS_CMD: 'sleep infinity' },
  });
  await made.exec('sh', '-c', 'echo from the image > /var/log/syslog');
  const image = `lfw-lower-${process.pid}`;
  await mustDocker('commit', made.id, image);
  await made.remove();
  try {
    const container = await start(server, {}, [], image);
    await lineOf(server, 'from the image');
    await container.exec('sh', '-c', 'echo from the container >> /var/log/syslog');
    await lineOf(server, 'from the container');
    await container.remove();
  } finally {
    await mustDocker('rmi', '-f', image);
  }
});

test('in 96 MB, with a server that stops reading and 150 MB to send: alive, and nothing is lost', async () => {
  let stalled = true;
  const waiting: (() => void)[] = [];
  const seen = new Set<number>();
  const server: LumberjackServer = await serve({
    async onWindow(events) {
      if (stalled) await new Promise<void>((resolve) => waiting.push(resolve));
      for (const { fields } of events) seen.add(Number.parseInt(String(fields['line']), 10));
      server.events.length = 0;
      return events.slice(-1).map((event) => event.sequence);
    },
  });
  const path = join(folder, 'big.log');
  const lines = 300_000;
  const out = createWriteStream(path);
  for (let line = 0; line < lines; line += 1) {
    if (!out.write(`${line} ${'x'.repeat(500)}\n`))
      await new Promise((resolve) => out.once('drain', resolve));
  }
  await new Promise((resolve) => out.end(() => resolve(null)));
  writeFileSync(
    join(folder, 'big.conf'),
    JSON.stringify({ network: { servers: [], timeout: 60 }, files: [{ paths: ['/big/*.log'] }] }),
  );
  const container = await start(server, { SERVICE_LOGSTASH_FORWARDER_CONF: '/big/big.conf' }, [
    '--memory=96m',
    '--memory-swap=96m',
    `--volume=${folder}:/big:ro`,
  ]);
  await eventually(
    'a window that waits',
    () => waiting.length > 0,
    () => container.logs(),
  );
  appendFileSync(path, `${lines} the last\n`);
  stalled = false;
  for (const resume of waiting) resume();
  const progress = async (): Promise<string> => `${seen.size}\n${await container.logs()}`;
  for (let before = -1; seen.size <= lines && seen.size > before;) {
    before = seen.size;
    await eventually('more lines', () => seen.size > before + 50_000 || seen.size > lines, progress);
  }
  assert.is(seen.size, lines + 1);
  assert.ok(await container.isRunning());
  assert.not.match(await container.logs(), /exited: logstash-forwarder/);
  await container.remove();
  rmSync(path);
});

test('the container is killed, its network cut, the server restarted: every line arrives', async () => {
  const seen = new Map<string, number>();
  const { keyText, cert } = authority.issue('restarted', [`IP:${host}`]);
  const listen = async (port: number): Promise<LumberjackServer> => {
    const server: LumberjackServer = await startLumberjack(
      {
        key: keyText,
        cert,
        onWindow(events) {
          for (const { fields } of events)
            seen.set(String(fields['line']), (seen.get(String(fields['line'])) ?? 0) + 1);
          server.events.length = 0;
          return events.slice(-1).map((event) => event.sequence);
        },
      },
      port,
      '0.0.0.0',
    );
    servers.push(server);
    return server;
  };
  let server = await listen(0);
  const logs = join(folder, 'flow');
  mkdirSync(logs);
  chmodSync(logs, 0o755);
  writeFileSync(
    join(folder, 'flow.conf'),
    JSON.stringify({ network: { servers: [], timeout: 2 }, files: [{ paths: ['/flow/flow/*.log'] }] }),
  );
  const container = await start(server, { SERVICE_LOGSTASH_FORWARDER_CONF: '/flow/flow.conf' }, [
    `--volume=${folder}:/flow:ro`,
  ]);
  let written = 0;
  const write = (howMany: number): void => {
    const text = Array.from({ length: howMany }, () => `line ${written++}\n`).join('');
    appendFileSync(join(logs, 'a.log'), text);
  };
  const caughtUp = (): Promise<boolean> =>
    eventually(
      'all lines',
      () => seen.size === written,
      async () => `${seen.size} of ${written}\n${await container.logs()}`,
    );
  write(5000);
  await eventually(
    'some lines',
    () => seen.size > 0,
    () => container.logs(),
  );
  write(20_000);
  await mustDocker('kill', container.id);
  renameSync(join(logs, 'a.log'), join(logs, 'a.log.1'));
  write(5000);
  await mustDocker('start', container.id);
  await caughtUp();
  await mustDocker('network', 'disconnect', network, container.id);
  write(5000);
  await container.waitForLog(/acknowledged nothing for 2 s|cannot reach/);
  await mustDocker('network', 'connect', network, container.id);
  await caughtUp();
  write(20_000);
  await server.close();
  write(5000);
  server = await listen(server.port);
  await caughtUp();
  const twice = [...seen.values()].reduce((sum, times) => sum + times - 1, 0);
  // Three faults, two batches in flight at each.
  assert.ok(twice <= 3 * 2 * 1024, `${twice} came twice`);
  await container.remove();
});

test('old logs of Mesos are removed by the schedule, which initkit status tells', async () => {
  const server = await serve();
  const container = await start(server, { SERVICE_LOGROTATE_SCHEDULE: '30 4 1 1 *' });
  const names = (severity: string): string =>
    `for day in 1 2 3 4 5 6 7; do : > /var/log/mesos/mesos-slave.h.root.log.${severity}.2015110$day-101112.7; done`;
  await container.exec(
    'sh',
    '-c',
    `mkdir -p /var/log/mesos; ${names('INFO')}; ${names('ERROR')}; : > /var/log/mesos/mine`,
  );
  const line = /purge-mesos-logs +STOPPED +0 +no +Not started, next run [A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M/;
  await eventually('its next run in the status', async () => {
    const { stdout } = await container.exec('initkit', 'status', 'purge-mesos-logs');
    return line.test(stdout);
  });
  // Nobody waits for January: `start` runs it at any time.
  await container.exec('initkit', 'start', 'purge-mesos-logs');
  const listed = await container.exec('ls', '/var/log/mesos');
  assert.equal(
    listed.stdout.trim().split('\n'),
    ['ERROR', 'INFO']
      .flatMap((severity) =>
        ['3', '4', '5', '6', '7'].map((day) => `mesos-slave.h.root.log.${severity}.2015110${day}-101112.7`),
      )
      .concat('mine'),
  );
  const json = await container.exec('initkit', 'status', '--json');
  assert.match(json.stdout, /"nextRunAt": ?"\d{4}-/);
});

test('a real logstash-forwarder in the slot is run, with the same configuration and its variables', async () => {
  // Stands for it: says how it was called, in which directory, and what it was told to read.
  const original = join(folder, 'logstash-forwarder');
  writeFileSync(
    original,
    '#!/bin/sh\necho "original: $(pwd) $*"\ncat "${1#-config=}"\nexec sleep infinity\n',
    { mode: 0o755 },
  );
  await build('--software', `logstash-forwarder=${original}`);
  try {
    const server = await serve();
    const container = await start(server, { APP_NAME: 'an app' });
    const logs = await container.waitForLog(/"dead time"[^]*"dead time"[^]*\}\s+\]\s+\}/);
    assert.match(
      logs,
      'original: /var/lib/logstash-forwarder -config=/var/lib/logstash-forwarder/logstash-forwarder.conf',
    );
    assert.match(logs, `"${host}:${server.port}"`);
    assert.match(logs, '"app_name": "an app"');
    assert.match(logs, '"ssl ca": "/certs/ca.crt"');
    await container.remove();
  } finally {
    await build('--no-test');
  }
});

test.run();
