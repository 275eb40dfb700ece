// The PID file of a service that daemonises (PIDFile=): read, watched until it names a process, removed after the run.

import { rmSync } from 'node:fs';
import type { Cancel, System } from '../../os/system.ts';

export interface PidFile {
  /** The process that it names; null where it is not there or names none that can be the service's. */
  read(): number | null;
  /** Calls `onChange` whenever the file may have changed, for as long as somebody waits for it. */
  watch(awaited: boolean, onChange: () => void): void;
  remove(): void;
}

export function createPidFile(system: System, path: () => string | null): PidFile {
  let watch: Cancel | null = null;
  return {
    read() {
      const file = path();
      const text = file === null ? null : system.readText(file);
      const pid = text === null ? Number.NaN : Number.parseInt(text.trim(), 10);
      return Number.isInteger(pid) && pid > 1 && pid !== system.pid ? pid : null;
    },
    watch(awaited, onChange) {
      const file = path();
      if (awaited && file !== null) {
        if (watch !== null) return;
        watch = system.watchPath(file, onChange);
        // It may have been written between the look and the watch.
        onChange();
      } else {
        watch?.();
        watch = null;
      }
    },
    remove() {
      const file = path();
      if (file === null) return;
      try {
        rmSync(file, { force: true });
      } catch {
        // A file that cannot be removed (a read-only root, for one) stays, as with systemd.
      }
    },
  };
}
