// Turns what the engine or its client throws into one problem of the right kind.

import { codeOf, messageOf, ToolError } from '../model/errors.ts';

/** `what` completes "cannot …". */
export function engineError(what: string, address: string, error: unknown): ToolError {
  if (error instanceof ToolError) return error;
  if (isAbort(error)) return new ToolError('interrupted', { message: `cannot ${what}: interrupted` }, error);
  const unreachable = reachProblem(address, error);
  if (unreachable !== undefined) return new ToolError('engine', unreachable, error);
  return new ToolError('engine', { message: `cannot ${what}: ${engineMessage(error)}` }, error);
}

/** What keeps the engine from answering at all, or undefined where it did answer. */
export function reachProblem(
  address: string,
  error: unknown,
): { message: string; remedy: string } | undefined {
  switch (codeOf(error) ?? '') {
    case 'EACCES':
    case 'EPERM':
      return {
        message: `the engine at ${address} refuses access to this user`,
        remedy: 'run as root, or join the group that owns the socket (usually docker) and log in again',
      };
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
    case 'ENOTSOCK':
      return {
        message: `no engine answers at ${address}`,
        remedy: 'start one with: npm run engine:start; or set DOCKER_HOST to one that runs',
      };
    case 'ECONNRESET':
    case 'EPIPE':
      return {
        message: `the engine at ${address} has ended the connection`,
        remedy: 'was it stopped or restarted? its own log says more',
      };
    default:
      return undefined;
  }
}

export function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'statusCode' in error && error.statusCode === 404;
}

export function isBadRequest(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'statusCode' in error && error.statusCode === 400;
}

export function isAbort(error: unknown): boolean {
  const code = codeOf(error);
  // Node says "aborted" of an answer whose other end has gone, too.
  if (code === 'ECONNRESET') return false;
  return (
    code === 'ABORT_ERR' ||
    (error instanceof Error && (error.name === 'AbortError' || /\baborted\b/.test(error.message)))
  );
}

/** The engine's own words, without the frame that the client puts around them. */
export function engineMessage(error: unknown): string {
  const json = typeof error === 'object' && error !== null && 'json' in error ? error.json : undefined;
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string')
    return json.message;
  return messageOf(error).replace(/^\(HTTP code \d+\) .*? - /, '');
}
