// Everything that the programs of this image do to the outside, or learn from it.

import type { SrvRecord } from '../decide/answers.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Every call fails by throwing an Error whose message says what was tried and what came of it. */
export interface World {
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Ends early when the signal comes. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** The time-out is for everything, from the name to the last byte. */
  request(url: string, options: { body?: string; timeoutMs: number }): Promise<Answer>;
  /** All addresses of a host, from /etc/hosts and DNS. */
  addresses(host: string, timeoutMs: number): Promise<string[]>;
  /** An empty list where the name has no such records. */
  srv(name: string, timeoutMs: number): Promise<SrvRecord[]>;
  ownAddresses(): string[];
  /** Undefined where there is no such file. */
  readFile(path: string): Promise<string | undefined>;
  /** Whole or not at all, also for who reads while it is written. */
  writeFile(path: string, text: string, mode?: number): Promise<void>;
  removeFile(path: string): Promise<void>;
  /** HAProxy's opinion of a configuration file: null where it is good, else its words. */
  checkConfig(path: string): Promise<string | null>;
  /** One command to HAProxy's master socket; undefined where nobody listens there. */
  askProxy(command: string): Promise<string | undefined>;
  say(line: string): void;
}
