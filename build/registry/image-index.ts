// The index of an image's platforms, as JSON whose bytes decide its digest: pure.

import type { Platform } from '../model/platform.ts';
import { MEDIA_TYPES } from './media-types.ts';

export interface IndexImage {
  readonly platform: Platform;
  readonly digest: string;
  readonly mediaType: string;
  /** Of its manifest, in bytes. */
  readonly size: number;
}

/** An OCI index where all images are OCI's, else Docker's manifest list: registries and clients refuse mixtures. */
export function indexOf(images: readonly IndexImage[]): { mediaType: string; bytes: Buffer } {
  const isOci = images.every(({ mediaType }) => mediaType === MEDIA_TYPES.manifest);
  const mediaType = isOci ? MEDIA_TYPES.index : MEDIA_TYPES.dockerList;
  const manifests = images.map(({ platform, digest, mediaType: type, size }) => ({
    mediaType: type,
    digest,
    size,
    platform: {
      architecture: platform.arch,
      os: platform.os,
      ...(platform.variant === '' ? {} : { variant: platform.variant }),
    },
  }));
  return { mediaType, bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })) };
}
