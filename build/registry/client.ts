// The registry's own API, for what the engine has no words for: indexes of several platforms, and what refers to an image.

import { createHash } from 'node:crypto';
import type { RegistryAuth } from '../model/engine.ts';
import { messageOf, ToolError } from '../model/errors.ts';
import { parseChallenge, placeOf } from './challenge.ts';
import { openTransport, type Answered, type Asked } from './http.ts';
import { MEDIA_TYPES } from './media-types.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string; readonly variant?: string };
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Manifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** One repository of one registry. A registry that refuses or fails is a ToolError with its status in the text. */
export interface Repository {
  /** By tag or digest; undefined where there is none. */
  manifest(reference: string): Promise<Manifest | undefined>;
  /** Whether the registry has taken note of the manifest's `subject`. */
  putManifest(reference: string, mediaType: string, bytes: Buffer): Promise<{ isLinked: boolean }>;
  blob(digest: string): Promise<Buffer>;
  /** Sent only where the registry does not hold it. */
  putBlob(bytes: Buffer): Promise<Descriptor>;
  /** What refers to a manifest; undefined where the registry has no answer to that. */
  referrers(digest: string): Promise<readonly Descriptor[] | undefined>;
}

export interface RepositoryOptions {
  readonly auth: RegistryAuth | undefined;
  /** The engine does without TLS, or without looking at certificates, for this registry. */
  readonly isInsecure: boolean;
  readonly signal: AbortSignal;
}

const MANIFESTS = [
  MEDIA_TYPES.index,
  MEDIA_TYPES.dockerList,
  MEDIA_TYPES.manifest,
  MEDIA_TYPES.dockerManifest,
].join(', ');

const REDIRECTS = 5;

export async function openRepository(repository: string, options: RepositoryOptions): Promise<Repository> {
  const { host, path } = placeOf(repository);
  const transport = await openTransport(host, options.isInsecure);
  const base = new URL(`https://${host}/v2/${path}/`);
  let authorization: string | undefined;

  const send = async (asked: Asked): Promise<Answered> => {
    const isHere = asked.url.host === host;
    const headers =
      isHere && authorization !== undefined ? { ...asked.headers, authorization } : asked.headers;
    return await transport({ ...asked, headers }, options.signal);
  };
  const call = async (what: string, asked: Asked, accepted: readonly number[]): Promise<Answered> => {
    const told = (text: string, cause?: unknown): ToolError =>
      new ToolError('registry', { message: `cannot ${what} ${repository}: ${text}` }, cause);
    try {
      let answer = await send(asked);
      const challenge = answer.status === 401 ? answer.headers['www-authenticate'] : undefined;
      if (challenge !== undefined) {
        authorization = await authorize(challenge, options, (token) => transport(token, options.signal));
        if (authorization !== undefined) answer = await send(asked);
      }
      for (let hop = 0; isRedirect(answer) && hop < REDIRECTS; hop++)
        answer = await send({ ...asked, url: new URL(answer.headers.location ?? '', asked.url) });
      if (!accepted.includes(answer.status)) throw told(failureText(answer));
      return answer;
    } catch (error) {
      if (error instanceof ToolError || options.signal.aborted) throw error;
      throw told(messageOf(error), error);
    }
  };
  const at = (name: string): URL => new URL(name, base);

  return {
    async manifest(reference) {
      const asked: Asked = {
        method: 'GET',
        url: at(`manifests/${reference}`),
        headers: { accept: MANIFESTS },
      };
      const { status, headers, body } = await call(`read ${reference} of`, asked, [200, 404]);
      if (status === 404) return undefined;
      const mediaType = String(headers['content-type'] ?? '').split(';')[0] ?? '';
      return { mediaType, digest: digestOf(body), bytes: body };
    },
    async putManifest(reference, mediaType, bytes) {
      const headers = { 'content-type': mediaType };
      const asked: Asked = { method: 'PUT', url: at(`manifests/${reference}`), headers, body: bytes };
      const answer = await call(`push ${reference} to`, asked, [200, 201, 202]);
      return { isLinked: answer.headers['oci-subject'] !== undefined };
    },
    async blob(digest) {
      const asked: Asked = { method: 'GET', url: at(`blobs/${digest}`), headers: {} };
      return (await call(`read ${digest} of`, asked, [200])).body;
    },
    async putBlob(bytes) {
      const digest = digestOf(bytes);
      const descriptor = { mediaType: 'application/octet-stream', digest, size: bytes.length };
      const held = await call(
        'look into',
        { method: 'HEAD', url: at(`blobs/${digest}`), headers: {} },
        [200, 404],
      );
      if (held.status === 200) return descriptor;
      const started = await call(
        'upload to',
        { method: 'POST', url: at('blobs/uploads/'), headers: {} },
        [202],
      );
      const url = new URL(started.headers.location ?? '', at('blobs/uploads/'));
      url.searchParams.set('digest', digest);
      const headers = { 'content-type': 'application/octet-stream' };
      await call('upload to', { method: 'PUT', url, headers, body: bytes }, [201, 204]);
      return descriptor;
    },
    async referrers(digest) {
      const asked: Asked = {
        method: 'GET',
        url: at(`referrers/${digest}`),
        headers: { accept: MEDIA_TYPES.index },
      };
      const { status, headers, body } = await call('ask for referrers in', asked, [200, 400, 404, 405]);
      // Some answer every path with a page of their own.
      if (status !== 200 || !String(headers['content-type']).startsWith(MEDIA_TYPES.index)) return undefined;
      return manifestsOf(body);
    },
  };
}

