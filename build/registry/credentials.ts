// Finds the credentials for a registry as docker does: credHelpers, then credsStore, then auths of config.json.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../machine/programs.ts';
import type { RegistryAuth } from '../model/engine.ts';
import { codeOf, messageOf, ToolError } from '../model/errors.ts';

const HELPER_DEADLINE_MS = 15_000;
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Undefined where none are kept; a registry gets only its own. */
export async function credentialsFor(repository: string): Promise<RegistryAuth | undefined> {
  const host = registryHost(repository);
  const key = host === 'docker.io' ? DOCKER_HUB_KEY : host;
  const config = await readDockerConfig();
  const helper = config.credHelpers?.[key] ?? config.credHelpers?.[host] ?? config.credsStore;
  const fromHelper = helper === undefined ? undefined : await askHelper(helper, key);
  if (fromHelper !== undefined) return { ...fromHelper, serveraddress: key };
  const entry = Object.entries(config.auths ?? {}).find(
    ([name]) => name === key || hostOf(name) === host,
  )?.[1];
  return entry === undefined ? undefined : decodeAuth(entry, key);
}

/** `debian`, `me/x` are on Docker Hub; a first part with a dot, a colon or `localhost` is a host. */
export function registryHost(repository: string): string {
  const [first = '', ...rest] = repository.split('/');
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  if (!isHost || (rest.length === 0 && !first.includes('.'))) return 'docker.io';
  return first;
}

export function decodeAuth(
  entry: { readonly auth?: string; readonly identitytoken?: string },
  serveraddress: string,
): RegistryAuth | undefined {
  if (entry.identitytoken !== undefined && entry.identitytoken !== '')
    return { identitytoken: entry.identitytoken, serveraddress };
  if (entry.auth === undefined || entry.auth === '') return undefined;
  const text = Buffer.from(entry.auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1), serveraddress };
}

async function askHelper(helper: string, key: string): Promise<RegistryAuth | undefined> {
  try {
    const { stdout } = await runProgram(`docker-credential-${helper}`, ['get'], {
      input: key,
      timeout: HELPER_DEADLINE_MS,
    });
    const { Username, Secret } = JSON.parse(stdout) as { Username?: string; Secret?: string };
    if (Secret === undefined) return undefined;
    return Username === '<token>'
      ? { identitytoken: Secret }
      : { username: Username ?? '', password: Secret };
  } catch (error) {
    const output =
      typeof error === 'object' && error !== null && 'stdout' in error ? String(error.stdout) : '';
    // The helpers' one way to say "none": docker goes on without credentials then.
    if (/credentials not found/i.test(output)) return undefined;
    const reason =
      codeOf(error) === 'ENOENT'
        ? 'is not installed'
        : `failed: ${messageOf(output === '' ? error : output)}`;
    throw new ToolError('registry', {
      message: `docker-credential-${helper}, which config.json names for ${key}, ${reason}`,
    });
  }
}

async function readDockerConfig(): Promise<DockerConfig> {
  const path = join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as DockerConfig;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw new ToolError('registry', { file: path, message: `cannot be read: ${messageOf(error)}` }, error);
  }
}

function hostOf(name: string): string {
  return name.replace(/^https?:\/\//, '').split('/')[0] ?? name;
}
