// `initkit health` and `initkit events`: how things are, and what happens.

import { follow, get } from './client.ts';
import { errnoOf, unexpectedLine } from './ctl-session.ts';
import type { Session } from './ctl-session.ts';
import { CTL_EXIT } from './ctl-text.ts';

/** What Docker's HEALTHCHECK allows by default is 30 s; a supervisor that needs this long is not well. */
const HEALTH_TIMEOUT_MS = 5000;

/** Returns 0 when everything is well, 1 otherwise, also when nobody answers. */
export async function showHealth(session: Session, json: boolean): Promise<number> {
  const { healthy, reasons } = await askHealth(session);
  if (json) session.output(JSON.stringify({ healthy, reasons }, null, 2));
  else for (const line of healthy ? ['healthy'] : ['unhealthy', ...reasons]) session.output(line);
  return healthy ? 0 : 1;
}

/** Writes a line for each event until Ctrl-C, or until the server ends. */
export async function showEvents(session: Session, json: boolean): Promise<number> {
  const abort = new AbortController();
  const release = session.onInterrupt(() => abort.abort());
  let rest = '';
  await follow(
    session.target,
    '/events',
    (text) => {
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) session.output(json ? data : eventLine(data));
      }
    },
    abort.signal,
  );
  release();
  return CTL_EXIT.success;
}

/** Why a server cannot be reached, by the errno name. */
export function reasonOf(errno: string): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such socket: the supervisor does not run, or listens elsewhere',
    ECONNREFUSED: 'nobody listens there',
    EACCES: 'its owner alone may use it',
    ABORT_ERR: 'there is no answer',
  };
  return reasons[errno] ?? errno;
}

async function askHealth({ target }: Session): Promise<{ healthy: boolean; reasons: string[] }> {
  try {
    const { status, text } = await get(target, '/health', AbortSignal.timeout(HEALTH_TIMEOUT_MS));
    if (status === 200) return { healthy: true, reasons: [] };
    const [first = '', ...reasons] = text.trimEnd().split('\n');
    return { healthy: false, reasons: status === 503 ? reasons : [`${target.url} answers ${first}`] };
  } catch (error) {
    const errno = errnoOf(error);
    const reason = errno === null ? unexpectedLine(error) : reasonOf(errno);
    return { healthy: false, reasons: [`cannot reach ${target.url}: ${reason}`] };
  }
}

function eventLine(data: string): string {
  const { atMs, type, ...fields } = JSON.parse(data) as { atMs: number; type: string } & Record<
    string,
    unknown
  >;
  const shown = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [new Date(atMs).toISOString(), type, ...shown].join(' ');
}
