// Asks BuildKit which platforms its RUN lines can run on: its own, and those that the kernel emulates.

import { connect } from 'node:http2';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { parsePlatform, type Platform } from '../../model/platform.ts';
import { frameMessage, readFrames } from './frames.ts';
import { hijack } from './hijack.ts';
import { workersResponse } from './messages.ts';

const METHOD = '/moby.buildkit.v1.Control/ListWorkers';

export async function listPlatforms(docker: Docker): Promise<Platform[]> {
  const socket = await hijack(docker, '/grpc', {});
  const session = connect('http://localhost', { createConnection: () => socket });
  try {
    const failed = new Promise<never>((_, reject) => void session.once('error', reject));
    const call = session.request({
      ':method': 'POST',
      ':path': METHOD,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    call.end(frameMessage(new Uint8Array()));
    const answer = await Promise.race([buffer(call), failed]);
    for await (const message of readFrames(Readable.from([answer]))) {
      const { record } = workersResponse.decode(message);
      return record
        .flatMap(({ platforms }) => platforms)
        .map(({ os, architecture, variant }) =>
          parsePlatform([os, architecture, variant].filter((part) => part !== '').join('/')),
        )
        .filter((platform) => platform !== undefined);
    }
    throw new Error('the engine does not say which platforms it builds for');
  } finally {
    session.destroy();
    socket.destroy();
  }
}
