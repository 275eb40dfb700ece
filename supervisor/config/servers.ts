// [unix_http_server], [inet_http_server], [rpcinterface:x] and [supervisorctl]: how clients reach the supervisor.

import type { InetServer, SupervisorctlConfig, UnixServer } from '../model.ts';
import { inetAddress, octal, userAndGroup } from './datatypes.ts';
import { BadValue } from './expand.ts';
import { keysOf, type Section } from './ini.ts';
import { absolute, expandHome } from './paths.ts';
import { strip } from './python.ts';
import { readerOf, type Context, type Reader } from './reader.ts';

const FACTORY_KEY = 'supervisor.rpcinterface_factory';
const MAIN_FACTORY = 'supervisor.rpcinterface:make_main_rpcinterface';

/** Whether the interface that supervisorctl speaks is asked for. */
export function readRpcInterfaces(context: Context): boolean {
  let found = false;
  for (const section of sectionsOf(context, 'rpcinterface:')) {
    const reader = readerOf(context, section, new Map());
    const factory = reader.text(FACTORY_KEY);
    if (factory === null) {
      const message = `section [${section.name}] does not specify a ${FACTORY_KEY}`;
      reader.fail(null, message, `add ${FACTORY_KEY} = ${MAIN_FACTORY}`);
    } else if (factory === MAIN_FACTORY) {
      found ||= section.name === 'rpcinterface:supervisor';
    } else if (factory !== undefined) {
      const message = `${factory} cannot be resolved within [${section.name}]: there is no Python here; it is ignored`;
      reader.warn(FACTORY_KEY, message);
    }
    for (const key of keysOf(context.document, section)) if (key !== FACTORY_KEY) reader.text(key);
  }
  return found;
}

export function readInetServers(context: Context): InetServer[] {
  return sectionsOf(context, 'inet_http_server').flatMap((section): InetServer[] => {
    const reader = readerOf(context, section, new Map());
    const login = readLogin(reader);
    const address = reader.optional('port', inetAddress);
    if (address === null) {
      reader.fail(null, `section [${section.name}] has no port value`, 'add port=127.0.0.1:9001');
    }
    if (!address || login === undefined || reader.failed()) return [];
    if (login.password === null) {
      const message = `[${section.name}] has no password, and nothing listens on TCP without one: it is not opened`;
      reader.warn(null, message, 'add username= and password=, or use [unix_http_server]');
    }
    return [{ ...address, ...login }];
  });
}

export function readUnixServers(context: Context): UnixServer[] {
  return sectionsOf(context, 'unix_http_server').flatMap((section): UnixServer[] => {
    const reader = readerOf(context, section, new Map());
    const names = new Map([...context.environment, ['here', context.here]]);
    const file = reader.optional('file', (text) => pathFrom(context, strip(text)), names);
    if (file === null) {
      reader.fail(null, `section [${section.name}] has no file value`, 'add file=/run/supervisor.sock');
    }
    const login = readLogin(reader);
    const owner = reader.optional('chown', (text) =>
      worded(`Invalid sockchown value ${text}`, () => userAndGroup(text, context.source)),
    );
    const mode = reader.optional('chmod', (text) => worded(`Invalid chmod value ${text}`, () => octal(text)));
    if (!file || login === undefined || owner === undefined || mode === undefined || reader.failed())
      return [];
    return [{ file, owner, mode: mode ?? 0o700, ...login }];
  });
}

/** The client's section; the real client reads it from the main file alone, and so what it says is never an error here. */
export function readSupervisorctl(context: Context): SupervisorctlConfig | undefined {
  const section = context.document.sections.get('supervisorctl');
  if (section === undefined) return undefined;
  const reader = readerOf(context, section, new Map());
  const names = new Map([...context.environment, ['here', context.here]]);
  const serverUrl = reader.value('serverurl', 'http://localhost:9001', (text) => text, names);
  const historyFile = reader.text('history_file', names);
  return {
    serverUrl: serverUrl?.startsWith('unix://')
      ? `unix://${pathFrom(context, serverUrl.slice('unix://'.length))}`
      : (serverUrl ?? 'http://localhost:9001'),
    prompt: reader.value('prompt', 'supervisor', (text) => text) ?? 'supervisor',
    username: reader.text('username') ?? null,
    password: reader.text('password') ?? null,
    historyFile: historyFile ? pathFrom(context, historyFile) : null,
  };
}

function sectionsOf(context: Context, prefix: string): Section[] {
  return [...context.document.sections.values()].filter((section) => section.name.startsWith(prefix));
}

interface Login {
  readonly username: string | null;
  readonly password: string | null;
}

function readLogin(reader: Reader): Login | undefined {
  const username = reader.text('username');
  const password = reader.text('password');
  if (username === undefined || password === undefined) return undefined;
  if ((username === null) !== (password === null)) {
    reader.fail(
      username === null ? 'password' : 'username',
      `Section [${reader.section.name}] contains incomplete authentication: If a username or a password is ` +
        'specified, both the username and password must be specified',
      `add ${username === null ? 'username' : 'password'}=`,
    );
    return undefined;
  }
  return { username, password };
}

function pathFrom(context: Context, path: string): string {
  return absolute(expandHome(path, context.source, context.home), context.source.cwd);
}

function worded<T>(message: string, convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    throw error instanceof BadValue ? new BadValue(message, error.remedy) : error;
  }
}
