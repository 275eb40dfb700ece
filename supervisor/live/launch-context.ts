// What all launches share: the environment that programs inherit, the kernel, and what the image is known to lack.

import type { Loaded } from '../config/load.ts';
import type { MainLog } from '../logs/main-log.ts';
import type { System } from '../os/system.ts';
import { createFcgiSockets } from './fcgi-sockets.ts';
import { PIPE_ENDS, type LaunchContext } from './launch.ts';
import { makeRuntimeDirectory } from './runtime-directory.ts';

export function launchContext(system: System, loaded: Loaded, log: MainLog): LaunchContext {
  const { plan, image } = loaded;
  const server = plan.unixServer !== null ? `unix://${plan.unixServer.file}` : null;
  const [inet] = plan.inetServers;
  return {
    system,
    environment: { ...Object.fromEntries(loaded.environment.values), ...plan.supervisor.environment },
    serverUrl: server ?? (inet === undefined ? null : `http://${inet.host || 'localhost'}:${inet.port}`),
    fcgi: createFcgiSockets(system, log),
    runtimeDirectory: makeRuntimeDirectory,
    devNull: system.openForRead('/dev/null'),
    pipes: PIPE_ENDS,
    whyAbsent(command) {
      const slot = image.software.find((software) => software.commands.includes(command));
      if (slot === undefined) return null;
      const remedy = `build it with --software ${slot.name}=…`;
      return `${command} is not in this image: it was built without the software '${slot.name}' (${remedy})`;
    },
  };
}