/** The descriptors of an index or a manifest list. */
export function manifestsOf(bytes: Buffer): readonly Descriptor[] {
  const { manifests = [] } = JSON.parse(bytes.toString('utf8')) as { manifests?: Descriptor[] };
  return manifests;
}

export function isIndex({ mediaType }: Pick<Manifest, 'mediaType'>): boolean {
  return mediaType === MEDIA_TYPES.index || mediaType === MEDIA_TYPES.dockerList;
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The Authorization header that a challenge asks for; undefined where there is nothing to answer with. */
async function authorize(
  header: string,
  { auth }: RepositoryOptions,
  send: (asked: Asked) => Promise<Answered>,
): Promise<string | undefined> {
  const challenge = parseChallenge(header);
  const basic =
    auth?.username === undefined
      ? undefined
      : `Basic ${Buffer.from(`${auth.username}:${auth.password ?? ''}`).toString('base64')}`;
  if (challenge === undefined) return undefined;
  if (challenge.scheme === 'basic') return basic;
  const { realm, service, scope } = challenge;
  if (realm === undefined) return undefined;
  const fields = new URLSearchParams();
  if (service !== undefined) fields.set('service', service);
  // Several scopes stand in one field, apart by blanks, and are asked for one by one.
  for (const each of (scope ?? '').split(' ').filter((part) => part !== '')) fields.append('scope', each);
  const refresh = auth?.identitytoken;
  const asked: Asked =
    refresh === undefined
      ? {
          method: 'GET',
          url: withQuery(new URL(realm), fields),
          headers: basic === undefined ? {} : { authorization: basic },
        }
      : {
          method: 'POST',
          url: new URL(realm),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: Buffer.from(
            `${String(fields)}&${String(new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh, client_id: 'initkit' }))}`,
          ),
        };
  const answer = await send(asked);
  if (answer.status !== 200) throw new Error(`its token service answers ${failureText(answer)}`);
  const { token, access_token } = JSON.parse(answer.body.toString('utf8')) as {
    token?: string;
    access_token?: string;
  };
  const given = token || access_token;
  return given === undefined || given === '' ? undefined : `Bearer ${given}`;
}

function withQuery(url: URL, fields: URLSearchParams): URL {
  for (const [name, value] of fields) url.searchParams.append(name, value);
  return url;
}

function isRedirect({ status, headers }: Answered): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers.location !== undefined;
}

/** `401 UNAUTHORIZED: authentication required`: status, and what the registry says in its own JSON. */
function failureText({ status, body }: Answered): string {
  try {
    const { errors = [] } = JSON.parse(body.toString('utf8')) as {
      errors?: { code?: string; message?: string }[];
    };
    const texts = errors.map(({ code, message }) =>
      [code, message].filter((part) => part !== undefined).join(': '),
    );
    return [String(status), ...texts].join(' ');
  } catch {
    return String(status);
  }
}
