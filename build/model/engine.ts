// The engine as the rest of the toolkit sees it; `docker.ts` is the one that talks to a real one.

import type { Readable } from 'node:stream';
import type { EntryList } from './entry-list.ts';
import type { Platform } from './platform.ts';

export interface EngineFacts {
  /** Where it listens, for people: `/var/run/docker.sock`. */
  readonly address: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  /** As Go calls it: `amd64`, `arm64`. */
  readonly arch: string;
}

export interface LocalImage {
  /** `sha256:…` of the configuration. */
  readonly id: string;
  /** Where it was looked at by itself. */
  readonly platform?: Platform;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Digests of its layers, where it was looked at by itself: the same content has the same, on every machine. */
  readonly layers: readonly string[];
  readonly sizeBytes: number;
}

export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress?: string;
}

/** `auto` is BuildKit where the engine has it. */
export type Builder = 'auto' | 'buildkit' | 'classic';

export interface BuildRequest {
  readonly entries: EntryList;
  /** With its parents pinned; what COPY takes as `Dockerfile` is among the entries. */
  readonly dockerfile: string;
  /** The same for all builds of one image: what the engine keeps of its context goes by this name. */
  readonly contextKey: string;
  readonly builder: Builder;
  /** For `RUN --mount=type=secret`, by id. */
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  /** For `RUN --mount=type=ssh`: id → path of the agent's socket. */
  readonly sshAgents: ReadonlyMap<string, string>;
  readonly credentialsFor: (host: string) => Promise<RegistryAuth | undefined>;
  readonly platform: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly useCache: boolean;
  readonly signal: AbortSignal;
}

/** What the engine tells while it builds, whichever builder it is. */
export type BuildEvent =
  | {
      readonly type: 'step';
      readonly id: string;
      readonly name: string;
      readonly state: 'started' | 'done' | 'cached';
    }
  | { readonly type: 'step-failed'; readonly id: string; readonly name: string; readonly error: string }
  | { readonly type: 'log'; readonly id: string; readonly line: string };

export interface Engine {
  /** As they were when it was last asked. */
  facts(): Promise<EngineFacts>;
  /** The same, asked for anew: does it (still) answer? */
  ping(): Promise<EngineFacts>;
  /** What its RUN lines can run on: its own architecture, and those that are emulated. Only its own without BuildKit. */
  platforms(): Promise<readonly Platform[]>;
  /** Does it do without TLS, or without looking at certificates, for this registry? */
  isInsecure(host: string): Promise<boolean>;
  /** All images that carry the label, whatever its value. */
  imagesWithLabel(label: string): Promise<LocalImage[]>;
  inspect(reference: string): Promise<LocalImage | undefined>;
  pull(reference: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<void>;
  /** Gives the id of the image. */
  build(request: BuildRequest, onEvent: (event: BuildEvent) => void): Promise<string>;
  /** What BuildKit keeps of builds. Takes seconds on an engine that holds much. */
  cacheRecords(): Promise<CacheRecord[]>;
  dropCacheRecord(id: string): Promise<void>;
  tag(id: string, reference: string): Promise<void>;
  /** Takes a name away; the image goes with its last name. A name that is not there is no error. */
  untag(reference: string): Promise<void>;
  /** Gives the digest that the registry reported. */
  push(
    reference: string,
    auth: RegistryAuth | undefined,
    onProgress: (line: string) => void,
    signal: AbortSignal,
  ): Promise<string>;
  /** The digest that the registry holds under this name, or undefined where it holds none. */
  remoteDigest(
    reference: string,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined>;
  createContainer(request: ContainerRequest): Promise<Container>;
  /** Containers that a killed run has left behind, and that do not run any more; gives their number. */
  removeLeftContainers(): Promise<number>;
  /** What the image says of itself: entrypoint, user, ports and the like, in the engine's names. */
  imageConfig(reference: string): Promise<Record<string, unknown>>;
  /** From the first layer to the last; instructions without a layer have no size. */
  history(reference: string): Promise<Layer[]>;
  /** The image as a tar archive, in the engine's format. */
  save(reference: string): Promise<NodeJS.ReadableStream>;
  /** Takes such an archive. */
  load(tar: Readable, signal: AbortSignal): Promise<void>;
  /** Files of an image as a tar stream, by way of a container that never starts. */
  copyOut(reference: string, path: string, signal: AbortSignal): Promise<Buffer>;
}

export interface CacheRecord {
  readonly id: string;
  /** What an instruction has made; not a cache that RUN lines mount, nor the copy of a context. */
  readonly isLayer: boolean;
  /** A build uses it now, or an image shares it. */
  readonly isNeeded: boolean;
  readonly sizeBytes: number;
  /** By the engine's clock, in milliseconds since 1970. */
  readonly createdAt: number;
  readonly usedAt: number;
}

export interface ContainerRequest {
  readonly image: string;
  readonly name?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** NAME=value */
  readonly environment: readonly string[];
  /** Of the container, each given a free one of the host. */
  readonly ports: readonly number[];
}

/** Carries a label by which a forgotten one is known. */
export interface Container {
  readonly id: string;
  start(): Promise<void>;
  stop(seconds: number): Promise<void>;
  /** Its exit code. */
  wait(): Promise<number>;
  inspect(): Promise<ContainerFacts>;
  logs(): Promise<{ stdout: string; stderr: string }>;
  /** Both streams as they come, until the container ends. */
  follow(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream): Promise<void>;
  exec(command: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** A path as a tar archive, or undefined where it is not there. */
  read(path: string): Promise<Buffer | undefined>;
  remove(): Promise<void>;
}

export interface ContainerFacts {
  readonly isRunning: boolean;
  readonly exitCode: number;
  readonly address: string | undefined;
  readonly hostPorts: ReadonlyMap<number, number>;
}

export interface Layer {
  readonly createdBy: string;
  readonly sizeBytes: number;
}

/** Whether a reference names this image, in whatever registry. */
export function isNameOf(reference: string, image: string): boolean {
  const { repository } = splitReference(reference);
  return repository === image || repository.endsWith(`/${image}`);
}

/** "repository:tag" apart, the port of a registry not taken for a tag; no tag is `latest`. */
export function splitReference(reference: string): { repository: string; tag: string } {
  const name = reference.split('@')[0] ?? reference;
  const colon = name.lastIndexOf(':');
  if (colon <= name.lastIndexOf('/')) return { repository: name, tag: 'latest' };
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}
