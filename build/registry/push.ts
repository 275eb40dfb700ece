// Pushes images: names that never move first, their digests read back from the registry, names that move last.

import { setTimeout as pause } from 'node:timers/promises';
import { isAbort } from '../engine/engine-errors.ts';
import type { Engine, RegistryAuth } from '../model/engine.ts';
import { messageOf, ToolError } from '../model/errors.ts';
import type { Pushed } from '../plan/outcome.ts';
import type { Tags } from '../plan/tags.ts';
import { credentialsFor } from './credentials.ts';

export interface PushItem {
  readonly name: string;
  readonly imageId: string;
  /** With registry and namespace, without tag. */
  readonly repository: string;
  readonly tags: Tags;
}

export interface PushTools {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly isForced: boolean;
  /** For everything that goes to one registry. */
  readonly deadlineMs: number;
  readonly note: (line: string) => void;
}

const RETRY_AFTER_MS = 1_000;
/** A registry that is busy gets more patience than one that is broken: the engine itself tries those for 50 seconds. */
const RETRIES = { busy: 4, broken: 1, refused: 0 } as const;

export async function pushImages(items: readonly PushItem[], around: PushTools): Promise<Pushed[]> {
  const deadline = AbortSignal.timeout(around.deadlineMs);
  const tools: Tools = { ...around, deadline };
  const pushed: Pushed[] = [];
  for (const item of items) {
    const auth = await credentialsFor(item.repository);
    // Without a fixed name (a dirty tree, pushed on purpose) the moving ones are all there is.
    for (const tag of item.tags.immutable)
      await refuseOverwrite(`${item.repository}:${tag}`, item, auth, tools);
    const first = item.tags.immutable.length > 0 ? item.tags.immutable : item.tags.moving.slice(0, 1);
    tools.note(`pushing ${item.repository}`);
    let digest = '';
    for (const tag of first) digest = await pushTag(item, tag, auth, tools);
    tools.note(`pushed ${item.repository}@${digest}`);
    pushed.push({
      name: item.name,
      repository: item.repository,
      digest,
      tags: [...new Set([...item.tags.immutable, ...item.tags.moving])],
    });
  }
  for (const item of items) {
    const auth = await credentialsFor(item.repository);
    for (const tag of item.tags.moving) await pushTag(item, tag, auth, tools);
  }
  return pushed;
}

interface Tools extends PushTools {
  readonly deadline: AbortSignal;
}

async function pushTag(
  item: PushItem,
  tag: string,
  auth: RegistryAuth | undefined,
  tools: Tools,
): Promise<string> {
  const reference = `${item.repository}:${tag}`;
  await tools.engine.tag(item.imageId, reference);
  const digest = await withRetry(reference, tools, (signal) =>
    tools.engine.push(reference, auth, () => {}, signal),
  ).catch(async (error: unknown) => {
    // A name of a registry that does not hold it would be a lie.
    await tools.engine.untag(reference).catch(() => {});
    throw error;
  });
  const held = await withRetry(reference, tools, (signal) =>
    tools.engine.remoteDigest(reference, auth, signal),
  );
  if (held !== digest) {
    throw new ToolError('registry', {
      message: `pushed ${reference} as ${digest}, but the registry holds ${held ?? 'nothing'} under that name`,
    });
  }
  return digest;
}

/** A name that never moves and holds something else already is somebody's reference. */
async function refuseOverwrite(
  reference: string,
  item: PushItem,
  auth: RegistryAuth | undefined,
  tools: Tools,
): Promise<void> {
  if (tools.isForced) return;
  const held = await withRetry(reference, tools, (signal) =>
    tools.engine.remoteDigest(reference, auth, signal),
  );
  if (held === undefined) return;
  if ((await idOf(`${item.repository}@${held}`, auth, tools)) === item.imageId) return;
  throw new ToolError('registry', {
    message: `${reference} is in the registry already, with other content (${held})`,
    remedy: 'make a new commit or version, or overwrite it with --force',
  });
}

/** Which image a digest stands for; of one that came from here, the pull fetches only the manifest. */
async function idOf(
  reference: string,
  auth: RegistryAuth | undefined,
  tools: Tools,
): Promise<string | undefined> {
  const known = await tools.engine.inspect(reference);
  if (known !== undefined) return known.id;
  await withRetry(reference, tools, (signal) => tools.engine.pull(reference, auth, signal));
  const pulled = await tools.engine.inspect(reference);
  await tools.engine.untag(reference);
  return pulled?.id;
}

/** Tries again what may pass, with growing pauses, until the deadline. */
async function withRetry<Result>(
  reference: string,
  tools: Tools,
  action: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.any([tools.signal, tools.deadline]);
  let last: unknown;
  for (let attempt = 1; ; attempt++) {
    try {
      signal.throwIfAborted();
      return await action(signal);
    } catch (error) {
      if (tools.signal.aborted) throw new ToolError('interrupted', { message: 'interrupted' }, error);
      if (tools.deadline.aborted) throw tooLate(reference, tools, last ?? error);
      last = error;
      const failure = classifyPushFailure(messageOf(error));
      if (attempt > RETRIES[failure.kind]) throw explain(reference, error, failure.remedy);
      tools.note(`${messageOf(error)}; trying again`);
      const waitMs = RETRY_AFTER_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
      await pause(waitMs, undefined, { signal }).catch(() => {});
    }
  }
}

/** With what the registry said last, if it said anything. */
function tooLate(reference: string, tools: Tools, error: unknown): ToolError {
  const said = isAbort(error) ? '' : `: ${messageOf(error)}`;
  const { remedy } = classifyPushFailure(said);
  const message = `cannot push ${reference}: no end after ${tools.deadlineMs / 1000} s${said}`;
  const more = `${remedy === '' ? 'is the registry up?' : `${remedy};`} more time: --push-timeout SECONDS`;
  return new ToolError('registry', { message, remedy: more }, error);
}

/** By the engine's words: a refusal is final, a busy or broken registry may be better in a moment. */
export function classifyPushFailure(message: string): { kind: keyof typeof RETRIES; remedy: string } {
  if (/\b401\b|unauthorized|authentication required|no basic auth/i.test(message)) {
    return { kind: 'refused', remedy: 'the registry wants other credentials: docker login' };
  }
  if (/\b403\b|denied|forbidden/i.test(message))
    return { kind: 'refused', remedy: 'this user may not push there' };
  if (/\b429\b|toomanyrequests|too many requests/i.test(message))
    return { kind: 'busy', remedy: 'the registry limits requests: wait a little' };
  if (/http: server gave HTTP response to HTTPS client/i.test(message)) {
    return {
      kind: 'refused',
      remedy: "the registry speaks plain HTTP: add it to the engine's insecure-registries",
    };
  }
  if (/connection refused|no such host|i\/o timeout|EOF|connection reset|no route/i.test(message)) {
    return { kind: 'broken', remedy: 'is the registry up, and its name right?' };
  }
  if (/\b5\d\d\b|internal server error|received unexpected HTTP status/i.test(message)) {
    return {
      kind: 'broken',
      remedy: 'the registry failed: see its own log (a full disk looks like this, too)',
    };
  }
  return { kind: 'refused', remedy: '' };
}

function explain(reference: string, error: unknown, remedy: string): ToolError {
  const message =
    error instanceof ToolError
      ? (error.problems[0]?.message ?? error.message)
      : `cannot push ${reference}: ${messageOf(error)}`;
  return new ToolError('registry', { message, ...(remedy === '' ? {} : { remedy }) }, error);
}
