// What signals mean to a running supervisor: supervisord's meanings, but for SIGHUP, which is the caller's to say.

import type { MainLog } from '../logs/main-log.ts';
import { spokenSignal } from '../process/signals.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Supervisor } from './supervisor.ts';

export interface ActedOn {
  readonly lifecycle: Pick<Lifecycle, 'isEnding' | 'stop'>;
  readonly supervisor: Pick<Supervisor, 'reopenLogs'>;
  readonly log: MainLog;
  readonly onHangup: () => void;
}

export function actOn(signal: string, { lifecycle, supervisor, log, onHangup }: ActedOn): void {
  switch (signal) {
    case 'SIGHUP':
      if (lifecycle.isEnding()) {
        log.log('warn', 'ignored SIGHUP indicating restart request (shutdown in progress)');
        return;
      }
      log.log('warn', 'received SIGHUP indicating restart request');
      onHangup();
      return;
    case 'SIGUSR2':
      log.log('info', 'received SIGUSR2 indicating log reopen request');
      log.log('info', 'supervisord logreopen');
      supervisor.reopenLogs();
      return;
    case 'SIGUSR1':
      // Without a listener node would open its debugger.
      log.log('blather', 'received SIGUSR1 indicating nothing');
      return;
    default:
      lifecycle.stop(`received ${spokenSignal(signal)} indicating exit request`);
  }
}
