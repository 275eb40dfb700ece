// The container that --watch --run keeps: a new one after every build, its output beside the build's.

import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { engineMessage } from '../engine/engine-errors.ts';
import type { Container, Engine } from '../model/engine.ts';

export interface Running {
  /** Starts a container of the image as it is now, in place of the one before. */
  restart(): Promise<void>;
  /** At once: who presses Ctrl-C does not wait for a program that takes no notice. */
  end(): Promise<void>;
}

/** Editing must not wait for Docker's ten seconds. */
const STOP_SECONDS = 2;

export function keepRunning(engine: Engine, image: string, say: (line: string) => void): Running {
  let current: { container: Container; id: string } | undefined;
  const stop = async (): Promise<void> => {
    const { container } = current ?? {};
    current = undefined;
    await container?.stop(STOP_SECONDS);
    await container?.remove();
  };
  return {
    async end() {
      const { container } = current ?? {};
      current = undefined;
      await container?.remove();
    },
    async restart() {
      const id = (await engine.inspect(`${image}:latest`))?.id;
      const isSame = id !== undefined && id === current?.id;
      if (id === undefined || (isSame && (await current?.container.inspect())?.isRunning === true)) return;
      await stop();
      const { ExposedPorts } = await engine.imageConfig(id);
      const ports = Object.keys((ExposedPorts ?? {}) as object)
        .filter((port) => !port.endsWith('/udp'))
        .map((port) => Number(port.split('/')[0]));
      const container = await engine.createContainer({ image: id, environment: [], ports });
      current = { container, id };
      try {
        await container.start();
      } catch (error) {
        say(`cannot start: ${engineMessage(error)}`);
        return;
      }
      const { hostPorts } = await container.inspect();
      const places = [...hostPorts].map(([port, host]) => `${port} at 127.0.0.1:${host}`);
      say(
        `started (${container.id.slice(0, 12)})${places.length === 0 ? '' : `, port ${places.join(', ')}`}`,
      );
      const lines = lineWriter(say);
      void container.follow(lines, lines).then(
        async () => {
          if (current?.container !== container) return;
          const { exitCode } = await container.inspect();
          say(`ended with ${exitCode}; the next change starts it again`);
        },
        () => {},
      );
    },
  };
}

function lineWriter(say: (line: string) => void): Writable {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return new Writable({
    write(chunk: Buffer, _, done) {
      const parts = (rest + decoder.write(chunk)).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) say(line.replace(/\r$/, ''));
      done();
    },
    final(done) {
      if (rest !== '') say(rest);
      done();
    },
  });
}
