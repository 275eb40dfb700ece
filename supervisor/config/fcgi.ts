// The socket of an [fcgi-program:x], which its processes share as descriptor 0.

import type { FcgiSocket } from '../model.ts';
import { integer, octal, portNumber, user, userAndGroup } from './datatypes.ts';
import { BadValue, type Expansions } from './expand.ts';
import type { Section } from './ini.ts';
import { absolute, expandHome } from './paths.ts';
import type { Context, Reader } from './reader.ts';

/** The socket of [fcgi-program:x], or undefined where a setting of it is faulty. */
export function readSocket(context: Context, reader: Reader, name: string): FcgiSocket | undefined {
  const { source } = context;
  const proc = reader.optional('user', (text) => user(text, source));
  const backlog = reader.optional('socket_backlog', integer);
  if (typeof backlog === 'number' && (backlog < 1 || backlog > 65535)) {
    reader.fail(
      'socket_backlog',
      `Invalid socket_backlog value ${backlog}`,
      'write a number from 1 to 65535',
    );
  }
  const owner = reader.optional('socket_owner', (text) =>
    renamed(`Invalid socket_owner value ${text}`, () => userAndGroup(text, source)),
  );
  const mode = reader.optional('socket_mode', (text) =>
    renamed(`Invalid socket_mode value ${text}`, () => octal(text)),
  );
  const names: Expansions = new Map([...context.environment, ['here', context.here], ['program_name', name]]);
  const socket = reader.optional('socket', (text) => text, names);
  if (socket === null || socket === '') {
    reader.fail(
      'socket',
      `[${reader.section.name}] section requires a "socket" line`,
      'add socket=unix:///path',
    );
    return undefined;
  }
  if (socket === undefined || owner === undefined || mode === undefined || backlog === undefined)
    return undefined;
  const url = reader.attempt('socket', () => socketUrl(context, reader.section, socket, owner ?? mode));
  if (url === undefined || reader.failed()) return undefined;
  return { url, owner: owner ?? ownerFor(context, url, proc ?? null), mode: mode ?? 0o700, backlog };
}

function socketUrl(
  context: Context,
  section: Section,
  text: string,
  unixOnly: string | number | null,
): string {
  const suffix = ` in [${section.name}] socket`;
  const remedy = 'write unix:///absolute/path or tcp://host:port';
  if (text.startsWith('unix://')) {
    const path = text.slice('unix://'.length);
    if (!path.startsWith('/'))
      throw new BadValue(`Unix socket path ${path} is not an absolute path${suffix}`, remedy);
    return `unix://${absolute(expandHome(path, context.source, context.home), context.source.cwd)}`;
  }
  if (unixOnly !== null) {
    throw new BadValue(
      `socket_owner and socket_mode params should only be used with a Unix domain socket${suffix}`,
      'leave them out',
    );
  }
  const [, host, port] = /^tcp:\/\/([^\s:]+):(\d+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined)
    throw new BadValue(`Bad socket format ${text}${suffix}`, remedy);
  return renamedSuffix(suffix, () => `tcp://${host.toLowerCase()}:${portNumber(port)}`);
}

/** A socket belongs to the user of its program, where that is not the supervisor's own. */
function ownerFor(context: Context, url: string, name: string | null): string | null {
  const entry = name === null || !url.startsWith('unix:') ? undefined : context.source.user(name);
  return entry === undefined || entry.uid === context.source.uid ? null : `${entry.uid}:${entry.gid}`;
}

function renamed<T>(message: string, convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    throw error instanceof BadValue ? new BadValue(message, error.remedy) : error;
  }
}

function renamedSuffix<T>(suffix: string, convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    throw error instanceof BadValue ? new BadValue(error.message + suffix, error.remedy) : error;
  }
}
