// What BuildKit keeps of builds: listed, and removed record by record.

import type Docker from 'dockerode';
import type { CacheRecord } from '../model/engine.ts';

interface Listed {
  readonly ID: string;
  readonly Type: string;
  readonly InUse: boolean;
  readonly Shared: boolean;
  readonly Size: number;
  readonly CreatedAt: string;
  readonly LastUsedAt?: string | null;
}

export async function listCacheRecords(docker: Docker): Promise<CacheRecord[]> {
  const { BuildCache: records } = (await docker.df()) as { BuildCache?: readonly Listed[] | null };
  return (records ?? []).map((record) => ({
    id: record.ID,
    isLayer: record.Type === 'regular',
    isNeeded: record.InUse || record.Shared,
    sizeBytes: record.Size,
    createdAt: Date.parse(record.CreatedAt),
    usedAt: Date.parse(record.LastUsedAt ?? record.CreatedAt),
  }));
}

export function dropCacheRecord(docker: Docker, id: string): Promise<void> {
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
