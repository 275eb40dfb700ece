// Containers for image tests and for --watch --run: started, asked, and always removed again.

import { buffer, text as textOf } from 'node:stream/consumers';
import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import type { Container, ContainerRequest } from '../model/engine.ts';
import { isNotFound } from './engine-errors.ts';

const TEMPORARY = 'initkit.temporary';

/** What containers that are not to stay are marked with: the process that they belong to. */
export const TEMPORARY_LABELS = { [TEMPORARY]: String(process.pid) };

export async function createContainer(docker: Docker, request: ContainerRequest): Promise<Container> {
  const ports = Object.fromEntries(request.ports.map((port) => [`${port}/tcp`, {}]));
  const bindings = Object.fromEntries(
    request.ports.map((port) => [`${port}/tcp`, [{ HostIp: '127.0.0.1', HostPort: '' }]]),
  );
  const container = await docker.createContainer({
    Image: request.image,
    ...(request.entrypoint === undefined ? {} : { Entrypoint: request.entrypoint }),
    ...(request.command === undefined ? {} : { Cmd: request.command }),
    ...(request.name === undefined ? {} : { name: request.name }),
    Env: [...request.environment],
    ExposedPorts: ports,
    Labels: TEMPORARY_LABELS,
    HostConfig: { PortBindings: bindings },
  });
  const inspect: Container['inspect'] = async () => {
    const found = (await container.inspect()) as Inspected;
    const networks = Object.values(found.NetworkSettings.Networks ?? {});
    return {
      isRunning: found.State.Running,
      exitCode: found.State.ExitCode,
      address: networks.find(({ IPAddress }) => (IPAddress ?? '') !== '')?.IPAddress,
      hostPorts: new Map(
        Object.entries(found.NetworkSettings.Ports ?? {}).flatMap(([port, hosts]) => {
          const host = hosts?.[0]?.HostPort;
          return host === undefined ? [] : [[Number(port.split('/')[0]), Number(host)] as const];
        }),
      ),
    };
  };
  return {
    id: container.id,
    inspect,
    start: async () => void (await container.start()),
    stop: async (seconds) => void (await container.stop({ t: seconds }).catch(() => {})),
    async wait() {
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      return StatusCode;
    },
    async logs() {
      const bytes = (await container.logs({ stdout: true, stderr: true })) as Buffer;
      return splitStreams(bytes);
    },
    async follow(stdout, stderr) {
      const options = { stdout: true, stderr: true, follow: true };
      const stream = (await container.logs(options)) as Readable;
      docker.modem.demuxStream(stream, stdout, stderr);
      await finished(stream).catch(() => {});
    },
    async exec(command) {
      const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
      const stream = (await exec.start({})) as Readable;
      const [out, err] = [new PassThrough(), new PassThrough()];
      docker.modem.demuxStream(stream, out, err);
      stream.once('end', () => {
        out.end();
        err.end();
      });
      stream.once('error', () => {
        out.end();
        err.end();
      });
      const [stdout, stderr] = await Promise.all([textOf(out), textOf(err)]);
      const { ExitCode } = (await exec.inspect()) as { ExitCode: number };
      return { code: ExitCode, stdout, stderr };
    },
    async read(path) {
      try {
        return await buffer(await container.getArchive({ path }));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async remove() {
      await container.remove({ force: true, v: true }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    },
  };
}

export async function removeLeftContainers(docker: Docker): Promise<number> {
  const filters = JSON.stringify({ label: [TEMPORARY], status: ['created', 'exited', 'dead'] });
  const found = (await docker.listContainers({ all: true, filters })) as { Id: string }[];
  for (const { Id } of found) await docker.getContainer(Id).remove({ v: true });
  return found.length;
}

interface Inspected {
  readonly State: { readonly Running: boolean; readonly ExitCode: number };
  readonly NetworkSettings: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>>;
    readonly Ports?: Readonly<Record<string, readonly { readonly HostPort?: string }[] | null>>;
  };
}

/** Eight bytes before each piece: which stream, and how long. */
function splitStreams(bytes: Buffer): { stdout: string; stderr: string } {
  const parts: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  for (let at = 0; at + 8 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at + 4);
    parts[bytes[at] === 2 ? 'stderr' : 'stdout'].push(bytes.subarray(at + 8, end));
    at = end;
  }
  return { stdout: Buffer.concat(parts.stdout).toString(), stderr: Buffer.concat(parts.stderr).toString() };
}
