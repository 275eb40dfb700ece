// The environment of a unit's process, as systemd.exec(5) makes it: clean, and nothing of the container's own but what
// PassEnvironment= names.

import { readEnvFile } from '../../config/envfile.ts';
import type { ExecSettings } from '../../units/model.ts';
import { listGlob } from './glob.ts';

/** What every process gets (systemd.exec(5), $PATH), and what `systemctl show-environment` begins with. */
export const BASE_ENVIRONMENT: Readonly<Record<string, string>> = {
  LANG: 'C.UTF-8',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};

export interface EnvironmentContext {
  /** The manager's own: BASE_ENVIRONMENT and what `systemctl set-environment` has set. */
  readonly manager: ReadonlyMap<string, string>;
  /** What the container was started with, for PassEnvironment=. */
  readonly container: Readonly<Record<string, string>>;
  readonly readText: (path: string) => string | null;
  readonly account: { readonly name: string; readonly home: string; readonly shell: string } | null;
  /** INVOCATION_ID, NOTIFY_SOCKET, MAINPID, RUNTIME_DIRECTORY and their kin. */
  readonly own: Readonly<Record<string, string>>;
  /** A line of an environment file that is passed over. */
  readonly onIgnored: (message: string) => void;
}

export type UnitEnvironment =
  | { readonly kind: 'ok'; readonly values: Map<string, string> }
  | { readonly kind: 'failed'; readonly message: string };

const NO_FILE = { kind: 'failed', message: 'No such file or directory' } as const;

/** Later wins: manager, the unit's own, PassEnvironment=, Environment=, EnvironmentFile= in their order. */
export function unitEnvironment(settings: ExecSettings, context: EnvironmentContext): UnitEnvironment {
  const { account, container } = context;
  const values = new Map(context.manager);
  const add = (entries: Iterable<readonly [string, string]>): void => {
    for (const [name, value] of entries) values.set(name, value);
  };
  if (settings.execSearchPath.length > 0) values.set('PATH', settings.execSearchPath.join(':'));
  if (account !== null) {
    const { name, home, shell } = account;
    if (home !== '/' && home !== '' && name !== 'nobody') values.set('HOME', home);
    add(Object.entries({ LOGNAME: name, USER: name }));
    if (shell !== '' && !/\/(nologin|false|true)$/.test(shell)) values.set('SHELL', shell);
  }
  add(Object.entries(context.own));
  add(
    settings.passEnvironment.flatMap((name) =>
      container[name] === undefined ? [] : [[name, container[name]]],
    ),
  );
  add(settings.environment);
  for (const file of settings.environmentFiles) {
    const paths = listGlob(file.path);
    if (paths.length === 0 && !file.optional) {
      return NO_FILE;
    }
    for (const path of paths) {
      const text = context.readText(path);
      if (text !== null) {
        const { values: read, ignored } = readEnvFile(text, path);
        add(read);
        for (const line of ignored)
          context.onIgnored(`Ignoring invalid environment assignment '${line}': ${path}`);
      } else if (!file.optional) {
        return NO_FILE;
      }
    }
  }
  for (const entry of settings.unsetEnvironment) {
    const at = entry.indexOf('=');
    const name = at < 0 ? entry : entry.slice(0, at);
    if (at < 0 || values.get(name) === entry.slice(at + 1)) values.delete(name);
  }
  return { kind: 'ok', values };
}
