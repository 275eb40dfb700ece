// The methods of supervisord's interface as functions, with their answers checked for the fields that clients use.

import { callMethod } from './client.ts';
import type { Target } from './client.ts';
import { isStruct } from './xmlrpc.ts';
import type { Value } from './xmlrpc.ts';

export interface ProcessInfo {
  readonly group: string;
  readonly name: string;
  readonly state: number;
  readonly statename: string;
  readonly description: string;
  readonly pid: number;
}

/** How one process of several fared; `status` is a fault code, 80 for success. */
export interface ProcessResult {
  readonly group: string;
  readonly name: string;
  readonly status: number;
  readonly description: string;
}

export interface ConfigInfo {
  readonly group: string;
  readonly name: string;
  readonly inuse: boolean;
  readonly autostart: boolean;
  readonly groupPriority: number;
  readonly processPriority: number;
}

export interface Changes {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export class RpcClient {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  call(method: string, ...params: readonly Value[]): Promise<Value> {
    return callMethod(this.#target, `supervisor.${method}`, params);
  }

  async text(method: string, ...params: readonly Value[]): Promise<string> {
    return asText(await this.call(method, ...params));
  }

  async number(method: string, ...params: readonly Value[]): Promise<number> {
    return asNumber(await this.call(method, ...params));
  }

  /** For the methods that act on several processes. */
  async results(method: string, ...params: readonly Value[]): Promise<ProcessResult[]> {
    return asList(await this.call(method, ...params)).map((value) => {
      const field = fieldsOf(value);
      return {
        group: asText(field('group')),
        name: asText(field('name')),
        status: asNumber(field('status')),
        description: asText(field('description')),
      };
    });
  }

  async processInfo(name: string): Promise<ProcessInfo> {
    return asProcessInfo(await this.call('getProcessInfo', name));
  }

  async allProcessInfo(): Promise<ProcessInfo[]> {
    return asList(await this.call('getAllProcessInfo')).map(asProcessInfo);
  }

  async allConfigInfo(): Promise<ConfigInfo[]> {
    return asList(await this.call('getAllConfigInfo')).map((value) => {
      const field = fieldsOf(value);
      return {
        group: asText(field('group')),
        name: asText(field('name')),
        inuse: field('inuse') === true,
        autostart: field('autostart') === true,
        groupPriority: asNumber(field('group_prio')),
        processPriority: asNumber(field('process_prio')),
      };
    });
  }

  async reloadConfig(): Promise<Changes> {
    const [changes] = asList(await this.call('reloadConfig'));
    const [added, changed, removed] = asList(changes).map((names) => asList(names).map(asText));
    return { added: added ?? [], changed: changed ?? [], removed: removed ?? [] };
  }
}

function asProcessInfo(value: Value): ProcessInfo {
  const field = fieldsOf(value);
  return {
    group: asText(field('group')),
    name: asText(field('name')),
    state: asNumber(field('state')),
    statename: asText(field('statename')),
    description: asText(field('description')),
    pid: asNumber(field('pid')),
  };
}

function fieldsOf(value: Value): (name: string) => Value | undefined {
  if (!isStruct(value)) throw unexpected('a struct');
  return (name) => value[name];
}

function asText(value: Value | undefined): string {
  if (typeof value !== 'string') throw unexpected('a string');
  return value;
}

function asNumber(value: Value | undefined): number {
  if (typeof value !== 'number') throw unexpected('a number');
  return value;
}

function asList(value: Value | undefined): readonly Value[] {
  if (!Array.isArray(value)) throw unexpected('an array');
  return value;
}

function unexpected(what: string): TypeError {
  return new TypeError(`cannot understand the answer of the server: ${what} is expected`);
}
