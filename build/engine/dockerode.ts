// Loads dockerode without what it never uses here: ssh where the engine is not reached that way, and the gRPC stack of a
// session that we have our own of. They are two thirds of its loading time and half of its memory.

import { registerHooks } from 'node:module';
import type Docker from 'dockerode';

const EMPTY = 'data:text/javascript,unused';

export async function loadDockerode(isSsh: boolean): Promise<typeof Docker> {
  const unused = new Set(['@grpc/grpc-js', '@grpc/proto-loader', ...(isSsh ? [] : ['ssh2'])]);
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      unused.has(specifier)
        ? { url: EMPTY, format: 'commonjs', shortCircuit: true }
        : next(specifier, context),
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
