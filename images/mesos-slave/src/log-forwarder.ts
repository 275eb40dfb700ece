// The program log-forwarder: sends the lines of log files to Logstash, in place of logstash-forwarder or by means of it.

import { writeSync } from 'node:fs';
import { readArguments, UsageError, type Arguments } from './decide/arguments.ts';
import type { Config } from './decide/config.ts';
import { ConfigError } from './decide/document.ts';
import { forward } from './effects/forward.ts';
import { loadConfig } from './effects/load.ts';
import { becomeOriginal, hasOriginal } from './effects/original.ts';

const EXIT = { done: 0, failed: 1, usage: 2, config: 78 } as const;
const STDERR = 2;

const HELP = `usage: log-forwarder -config=PATH [-registry=PATH] [-spool-size=LINES] [-max-line-bytes=N] [-quiet]

PATH is a configuration of logstash-forwarder (JSON), or a folder of such files. The variables
SERVICE_LOGSTASH_FORWARDER_ADDRESS, SERVICE_LOGSTASH_FORWARDER_CERT, APP_NAME, ENVIRONMENT, PARENT_HOST and MESOS_LOG_DIR
are put into it.
`;

function main(words: readonly string[]): void {
  if (/^--?h(?:elp)?$/.test(words[0] ?? '')) {
    process.stdout.write(HELP);
    return;
  }
  const options = readArguments(words);
  const problem = (message: string): void => say(message);
  const config = loadConfig(options.config, process.env, problem);
  if (hasOriginal()) becomeOriginal(words, config, options.registry);
  run(options, config);
}

function run(options: Arguments, config: Config): void {
  if (options.ignored.length > 0) say(`without effect here: ${options.ignored.join(', ')}`);
  const log = options.quiet ? (): void => {} : say;
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    running
      .stop()
      .then(() => process.exit(EXIT.done))
      .catch(fail);
  };
  const running = forward(config, options, log, stop);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function fail(error: unknown): never {
  if (error instanceof UsageError || error instanceof ConfigError) {
    for (const mistake of error.message.split('\n')) say(mistake);
    process.exit(error instanceof UsageError ? EXIT.usage : EXIT.config);
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(EXIT.failed);
}

/** As one write, which nothing of another program can come between. */
function say(message: string): void {
  try {
    writeSync(STDERR, `log-forwarder: ${message}\n`);
  } catch {
    // Nobody listens.
  }
}

process.on('uncaughtException', fail);
try {
  main(process.argv.slice(2));
} catch (error) {
  fail(error);
}
