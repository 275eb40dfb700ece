// Asks a program whether it is ready, until it is: there is nobody to tell us, so this is the one place that asks again.

import type { HealthCheck, Readiness } from '../model.ts';
import type { Cancel, NotifySocket, System } from '../os/system.ts';

export interface ProbeContext {
  readonly system: System;
  readonly environment: Readonly<Record<string, string>>;
  /** A descriptor of /dev/null. */
  readonly devNull: number;
  /** For `ready=notify`. */
  readonly notify: NotifySocket | null;
  /** The program's output, for `ready=log:…`. */
  readonly logs: readonly { follow(listener: LogListener): () => void }[];
}

type LogListener = (event: { readonly kind: string; readonly chunk?: Uint8Array }) => void;

/** Pauses between two questions: short at first, since most programs are ready soon. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;

/** Node cannot wait for a datagram on a Unix socket; a look into it costs one system call. */
const NOTIFY_PAUSE_MS = 50;

/** A question without an answer within this is a no. */
const ANSWER_MS = 5000;

/** Calls onReady once; the result ends the asking. */
export function startProbe(readiness: Readiness, context: ProbeContext, onReady: () => void): Cancel {
  switch (readiness.kind) {
    case 'tcp':
    case 'http':
    case 'exec':
      return ask(context.system, () => answers(readiness, context, ANSWER_MS), onReady);
    case 'log':
      return watchLog(new RegExp(readiness.pattern), context, onReady);
    case 'notify':
      return ask(
        context.system,
        () => Promise.resolve(hasNotified(context.notify)),
        onReady,
        NOTIFY_PAUSE_MS,
      );
  }
}

/** Asks once; no answer within the time is a no. */
export function answers(
  question: HealthCheck['ask'],
  context: Pick<ProbeContext, 'system' | 'environment' | 'devNull'>,
  timeoutMs: number,
): Promise<boolean> {
  switch (question.kind) {
    case 'tcp':
      return connects(question.host, question.port, timeoutMs);
    case 'http':
      return serves(question.url, timeoutMs);
    case 'exec':
      return succeeds(question.command, context, timeoutMs);
  }
}

/** Reads what has come; `READY=1` stands on a line of its own (sd_notify(3)). */
function hasNotified(socket: NotifySocket | null): boolean {
  for (let message = socket?.receive(); typeof message === 'string'; message = socket?.receive()) {
    if (message.split('\n').includes('READY=1')) return true;
  }
  return false;
}

function ask(
  system: System,
  question: () => Promise<boolean>,
  onReady: () => void,
  longestPauseMs: number = LONGEST_PAUSE_MS,
): Cancel {
  let over = false;
  let cancelPause: Cancel = () => {};
  const again = async (pauseMs: number): Promise<void> => {
    const yes = await question();
    if (over) return;
    if (yes) onReady();
    else cancelPause = system.after(pauseMs, () => void again(Math.min(pauseMs * 2, longestPauseMs)));
  };
  void again(FIRST_PAUSE_MS);
  return () => {
    over = true;
    cancelPause();
  };
}

async function connects(host: string, port: number, timeout: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout });
    const answer = (yes: boolean) => (): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.on('connect', answer(true)).on('timeout', answer(false)).on('error', answer(false));
  });
}

/** Any answer from 200 to 399. */
async function serves(url: string, timeout: number): Promise<boolean> {
  const { get } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  return new Promise((resolve) => {
    // Of the whole answer, not of a silence in between.
    const signal = AbortSignal.timeout(timeout);
    const request = get(url, { signal, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 400);
    });
    request.on('error', () => resolve(false));
  });
}

/** A shell command that ends with 0. */
function succeeds(
  command: string,
  { system, environment, devNull }: Pick<ProbeContext, 'system' | 'environment' | 'devNull'>,
  timeoutMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    let cancelLimit: Cancel = () => {};
    const result = system.spawn(
      {
        file: '/bin/sh',
        argv: ['/bin/sh', '-c', command],
        environment,
        directory: null,
        umask: null,
        credentials: null,
        descriptors: [devNull, 2, 2],
        leads: 'group',
        limits: {},
      },
      (status) => {
        cancelLimit();
        resolve(status.code === 0);
      },
    );
    if (result.kind === 'failed') return resolve(false);
    cancelLimit = system.after(timeoutMs, () => system.signal(result.pid, 'SIGKILL', true));
  });
}

function watchLog(pattern: RegExp, { logs }: ProbeContext, onReady: () => void): Cancel {
  const stops: Cancel[] = [];
  const stop = (): void => {
    for (const each of stops.splice(0)) each();
  };
  for (const log of logs) {
    let rest = '';
    stops.push(
      log.follow((event) => {
        if (event.kind !== 'data' || event.chunk === undefined || stops.length === 0) return;
        const lines = (rest + Buffer.from(event.chunk).toString('utf8')).split('\n');
        rest = lines.pop() ?? '';
        if (!lines.some((line) => pattern.test(line))) return;
        stop();
        onReady();
      }),
    );
  }
  return stop;
}
