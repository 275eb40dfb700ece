// The program purge-mesos-logs: removes all but the newest five of Mesos's log files of each kind. Run by a schedule.

import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { oldLogs } from './decide/mesos-logs.ts';

const KEEP = 5;

function purge(directory: string): void {
  const entries = readdirSync(directory, { withFileTypes: true });
  const links = entries.filter((entry) => entry.isSymbolicLink());
  const current = links.map((entry) => basename(readlinkSync(join(directory, entry.name))));
  const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  const old = oldLogs(files, current, KEEP);
  for (const name of old) rmSync(join(directory, name), { force: true });
  if (old.length > 0) console.log(`purge-mesos-logs: removed ${old.length} files from ${directory}`);
}

const directory = process.env['MESOS_LOG_DIR'] || '/var/log/mesos';
try {
  purge(directory);
} catch (error) {
  // Mesos makes the directory when it starts.
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
    console.error(`purge-mesos-logs: cannot purge ${directory}: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
