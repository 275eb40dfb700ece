// The part of dockerode 5 that the toolkit uses; the published types are of an older version.

declare module 'dockerode' {
  import type { Agent } from 'node:http';

  type Options = Record<string, unknown>;

  interface DockerImage {
    inspect(options?: Options): Promise<unknown>;
    distribution(options: Options): Promise<unknown>;
    tag(options: { repo: string; tag: string }): Promise<unknown>;
    push(options: Options): Promise<NodeJS.ReadableStream>;
    remove(options?: Options): Promise<unknown>;
    history(): Promise<unknown>;
    get(): Promise<NodeJS.ReadableStream>;
  }

  interface DockerExec {
    start(options: Options): Promise<NodeJS.ReadableStream>;
    inspect(): Promise<unknown>;
  }

  interface DockerContainer {
    readonly id: string;
    inspect(): Promise<unknown>;
    start(): Promise<unknown>;
    stop(options: Options): Promise<unknown>;
    wait(): Promise<unknown>;
    logs(options: Options): Promise<unknown>;
    exec(options: Options): Promise<DockerExec>;
    getArchive(options: { path: string }): Promise<NodeJS.ReadableStream>;
    remove(options?: Options): Promise<unknown>;
  }

  interface Dial {
    readonly path: string;
    readonly method: string;
    readonly options?: Options;
    readonly hijack?: boolean;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly statusCodes: Record<number, true | string>;
  }

  export default class Docker {
    constructor(options: Options & { agent?: Agent });
    readonly modem: {
      dial(options: Dial, callback: (error: Error | null, data: unknown) => void): void;
      demuxStream(
        stream: NodeJS.ReadableStream,
        stdout: NodeJS.WritableStream,
        stderr: NodeJS.WritableStream,
      ): void;
    };
    version(options?: Options): Promise<unknown>;
    df(options?: Options): Promise<unknown>;
    info(): Promise<unknown>;
    listImages(options: Options): Promise<unknown>;
    listContainers(options: Options): Promise<unknown>;
    getContainer(id: string): DockerContainer;
    getImage(name: string): DockerImage;
    createContainer(options: Options): Promise<DockerContainer>;
    createImage(options: Options): Promise<NodeJS.ReadableStream>;
    loadImage(file: NodeJS.ReadableStream, options: Options): Promise<NodeJS.ReadableStream>;
    buildImage(context: NodeJS.ReadableStream | Buffer, options: Options): Promise<NodeJS.ReadableStream>;
  }
}
