// A Program with supervisord's defaults, to change what a test is about.

import type { Program, StreamConfig } from '../../supervisor/model.ts';

export const NO_LOG: StreamConfig = {
  target: { kind: 'none' },
  maxBytes: 0,
  backups: 0,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
};

export function aProgram(changes: Partial<Program> = {}): Program {
  const name = changes.name ?? 'web';
  return {
    kind: 'program',
    name,
    group: name,
    origin: { file: 'supervisord.conf', line: 1 },
    commandLine: '/bin/web',
    argv: ['/bin/web'],
    priority: 999,
    autostart: true,
    autorestart: 'unexpected',
    startSecs: 1,
    startRetries: 3,
    exitCodes: [0],
    stopSignal: 'SIGTERM',
    stopWaitSecs: 10,
    stopAsGroup: false,
    killAsGroup: false,
    user: null,
    directory: null,
    umask: null,
    environment: {},
    redirectStderr: false,
    stdout: NO_LOG,
    stderr: NO_LOG,
    serverUrl: null,
    enabled: true,
    type: 'service',
    dependsOn: [],
    ready: null,
    exitOn: 'never',
    logFormat: null,
    maxRestarts: 0,
    restartWindowSecs: 0,
    backoffMaxSecs: null,
    limits: {},
    environmentFiles: [],
    setHome: false,
    statusFile: null,
    schedule: null,
    check: null,
    watch: null,
    ...changes,
  };
}
