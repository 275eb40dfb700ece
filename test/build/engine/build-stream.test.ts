// build/build-stream.ts and steps.ts: the engine's two ways to tell of a build, and what a failure shows.

import protobuf from 'protobufjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readBuildStream } from '../../../build/engine/build-stream.ts';
import type { BuildEvent } from '../../../build/model/engine.ts';
import { parseDockerfile } from '../../../build/read/dockerfile.ts';
import { createStepLog } from '../../../build/report/steps.ts';

const test = suite('build stream');

/** One field of a protobuf message: number, wire type 2. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([
    protobuf.Writer.create()
      .uint32((number << 3) | 2)
      .uint32(bytes.length)
      .finish(),
    bytes,
  ]);
}

const TIME = field(5, Buffer.from([8, 1]));
const DONE = field(6, Buffer.from([8, 2]));
const vertex = (name: string, ...more: Buffer[]): Buffer =>
  field(1, Buffer.concat([field(1, `id of ${name}`), field(3, name), ...more]));
const logOf = (name: string, text: Buffer): Buffer =>
  field(3, Buffer.concat([field(1, `id of ${name}`), field(4, text)]));
const trace = (...parts: Buffer[]): object => ({
  id: 'moby.buildkit.trace',
  aux: Buffer.concat(parts).toString('base64'),
});

async function read(messages: object[]): Promise<{ events: BuildEvent[]; result: string }> {
  const events: BuildEvent[] = [];
  async function* source(): AsyncGenerator<Buffer> {
    for (const message of messages) yield Buffer.from(`${JSON.stringify(message)}\n`);
  }
  const result = await readBuildStream(source(), (event) => events.push(event)).catch(
    (error: Error) => `failed: ${error.message}`,
  );
  return { events, result };
}

const briefly = (events: readonly BuildEvent[]): string[] =>
  events.map((event) =>
    event.type === 'log'
      ? `| ${event.line}`
      : event.type === 'step'
        ? `${event.state} ${event.name}`
        : `failed ${event.name}`,
  );

test('BuildKit: steps, whole lines, characters cut in the middle', async () => {
  const text = Buffer.from('grüß\ngott\nohne Ende');
  const { events, result } = await read([
    trace(vertex('[1/2] FROM a', TIME)),
    trace(vertex('[1/2] FROM a', TIME, field(4, '').subarray(0, 0), DONE), vertex('[2/2] RUN x', TIME)),
    trace(vertex('[2/2] RUN x', TIME), logOf('[2/2] RUN x', text.subarray(0, 3))),
    trace(logOf('[2/2] RUN x', text.subarray(3))),
    trace(vertex('[2/2] RUN x', TIME, DONE)),
    { id: 'moby.image.id', aux: { ID: 'sha256:abc' } },
  ]);
  assert.is(result, 'sha256:abc');
  assert.equal(briefly(events), [
    'started [1/2] FROM a',
    'started [2/2] RUN x',
    'done [1/2] FROM a',
    '| grüß',
    '| gott',
    '| ohne Ende',
    'done [2/2] RUN x',
  ]);
});

test('the classic builder: steps, cache, lines over several messages', async () => {
  const { events, result } = await read([
    { stream: 'Step 1/2 : FROM a\n' },
    { stream: ' ---> 0123\n' },
    { stream: 'Step 2/2 : RUN x' },
    { stream: '\n ---> Using cache\n' },
    { stream: 'one ' },
    { stream: 'line\nSuccessfully built 0123\n' },
    { aux: { ID: 'sha256:def' } },
  ]);
  assert.is(result, 'sha256:def');
  assert.equal(briefly(events), [
    'started [1/2] FROM a',
    'done [1/2] FROM a',
    'started [2/2] RUN x',
    '| one line',
    'cached [2/2] RUN x',
  ]);
});

test('an error in the stream is a failure, though the status was 200', async () => {
  const { result } = await read([
    { stream: 'Step 1/1 : RUN x\n' },
    { errorDetail: { message: 'no' }, error: 'no' },
  ]);
  assert.is(result, 'failed: no');
});

test('a stream that ends without an image is a failure', async () => {
  assert.match((await read([{ stream: 'Step 1/1 : FROM x\n' }])).result, /without an image/);
});

test('a failure names file, line, instruction and exit code, and shows the last lines', async () => {
  const text = 'FROM a\n\nRUN echo one && \\\n    exit 3\n';
  const name = '[2/2] RUN echo one &&     exit 3';
  const { events, result } = await read([
    trace(vertex(name, TIME)),
    trace(logOf(name, Buffer.from('one\ntwo\n'))),
    trace(vertex(name, TIME, DONE, field(7, 'executor failed running [/bin/sh -c x]: exit code: 3'))),
    { error: 'executor failed running [/bin/sh -c x]: exit code: 3' },
  ]);
  const log = createStepLog();
  for (const event of events) log.observe(event);
  const lines = log.explain(result, parseDockerfile(text, 'Dockerfile', new Map()), 'images/x/Dockerfile');
  assert.equal(lines, [
    'images/x/Dockerfile:3: RUN failed: the command ended with exit code 3',
    '  RUN echo one && exit 3',
    '  | one',
    '  | two',
  ]);
});

test.run();
