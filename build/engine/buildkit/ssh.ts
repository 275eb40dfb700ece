// Connects what a RUN line says to its ssh agent with a real one, byte for byte.

import { once } from 'node:events';
import { connect } from 'node:net';
import { GrpcError, NOT_FOUND, type Call, type Handler } from './grpc.ts';
import { agentRequest, bytesMessage } from './messages.ts';

const ID_HEADER = 'buildkit.ssh.id';

/** `agents`: id → path of the socket. */
export function sshMethods(agents: ReadonlyMap<string, string>): [path: string, handler: Handler][] {
  const socketOf = (id: string): string => {
    const socket = agents.get(id === '' ? 'default' : id);
    if (socket === undefined) throw new GrpcError(NOT_FOUND, `ssh agent ${id} was not given (--ssh ${id})`);
    return socket;
  };
  return [
    [
      '/moby.sshforward.v1.SSH/CheckAgent',
      async (call) => {
        for await (const bytes of call.messages) {
          socketOf(agentRequest.decode(bytes).ID);
          return await call.send(new Uint8Array());
        }
      },
    ],
    [
      '/moby.sshforward.v1.SSH/ForwardAgent',
      (call) => forward(call, socketOf(call.metadata(ID_HEADER)[0] ?? '')),
    ],
  ];
}

async function forward(call: Call, path: string): Promise<void> {
  const agent = connect(path);
  await once(agent, 'connect');
  const asking = (async () => {
    for await (const bytes of call.messages) {
      const { data } = bytesMessage.decode(bytes);
      if (!agent.write(data)) await once(agent, 'drain');
    }
    agent.end();
  })();
  asking.catch(() => agent.destroy());
  for await (const data of agent) await call.send(bytesMessage.encode({ data: data as Buffer }));
  await asking;
}
