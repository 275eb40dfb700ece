// stdout_* and stderr_* of a program → where its output goes.

import type { LogTarget, StreamConfig } from '../model.ts';
import { boolean, byteSize, integer, logTarget } from './datatypes.ts';
import { expand, type Expansions } from './expand.ts';
import type { Context, Reader } from './reader.ts';

/** The settings that may not ask for process_num; faulty ones are undefined and noted. */
export function readCapture(reader: Reader, stream: 'stdout' | 'stderr') {
  return {
    captureMaxBytes: reader.value(`${stream}_capture_maxbytes`, '0', byteSize),
    eventsEnabled: reader.value(`${stream}_events_enabled`, 'false', boolean),
  };
}

/** Where one stream goes, or undefined where a setting is faulty. */
export function readStream(
  context: Context,
  reader: Reader,
  stream: 'stdout' | 'stderr',
  { captureMaxBytes, eventsEnabled }: ReturnType<typeof readCapture>,
  names: Expansions,
): StreamConfig | undefined {
  const key = `${stream}_logfile`;
  const written = reader.text(key, names);
  // The value is expanded twice, so that a percent sign in it takes four.
  const target = reader.attempt(key, (): LogTarget =>
    typeof written === 'string'
      ? logTarget(expand(written, names, key), context.source, context.home)
      : { kind: 'auto' },
  );
  const backups = reader.value(`${key}_backups`, '10', integer, names);
  const maxBytes = reader.value(`${key}_maxbytes`, '50MB', byteSize, names);
  const syslog = reader.value(`${stream}_syslog`, 'false', boolean, names);
  if (
    written === undefined ||
    target === undefined ||
    backups === undefined ||
    maxBytes === undefined ||
    syslog === undefined ||
    captureMaxBytes === undefined ||
    eventsEnabled === undefined
  ) {
    return undefined;
  }
  const id = `For [${reader.section.name}], `;
  if (target.kind === 'syslog') {
    reader.warn(
      key,
      `${id}${key}=syslog but this is deprecated and will be removed.  Use ${stream}_syslog=true to enable syslog instead.`,
    );
  }
  if (target.kind === 'auto' && maxBytes === 0) {
    reader.warn(
      key,
      `${id}AUTO logging used for ${key} without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally`,
    );
  }
  return {
    target: target.kind === 'syslog' ? { kind: 'none' } : target,
    maxBytes,
    backups,
    captureMaxBytes,
    eventsEnabled,
    syslog: syslog || target.kind === 'syslog',
  };
}

/** The stderr of a program whose redirect_stderr is true. */
export function redirectedStream(reader: Reader, stream: StreamConfig): StreamConfig {
  if (stream.target.kind === 'file' || stream.target.kind === 'inherit') {
    reader.warn(
      'stderr_logfile',
      `For [${reader.section.name}], redirect_stderr=true but stderr_logfile has also been set to a filename, ` +
        'the filename has been ignored',
    );
  }
  return { ...stream, target: { kind: 'none' } };
}
