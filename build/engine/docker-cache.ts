// Removes what BuildKit keeps of every context that was sent to it, and can never use again.

import type Docker from 'dockerode';

interface CacheRecord {
  readonly ID: string;
  readonly Parent?: string;
  readonly Description: string;
  readonly InUse: boolean;
  readonly Shared: boolean;
  readonly CreatedAt: string;
}

/**
 * Each upload has a URL of its own, so its record is never hit, and neither is the folder it was unpacked into: a copy
 * without parent that no image shares. Left alone they grow by twice the context with every build.
 */
export async function dropContextRecords(docker: Docker, since: Date): Promise<void> {
  const { BuildCache: records } = (await docker.df()) as { BuildCache?: readonly CacheRecord[] | null };
  const spent = (records ?? []).filter((record) => {
    if (record.InUse || record.Shared) return false;
    if (record.Description.startsWith('http url http://build-context-')) return true;
    const isRootless = record.Description === 'fileop target' && (record.Parent ?? '') === '';
    return isRootless && new Date(record.CreatedAt) >= since;
  });
  for (const { ID } of spent) await prune(docker, ID);
}

function prune(docker: Docker, id: string): Promise<void> {
  // dockerode's pruneBuilder() forgets its filters.
  const request = {
    path: '/build/prune?',
    method: 'POST',
    options: { filters: JSON.stringify({ id: [id] }) },
    statusCodes: { 200: true, 500: 'server error' } as const,
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(request, (error) => (error === null ? resolve() : reject(error)));
  });
}
