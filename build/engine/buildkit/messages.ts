// The messages of a BuildKit session: only the fields that are read or written here, with the numbers of its .proto files.

import protobuf from 'protobufjs';

const root = protobuf.Root.fromJSON({
  nested: {
    HealthResponse: { fields: { status: { type: 'int32', id: 1 } } },
    SecretRequest: { fields: { id: { type: 'string', id: 1 } } },
    SecretResponse: { fields: { data: { type: 'bytes', id: 1 } } },
    CredentialsRequest: { fields: { host: { type: 'string', id: 1 } } },
    CredentialsResponse: {
      fields: { username: { type: 'string', id: 1 }, secret: { type: 'string', id: 2 } },
    },
    AgentRequest: { fields: { ID: { type: 'string', id: 1 } } },
    BytesMessage: { fields: { data: { type: 'bytes', id: 1 } } },
    ListWorkersResponse: { fields: { record: { rule: 'repeated', type: 'WorkerRecord', id: 1 } } },
    WorkerRecord: { fields: { platforms: { rule: 'repeated', type: 'WorkerPlatform', id: 3 } } },
    WorkerPlatform: {
      fields: {
        architecture: { type: 'string', id: 1 },
        os: { type: 'string', id: 2 },
        variant: { type: 'string', id: 3 },
      },
    },
    Packet: {
      fields: {
        type: { type: 'int32', id: 1 },
        stat: { type: 'Stat', id: 2 },
        id: { type: 'uint32', id: 3 },
        data: { type: 'bytes', id: 4 },
      },
    },
    Stat: {
      fields: {
        path: { type: 'string', id: 1 },
        mode: { type: 'uint32', id: 2 },
        size: { type: 'int64', id: 5 },
        modTime: { type: 'int64', id: 6 },
        linkname: { type: 'string', id: 7 },
      },
    },
  },
});

export interface Stat {
  readonly path: string;
  readonly mode: number;
  readonly size?: number;
  readonly modTime?: number;
  readonly linkname?: string;
}

export interface Packet {
  readonly type: number;
  readonly stat?: Stat;
  readonly id?: number;
  readonly data?: Uint8Array;
}

interface Codec<Message> {
  encode(message: Message): Uint8Array;
  decode(bytes: Uint8Array): Message;
}

export const healthResponse = codec<{ status: number }>('HealthResponse');
export const secretRequest = codec<{ id: string }>('SecretRequest');
export const secretResponse = codec<{ data: Uint8Array }>('SecretResponse');
export const credentialsRequest = codec<{ host: string }>('CredentialsRequest');
export const credentialsResponse = codec<{ username?: string; secret?: string }>('CredentialsResponse');
export const agentRequest = codec<{ ID: string }>('AgentRequest');
export const bytesMessage = codec<{ data: Uint8Array }>('BytesMessage');
export const workersResponse = codec<{
  record: readonly {
    platforms: readonly { architecture: string; os: string; variant: string }[];
  }[];
}>('ListWorkersResponse');
export const packet = codec<Packet>('Packet');

function codec<Message extends object>(name: string): Codec<Message> {
  const type = root.lookupType(name);
  return {
    encode: (message) => type.encode(message as Record<string, unknown>).finish(),
    decode: (bytes) =>
      type.toObject(type.decode(bytes), { longs: Number, defaults: true, arrays: true }) as Message,
  };
}
