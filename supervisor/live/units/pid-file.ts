// The PID file of a service that daemonises (PIDFile=): read, watched until it names a process, removed after the run.

import { rmSync } from 'node:fs';
import type { Cancel, System } from '../../os/system.ts';
import type { World } from '../../units/machine/state.ts';

export interface PidFile {
  /** The process that it names, or why that cannot be the service's; null where there is no file. */
  read(): World['pidFile'];
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
      if (text === null) return null;
      const pid = Number.parseInt(text.trim(), 10);
      if (!(pid > 0)) return { fault: `Failed to parse PID from file ${file}: Invalid argument` };
      if (pid === 1 || pid === system.pid) return { fault: `New main PID ${pid} is the manager, refusing.` };
      return pid;
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
