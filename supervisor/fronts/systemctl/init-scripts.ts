// Services that have an init script and no unit file: enable, disable and is-enabled are about the script's links in
// /etc/rc?.d, which Debian's update-rc.d makes. systemd asks systemd-sysv-install, which does the same, so that it is
// taken where it is there.

import { existsSync, readdirSync } from 'node:fs';
import { findFragment, scanUnitFiles, SEARCH_PATH } from '../../units/search.ts';
import { collectOutput } from '../collect-output.ts';
import { Failure } from './failure.ts';
import { fileContext } from './file-context.ts';
import { ownSystem } from './own-system.ts';
import type { Session } from './session.ts';

const SYSV_INSTALL = '/lib/systemd/systemd-sysv-install';
const UPDATE_RC = '/usr/sbin/update-rc.d';
const TIMEOUT_MS = 60_000;

type ScriptVerb = 'enable' | 'disable';

/** Those of `names` that are init scripts alone; none where another root is meant. */
function scriptsAmong(session: Session, names: readonly string[]): string[] {
  if (session.options.root !== null) return [];
  const { source } = fileContext(session);
  const made = /^\/run\/systemd\/generator/;
  const files = scanUnitFiles(
    source,
    SEARCH_PATH.filter((path) => !made.test(path)),
  );
  return names.filter(
    (name) =>
      name.endsWith('.service') &&
      !name.includes('/') &&
      existsSync(`/etc/init.d/${scriptOf(name)}`) &&
      findFragment(files, name).kind === 'none',
  );
}

const scriptOf = (name: string): string => name.slice(0, -'.service'.length);

/** Enables or disables what is an init script alone, and gives the names that are left. Throws Failure. */
export async function changeScripts(
  session: Session,
  names: readonly string[],
  verb: ScriptVerb,
): Promise<readonly string[]> {
  const scripts = scriptsAmong(session, names);
  for (const name of scripts) {
    const script = scriptOf(name);
    const commands: readonly [string, ...string[]][] = existsSync(SYSV_INSTALL)
      ? [[SYSV_INSTALL, verb, script]]
      : [
          [UPDATE_RC, script, 'defaults'],
          [UPDATE_RC, script, verb],
        ];
    sayRedirected(session, name);
    for (const argv of commands) await run(session, argv);
  }
  return names.filter((name) => !scripts.includes(name));
}

/** Whether an init script has a link that starts it; null where there is a unit file, or no script. */
export function isScriptEnabled(session: Session, name: string): boolean | null {
  if (scriptsAmong(session, [name]).length === 0) return null;
  sayRedirected(session, name);
  const isStart = new RegExp(`^S\\d\\d${RegExp.escape(scriptOf(name))}$`);
  return ['/etc/rcS.d', '/etc/rc5.d'].some((directory) =>
    listed(directory).some((link) => isStart.test(link)),
  );
}

function sayRedirected({ io, options }: Session, name: string): void {
  if (!options.quiet) io.err(`${name} is not a native service, redirecting to systemd-sysv-install.\n`);
}

async function run({ io, options }: Session, argv: readonly [string, ...string[]]): Promise<void> {
  if (!options.quiet) io.err(`Executing: ${argv.join(' ')}\n`);
  const environment = Object.fromEntries(
    Object.entries(io.environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  const request = { argv, environment, descriptor: 1, timeoutMs: TIMEOUT_MS } as const;
  const result = await collectOutput(ownSystem(), request).result;
  if (result.kind === 'failed') throw new Failure(`cannot run ${argv[0]}: ${result.message}`);
  if (result.kind === 'timed out') throw new Failure(`${argv[0]} has not ended in ${TIMEOUT_MS / 1000} s`);
  io.out(result.output);
  if (result.status.code !== 0) throw new Failure(`${argv.join(' ')} failed`);
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
