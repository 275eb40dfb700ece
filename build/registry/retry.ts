// Tries again what may pass, by class of failure, until a deadline; and says what to do about what does not.

import { setTimeout as pause } from 'node:timers/promises';
import { isAbort } from '../engine/engine-errors.ts';
import { messageOf, ToolError } from '../model/errors.ts';

export interface RetryTools {
  readonly signal: AbortSignal;
  readonly deadline: AbortSignal;
  /** For everything that goes to one registry. */
  readonly deadlineMs: number;
  readonly note: (line: string) => void;
}

const RETRY_AFTER_MS = 1_000;
/** A registry that is busy gets more patience than one that is broken: the engine itself tries those for 50 seconds. */
const RETRIES = { busy: 4, broken: 1, refused: 0 } as const;

/** Tries again what may pass, with growing pauses, until the deadline. */
export async function withRetry<Result>(
  reference: string,
  tools: RetryTools,
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
function tooLate(reference: string, tools: RetryTools, error: unknown): ToolError {
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
