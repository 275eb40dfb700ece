// Decodes BuildKit's progress, protobuf in base64 inside the engine's JSON, into build events with whole lines.

import { StringDecoder } from 'node:string_decoder';
import protobuf from 'protobufjs';
import type { BuildEvent } from '../../model/engine.ts';

// Only the fields that are read; the numbers are those of buildkit's control.proto.
const status = protobuf.Root.fromJSON({
  nested: {
    StatusResponse: {
      fields: {
        vertexes: { rule: 'repeated', type: 'Vertex', id: 1 },
        logs: { rule: 'repeated', type: 'VertexLog', id: 3 },
      },
    },
    Vertex: {
      fields: {
        digest: { type: 'string', id: 1 },
        name: { type: 'string', id: 3 },
        cached: { type: 'bool', id: 4 },
        started: { type: 'Timestamp', id: 5 },
        completed: { type: 'Timestamp', id: 6 },
        error: { type: 'string', id: 7 },
      },
    },
    VertexLog: { fields: { vertex: { type: 'string', id: 1 }, msg: { type: 'bytes', id: 4 } } },
    Timestamp: { fields: { seconds: { type: 'int64', id: 1 } } },
  },
}).lookupType('StatusResponse');

interface Status {
  readonly vertexes?: readonly Vertex[];
  readonly logs?: readonly { readonly vertex: string; readonly msg: Uint8Array }[];
}

interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly cached?: boolean;
  readonly started?: object;
  readonly completed?: object;
  readonly error?: string;
}

/** Keeps, per step, the state last told and the line not yet ended. */
export function createTraceDecoder(): { decode(base64: string): BuildEvent[]; end(): BuildEvent[] } {
  const told = new Map<string, string>();
  const lines = new Map<string, { decoder: StringDecoder; rest: string }>();
  const flush = (id: string): BuildEvent[] => {
    const line = lines.get(id);
    if (line === undefined || line.rest === '') return [];
    const event: BuildEvent = { type: 'log', id, line: line.rest };
    line.rest = '';
    return [event];
  };
  const decodeVertex = (vertex: Vertex): BuildEvent[] => {
    const id = vertex.digest;
    const event = stepEvent(vertex);
    const state = event?.type === 'step' ? event.state : event?.type;
    if (event === undefined || state === undefined || told.get(id) === state) return [];
    told.set(id, state);
    return [...(state === 'started' ? [] : flush(id)), event];
  };
  const decodeLog = (id: string, bytes: Uint8Array): BuildEvent[] => {
    const line = lines.get(id) ?? { decoder: new StringDecoder('utf8'), rest: '' };
    lines.set(id, line);
    const parts = (line.rest + line.decoder.write(Buffer.from(bytes))).split('\n');
    line.rest = parts.pop() ?? '';
    return parts.map((text) => ({ type: 'log', id, line: text.replace(/\r$/, '') }));
  };
  return {
    decode(base64) {
      const message = status.toObject(status.decode(Buffer.from(base64, 'base64'))) as Status;
      const logs = (message.logs ?? []).flatMap((log) => decodeLog(log.vertex, log.msg));
      const steps = (message.vertexes ?? []).map(decodeVertex);
      // A step's own end comes behind its last lines, its beginning before them.
      const isStart = (events: readonly BuildEvent[]): boolean =>
        events.some((event) => event.type === 'step' && event.state === 'started');
      return [...steps.filter(isStart).flat(), ...logs, ...steps.filter((events) => !isStart(events)).flat()];
    },
    end: () => [...lines.keys()].flatMap(flush),
  };
}

function stepEvent(vertex: Vertex): BuildEvent | undefined {
  const { digest: id, name } = vertex;
  if (vertex.error !== undefined && vertex.error !== '')
    return { type: 'step-failed', id, name, error: vertex.error };
  if (vertex.completed !== undefined)
    return { type: 'step', id, name, state: vertex.cached === true ? 'cached' : 'done' };
  if (vertex.started !== undefined) return { type: 'step', id, name, state: 'started' };
  return undefined;
}
