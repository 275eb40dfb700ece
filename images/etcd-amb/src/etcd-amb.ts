// etcd-amb: `prepare` before HAProxy starts, `run` beside it, `status` and `health` for people and for Docker.

import { access, readFile } from 'node:fs/promises';
import { readSettings, type Settings } from './decide/settings.ts';
import type { Surroundings } from './decide/proxy.ts';
import { messageOf } from './effects/errors.ts';
import { linuxWorld } from './effects/linux.ts';
import { prepare } from './prepare.ts';
import { STATUS_PATH, type Report } from './report.ts';
import { run } from './run.ts';

const EXIT = { ok: 0, failed: 1, usage: 2, configuration: 78 } as const;

async function main(command: string): Promise<number> {
  switch (command) {
    case 'prepare':
      return await withSettings(async (settings, around) => {
        await prepare(settings, around, linuxWorld(settings.tls));
      });
    case 'run':
      return await withSettings(async (settings, around) => {
        const end = new AbortController();
        for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => end.abort());
        await run(settings, around, linuxWorld(settings.tls), end.signal, (wake) =>
          process.on('SIGHUP', wake),
        );
      });
    case 'status':
      return await status();
    case 'health':
      return (await readReport())?.up ? EXIT.ok : EXIT.failed;
    default:
      console.error('usage: etcd-amb prepare|run|status|health');
      return EXIT.usage;
  }
}

async function withSettings(
  work: (settings: Settings, around: Surroundings) => Promise<void>,
): Promise<number> {
  const read = readSettings(process.env);
  if ('mistakes' in read) {
    for (const mistake of read.mistakes) console.error(`etcd-amb: ${mistake}`);
    return EXIT.configuration;
  }
  try {
    await work(await withFiles(read.settings), await lookAround());
    return EXIT.ok;
  } catch (error) {
    console.error(`etcd-amb: ${messageOf(error)}`);
    return EXIT.failed;
  }
}

/** A certificate that was given as text, as ETCD_CERT_FILE=/run/secrets/x does, becomes a file like the others. */
async function withFiles(settings: Settings): Promise<Settings> {
  const world = linuxWorld(settings.tls);
  const pathOf = async (name: string, value: string | null): Promise<string | null> => {
    if (value === null || !value.startsWith('-----BEGIN ')) return value;
    const path = `/run/etcd-amb/${name}.pem`;
    await world.writeFile(path, `${value}\n`, 0o600);
    return path;
  };
  const { ca, cert, key } = settings.tls;
  const tls = { ca: await pathOf('ca', ca), cert: await pathOf('cert', cert), key: await pathOf('key', key) };
  return { ...settings, tls };
}

async function lookAround(): Promise<Surroundings> {
  const hasIpv6 = await access('/proc/net/if_inet6').then(
    () => true,
    () => false,
  );
  const limits = await readFile('/proc/self/limits', 'utf8');
  const hard = /^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1];
  return {
    isRoot: process.getuid?.() === 0,
    hasIpv6,
    openFiles: hard === undefined ? Infinity : Number(hard),
  };
}

/** A table of the members; 0 where at least one is up. */
async function status(): Promise<number> {
  const report = await readReport();
  if (report === undefined) {
    console.log('nothing is known yet');
    return EXIT.failed;
  }
  const head = ['MEMBER', 'CLIENTS', 'PEERS', 'CONNECTIONS', 'STATE'];
  const rows = report.members.map((member) => [
    member.name,
    member.client,
    member.peer,
    String(member.sessions),
    member.state,
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  return report.up > 0 ? EXIT.ok : EXIT.failed;
}

async function readReport(): Promise<Report | undefined> {
  const text = await linuxWorld({ ca: null, cert: null, key: null }).readFile(STATUS_PATH);
  return text === undefined ? undefined : (JSON.parse(text) as Report);
}

main(process.argv[2] ?? '').then(
  (code) => void (process.exitCode = code),
  (error: unknown) => {
    console.error(`etcd-amb: ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 70;
  },
);
