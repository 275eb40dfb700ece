// Reads what the engine sends during a build, from BuildKit or the classic builder, until there is an image or a failure.

import type { BuildEvent } from '../model/engine.ts';
import { readJsonLines } from './ndjson.ts';

/** A build that the engine ran and that failed: an instruction, not the engine. */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';
}

/** Gives the id of the image. */
export async function readBuildStream(
  stream: AsyncIterable<Buffer>,
  onEvent: (event: BuildEvent) => void,
): Promise<string> {
  const { createTraceDecoder } = await import('./buildkit/trace.ts');
  const trace = createTraceDecoder();
  const classic = createClassicReader(onEvent);
  let image: string | undefined;
  let failure: string | undefined;
  for await (const message of readJsonLines(stream)) {
    const { id, aux, stream: text } = message;
    if (id === 'moby.buildkit.trace' && typeof aux === 'string') trace.decode(aux).forEach(onEvent);
    else if (typeof aux === 'object' && aux !== null && 'ID' in aux && typeof aux.ID === 'string')
      image = aux.ID;
    else if (typeof text === 'string') classic.read(text);
    const error = message['error'];
    if (typeof error === 'string') failure = error;
  }
  trace.end().forEach(onEvent);
  classic.end(failure);
  if (failure !== undefined) throw new BuildFailure(failure);
  if (image === undefined) throw new BuildFailure('the engine ended the build without an image');
  return image;
}

/** The classic builder sends plain text, with "Step 2/5 : RUN x" and " ---> Using cache" between. */
function createClassicReader(onEvent: (event: BuildEvent) => void): {
  read(text: string): void;
  end(failure?: string): void;
} {
  let rest = '';
  let current: { id: string; name: string; isCached: boolean } | undefined;
  const finish = (): void => {
    if (current !== undefined)
      onEvent({
        type: 'step',
        id: current.id,
        name: current.name,
        state: current.isCached ? 'cached' : 'done',
      });
    current = undefined;
  };
  const readLine = (line: string): void => {
    const step = /^Step (\d+\/\d+) : (.*)$/.exec(line);
    if (step !== null) {
      finish();
      const [, position = '', instruction = ''] = step;
      current = { id: position, name: `[${position}] ${instruction}`, isCached: false };
      onEvent({ type: 'step', id: current.id, name: current.name, state: 'started' });
    } else if (/^ ---> Using cache$/.test(line) && current !== undefined) current.isCached = true;
    else if (!/^( ---> |Removing intermediate container |Successfully )/.test(line) && line !== '') {
      onEvent({ type: 'log', id: current?.id ?? '', line });
    }
  };
  return {
    read(text) {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) readLine(line.replace(/\r$/, ''));
    },
    end(failure) {
      if (rest !== '') readLine(rest);
      if (failure === undefined) finish();
      else if (current !== undefined)
        onEvent({ type: 'step-failed', id: current.id, name: current.name, error: failure });
    },
  };
}
