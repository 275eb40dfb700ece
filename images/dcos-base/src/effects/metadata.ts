// Asks the EC2 instance-metadata service for the region: IMDSv2, and IMDSv1 where that is all there is.

import type { Region } from '../decide/master.ts';

/** Each request; on an instance the service answers within milliseconds, elsewhere never. */
const REQUEST_TIMEOUT_MS = 2000;
const TOKEN_LIFE_SECS = '60';

/** `endpoint` is AWS_EC2_METADATA_SERVICE_ENDPOINT, as the AWS SDKs read it. Never throws. */
export async function askRegion(endpoint: string, timeoutMs: number = REQUEST_TIMEOUT_MS): Promise<Region> {
  const base = endpoint.replace(/\/+$/, '');
  const from = `from the instance-metadata service at ${base}`;
  try {
    const token = await askToken(base, timeoutMs);
    const get = (path: string): Promise<string | null> =>
      read(`${base}/latest/meta-data/${path}`, token, timeoutMs);
    const zone = await get('placement/availability-zone');
    // Older services know the zone alone: us-west-2a, and us-west-2-lax-1a of a local zone, are in us-west-2.
    const region = (await get('placement/region')) ?? /^[a-z]+(?:-[a-z]+)+-\d+/.exec(zone ?? '')?.[0];
    if (region === undefined) return { problem: `the instance-metadata service at ${base} knows no region` };
    return { region, zone, from };
  } catch (error) {
    return { problem: `the instance-metadata service at ${base} does not answer: ${reasonOf(error)}` };
  }
}

/** A token, or null where only IMDSv1 answers: its answers cannot pass the hop to a container unless the limit is 2. */
async function askToken(base: string, timeoutMs: number): Promise<string | null> {
  try {
    const response = await fetch(`${base}/latest/api/token`, {
      method: 'PUT',
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': TOKEN_LIFE_SECS },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return response.ok ? (await response.text()).trim() : null;
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return null;
    throw error;
  }
}

/** The text, or null where the service has nothing under this path. */
async function read(url: string, token: string | null, timeoutMs: number): Promise<string | null> {
  const response = await fetch(url, {
    headers: token === null ? {} : { 'x-aws-ec2-metadata-token': token },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${url} gives ${response.status}`);
  const text = (await response.text()).trim();
  return /^[a-z0-9-]+$/.test(text) ? text : null;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError')
    return 'no answer in time (in a container it needs a hop limit of 2, or --net=host)';
  return error.cause instanceof Error ? error.cause.message : error.message;
}
