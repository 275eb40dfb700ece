// Finds the credentials for a registry as docker does: credHelpers, then credsStore, then auths of config.json; then podman's.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../machine/programs.ts';
import type { RegistryAuth } from '../model/engine.ts';
import { codeOf, messageOf, ToolError } from '../model/errors.ts';

const HELPER_DEADLINE_MS = 15_000;
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

interface AuthEntry {
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly username?: string;
  readonly password?: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** What one credential is for: a host with its port, and what a repository's path there begins with. */
interface Place {
  readonly host: string;
  readonly path: string;
}

/** Undefined where none are kept; a registry gets only its own. */
export async function credentialsFor(repository: string): Promise<RegistryAuth | undefined> {
  const host = registryHost(repository);
  const path = repository.slice(repository.indexOf('/') + 1);
  return await credentialsAt({ host, path: host === 'docker.io' ? '' : path });
}

/** The same for a registry of which only the host, with its port, is known. */
export async function credentialsForHost(host: string): Promise<RegistryAuth | undefined> {
  return await credentialsAt({ host: withoutAlias(host), path: '' });
}

async function credentialsAt(place: Place): Promise<RegistryAuth | undefined> {
  for (const read of [environmentConfig, dockerConfig, podmanConfig]) {
    const found = await credentialsIn(await read(), place);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function credentialsIn(config: DockerConfig, place: Place): Promise<RegistryAuth | undefined> {
  const key = place.host === 'docker.io' ? DOCKER_HUB_KEY : place.host;
  const helper = bestFor(config.credHelpers, place) ?? config.credsStore;
  const fromHelper = helper === undefined ? undefined : await askHelper(helper, key);
  if (fromHelper !== undefined) return { ...fromHelper, serveraddress: key };
  const entry = bestFor(config.auths, place);
  return entry === undefined ? undefined : decodeAuth(entry, key);
}

/** Of the keys for this host the one with the longest path that the repository is below; else, as for docker, any of them. */
function bestFor<Value>(values: Readonly<Record<string, Value>> = {}, place: Place): Value | undefined {
  const here = Object.entries(values)
    .map(([key, value]) => ({ ...placeOfKey(key), value }))
    .filter(({ host }) => host === place.host)
    .toSorted((left, right) => right.path.length - left.path.length);
  const near = here.find(({ path }) => path === '' || `${place.path}/`.startsWith(`${path}/`));
  return (near ?? here[0])?.value;
}

/** `https://r.example.org/v1/`, `r.example.org:5000`, and podman's `r.example.org/team`: a URL's path means nothing. */
function placeOfKey(key: string): Place {
  const [, scheme, host = '', rest = ''] = /^(https?:\/\/)?([^/]*)\/?(.*?)\/?$/.exec(key) ?? [];
  const isUrl = scheme !== undefined || /^v[12]$/.test(rest);
  return { host: withoutAlias(host), path: isUrl ? '' : rest };
}

/** `debian`, `me/x` are on Docker Hub; a first part with a dot, a colon or `localhost` is a host. */
export function registryHost(repository: string): string {
  const [first = '', ...rest] = repository.split('/');
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  if (!isHost || (rest.length === 0 && !first.includes('.'))) return 'docker.io';
  return withoutAlias(first);
}

/** Docker Hub goes by several names. */
function withoutAlias(host: string): string {
  return /^(?:index\.|registry-1\.|registry\.hub\.)?docker\.(?:io|com)$/.test(host) ? 'docker.io' : host;
}

function decodeAuth(entry: AuthEntry, serveraddress: string): RegistryAuth | undefined {
  if (entry.identitytoken !== undefined && entry.identitytoken !== '')
    return { identitytoken: entry.identitytoken, serveraddress };
  const { username = '', password = '', auth = '' } = entry;
  if (auth === '') return username === '' ? undefined : { username, password, serveraddress };
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  // Old clients have filled passwords up with zeros.
  const secret = text.slice(colon + 1).replace(/\0+$/, '');
  return { username: text.slice(0, colon), password: secret, serveraddress };
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
    if (/credentials not found|no credentials/i.test(output)) return undefined;
    const reason =
      codeOf(error) === 'ENOENT'
        ? 'is not installed'
        : `failed: ${messageOf(output === '' ? error : output)}`;
    throw new ToolError('registry', {
      message: `docker-credential-${helper}, which config.json names for ${key}, ${reason}`,
    });
  }
}

/** What docker's client and GitLab's runner take instead of a file. */
async function environmentConfig(): Promise<DockerConfig> {
  const text = process.env['DOCKER_AUTH_CONFIG'] ?? '';
  return text === '' ? {} : parseConfig(text, 'DOCKER_AUTH_CONFIG');
}

async function dockerConfig(): Promise<DockerConfig> {
  return (
    (await readConfig(join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json'))) ?? {}
  );
}

async function podmanConfig(): Promise<DockerConfig> {
  const { REGISTRY_AUTH_FILE: given, XDG_RUNTIME_DIR: runtime, XDG_CONFIG_HOME: own } = process.env;
  const folders = [runtime, own ?? join(homedir(), '.config')].filter((folder) => folder !== undefined);
  const paths = given === undefined ? folders.map((folder) => join(folder, 'containers/auth.json')) : [given];
  for (const path of paths) {
    const config = await readConfig(path);
    if (config !== undefined) return config;
  }
  return {};
}

async function readConfig(path: string): Promise<DockerConfig | undefined> {
  try {
    return parseConfig(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof ToolError) throw error;
    throw new ToolError('registry', { file: path, message: `cannot be read: ${messageOf(error)}` }, error);
  }
}

function parseConfig(text: string, file: string): DockerConfig {
  try {
    return JSON.parse(text) as DockerConfig;
  } catch (error) {
    // Node's message would quote what stands there.
    throw new ToolError('registry', { file, message: 'is not JSON' }, error);
  }
}
