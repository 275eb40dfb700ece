// The real supervisord, started in a directory of its own: the oracle that we compare with.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { callMethod } from '../../supervisor/control/client.ts';
import { requireSupervisor, start, SUPERVISORD, until, withDirectory } from './control.ts';

export interface Oracle {
  readonly directory: string;
  readonly url: string;
  readonly configuration: string;
}

/** Runs a test beside a supervisord with these sections, `%D` being its directory, and ends it afterwards. */
export async function withSupervisord(
  sections: string,
  test: (oracle: Oracle) => Promise<void>,
): Promise<void> {
  requireSupervisor();
  await withDirectory(async (directory) => {
    const configuration = join(directory, 'supervisord.conf');
    const url = `unix://${directory}/sock`;
    writeFileSync(configuration, `${BASE}\n${sections}`.replaceAll('%D', directory));
    const daemon = start(SUPERVISORD, ['-n', '-c', configuration], null);
    try {
      await until('supervisord to answer', () => daemon.output().includes('supervisord started with pid'));
      await callMethod({ url, credentials: null }, 'supervisor.getState', []);
      await test({ directory, url, configuration });
    } finally {
      daemon.child.kill('SIGTERM');
      await daemon.finished;
    }
  });
}

const BASE = `
[supervisord]
logfile=%D/main.log
pidfile=%D/pid
childlogdir=%D
user=root
[unix_http_server]
file=%D/sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%D/sock
`;
