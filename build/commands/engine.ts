// The engine command: which one answers, start one, stop the one that was started here.

import { ensureEngine, isOurs, stopDaemon } from '../engine/daemon.ts';
import { connectDocker } from '../engine/docker.ts';
import { describeAddress, type EngineAddress } from '../model/engine-address.ts';
import type { FailureKind } from '../model/errors.ts';

export async function runEngine(
  action: 'status' | 'start' | 'stop',
  address: EngineAddress,
  signal: AbortSignal,
  stdout: NodeJS.WritableStream,
): Promise<FailureKind | undefined> {
  const engine = await connectDocker(address);
  const say = (line: string): void => void stdout.write(`${line}\n`);
  const place = describeAddress(address);
  switch (action) {
    case 'status': {
      const facts = await engine.facts();
      const owner = (await isOurs(address)) ? ', started by initkit' : '';
      say(
        `engine ${facts.version} (API ${facts.apiVersion}, ${facts.os}/${facts.arch}) answers at ${place}${owner}`,
      );
      return undefined;
    }
    case 'start': {
      const hasStarted = await ensureEngine({ address, engine, signal, note: say });
      say(hasStarted ? `the engine answers at ${place}` : `an engine answers at ${place} already`);
      return undefined;
    }
    case 'stop': {
      const what = await stopDaemon({ address, engine, signal, note: say });
      const texts = {
        stopped: `the engine at ${place} has ended`,
        'not-running': `no engine answers at ${place}`,
        'not-ours': `the engine at ${place} was not started by initkit, and goes on`,
      };
      say(texts[what]);
      return undefined;
    }
  }
}
