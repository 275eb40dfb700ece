// One run of supervisorctl: the server it talks to, its exit code, and what it does when a call fails.

import { createInterface } from 'node:readline';
import { FaultError, StatusError } from './client.ts';
import type { Target } from './client.ts';
import type { CtlIo } from './ctl-io.ts';
import { CTL_EXIT, exitCodeOf } from './ctl-text.ts';
import { FAULT_CODES } from './faults.ts';
import { LineQueue } from './line-queue.ts';
import { RpcClient } from './rpc-client.ts';

const API_VERSION = '3.0';

/** What an action of supervisorctl is: its help, and what it does with the rest of the line. */
export interface Action {
  readonly help: readonly string[];
  readonly run: (session: Session, rest: string) => Promise<void>;
}

export class Session {
  readonly io: CtlIo;
  readonly interactive: boolean;
  target: Target;
  exitCode: number = CTL_EXIT.success;
  #lines: LineQueue | null = null;
  /** Asks a question on the terminal; only in the shell. */
  ask: (question: string) => Promise<string> = () => Promise.resolve('');

  constructor(io: CtlIo, target: Target, interactive: boolean) {
    this.io = io;
    this.target = target;
    this.interactive = interactive;
  }

  /** What is typed: the shell's lines, or those of standard input. */
  get lines(): LineQueue {
    this.#lines ??= new LineQueue(createInterface({ input: this.io.stdin }));
    return this.#lines;
  }

  set lines(lines: LineQueue) {
    this.#lines = lines;
  }

  /** Lets a Ctrl-C end what goes on, rather than everything; the result undoes it. */
  onInterrupt(listener: () => void): () => void {
    const undo = [this.io.onInterrupt(listener), this.#lines?.onInterrupt(listener)];
    return () => undo.forEach((each) => each?.());
  }

  get rpc(): RpcClient {
    return new RpcClient(this.target);
  }

  output(line: string): void {
    this.io.stdout.write(`${line}\n`);
  }

  /** An error that the user made: the message, the help of the action, and the exit code. */
  misuse(message: string, action: Action | null, exitCode: number = CTL_EXIT.generic): void {
    this.output(message);
    this.exitCode = exitCode;
    for (const line of action?.help ?? []) this.output(line);
  }

  /** Sets the exit code that a fault leads to. */
  note(fault: number, ignored: number | null = null): void {
    this.exitCode = exitCodeOf(fault, ignored) ?? this.exitCode;
  }

  /** Whether a server that we understand answers; says so if not. */
  async isUp(): Promise<boolean> {
    try {
      const version = await this.rpc.text('getVersion');
      if (version === API_VERSION) return true;
      this.output(
        `Sorry, this version of supervisorctl expects to talk to a server with API version ${API_VERSION}, ` +
          `but the remote version is ${version}.`,
      );
      this.exitCode = CTL_EXIT.wrongVersion;
      return false;
    } catch (error) {
      if (!this.#explainDown(error)) {
        this.exitCode = CTL_EXIT.generic;
        throw error;
      }
      return false;
    }
  }

  #explainDown(error: unknown): boolean {
    if (faultCodeOf(error) === FAULT_CODES.UNKNOWN_METHOD) {
      this.output(
        'Sorry, supervisord responded but did not recognize the supervisor namespace commands that supervisorctl ' +
          'uses to control it.  Please check that the [rpcinterface:supervisor] section is enabled in the ' +
          'configuration file (see sample.conf).',
      );
      this.exitCode = CTL_EXIT.unimplemented;
      return true;
    }
    const down = DOWN[errnoOf(error) ?? ''];
    if (down === undefined) return false;
    this.output(`${this.target.url} ${down.text}`);
    this.exitCode = down.exitCode;
    return true;
  }
}

const DOWN: Readonly<Record<string, { text: string; exitCode: number }>> = {
  ECONNREFUSED: { text: 'refused connection', exitCode: CTL_EXIT.refused },
  ENOENT: { text: 'no such file', exitCode: CTL_EXIT.notRunning },
};

export function faultCodeOf(error: unknown): number | null {
  return error instanceof FaultError ? error.code : null;
}

/** Of a connection that failed: node reports one error for each address it tried. */
export function errnoOf(error: unknown): string | null {
  if (error instanceof AggregateError) return errnoOf(error.errors[0]);
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Says what an action failed with, in the form that supervisorctl has for what it does not expect. */
export function unexpectedLine(error: unknown): string {
  if (error instanceof FaultError) {
    return `error: <class 'xmlrpc.client.Fault'>, <Fault ${error.code}: '${error.message}'>`;
  }
  if (error instanceof StatusError) {
    return `error: <class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: ${error.message}>`;
  }
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: 'unknown' };
  return `error: ${name}, ${message}`;
}
