// Loads dockerode without what it never uses here: ssh and TLS where the engine is not reached that way, the gRPC stack of a
// session and the packer of contexts, which we have our own of. They are most of its loading time and half of its memory.

import { registerHooks } from 'node:module';
import type Docker from 'dockerode';
import type { EngineAddress } from '../model/engine-address.ts';

const EMPTY = 'data:text/javascript,unused';
const OWN = ['@grpc/grpc-js', '@grpc/proto-loader', 'tar-fs', '@balena/dockerignore', 'zlib'];

export async function loadDockerode(address: EngineAddress): Promise<typeof Docker> {
  const isSsh = address.kind === 'remote' && address.url.startsWith('ssh:');
  const unused = new Set([
    ...OWN,
    ...(isSsh ? [] : ['ssh2']),
    ...(address.kind === 'socket' ? ['https'] : []),
  ]);
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (unused.has(specifier)) return { url: EMPTY, format: 'commonjs', shortCircuit: true };
      // Node's own streams do what those of the package do.
      return next(specifier === 'readable-stream' ? 'node:stream' : specifier, context);
    },
    load: (url, context, next) =>
      url === EMPTY
        ? { source: 'module.exports = {};', format: 'commonjs', shortCircuit: true }
        : next(url, context),
  });
  try {
    return (await import('dockerode')).default;
  } finally {
    hooks.deregister();
  }
}
