// Every method of the XML-RPC interface by its full name, and the one way to call them.

import { list, text } from './arguments.ts';
import { Fault, FAULT_CODES } from './faults.ts';
import { MAX_READ_BYTES } from './log-read.ts';
import { helpOf, invoke, signatureOf } from './method.ts';
import type { Context, Method, MethodTable } from './method.ts';
import { LOG_METHODS } from './methods-log.ts';
import { PROCESS_METHODS } from './methods-process.ts';
import { SUPERVISOR_METHODS } from './methods-supervisor.ts';
import { compareNames } from './names.ts';
import { isStruct } from './xmlrpc.ts';
import type { Call, Response, Value } from './xmlrpc.ts';

export interface Methods {
  /** Answers with a fault for whatever a client can get wrong; rejects only for a defect of ours. */
  call(call: Call): Promise<Response>;
  readonly names: readonly string[];
}

/** Without rpcInterface (`[rpcinterface:supervisor]`), only the system methods are there. */
export function createMethods(context: Context, options: { readonly rpcInterface: boolean }): Methods {
  const table = new Map<string, Method>();
  const add = (namespace: string, methods: MethodTable): void => {
    for (const [name, method] of Object.entries(methods)) table.set(`${namespace}.${name}`, method);
  };
  if (options.rpcInterface) {
    for (const methods of [SUPERVISOR_METHODS, PROCESS_METHODS, LOG_METHODS]) add('supervisor', methods);
  }
  add('system', systemMethods(table));
  const call = async ({ method, params }: Call): Promise<Response> => {
    try {
      const found = table.get(method);
      if (found === undefined) throw new Fault('UNKNOWN_METHOD');
      return { kind: 'value', value: await invoke(found, context, params) };
    } catch (error) {
      if (error instanceof Fault) return { kind: 'fault', code: error.code, text: error.message };
      throw error;
    }
  };
  return { call, names: namesOf(table) };
}

/** The methods that tell of methods. They work on the whole table, themselves included. */
function systemMethods(table: ReadonlyMap<string, Method>): MethodTable {
  const known = (name: Value | undefined): Method => {
    const method = table.get(text(name));
    if (method === undefined) throw new Fault('SIGNATURE_UNSUPPORTED');
    return method;
  };
  const name = { type: 'string', name: 'name', help: 'full name of a method' } as const;
  return {
    listMethods: {
      summary: 'The names of all methods.',
      params: [],
      returns: { type: 'array', help: 'names, sorted' },
      always: true,
      call: () => namesOf(table),
    },
    methodHelp: {
      summary: 'What a method does.',
      params: [name],
      returns: { type: 'string', help: 'text with @param and @return lines' },
      always: true,
      call: (_context, [asked]) => helpOf(known(asked)),
    },
    methodSignature: {
      summary: 'The types of the result and of the parameters of a method.',
      params: [name],
      returns: { type: 'array', help: '[type of the result, types of the parameters…]' },
      always: true,
      call: (_context, [asked]) => signatureOf(known(asked)),
    },
    multicall: {
      summary: 'Makes several calls, one after the other. One that fails does not end the others.',
      params: [{ type: 'array', name: 'calls', help: 'structs with methodName and params' }],
      returns: {
        type: 'array',
        help: 'for each call its result, or a struct with faultCode and faultString',
      },
      always: true,
      call: async (context, [calls]) => {
        const results: Value[] = [];
        let room = MAX_READ_BYTES;
        for (const call of list(calls)) {
          const result: Value = room > 0 ? await oneOfMany(table, context, call) : TOO_LARGE;
          if (typeof result === 'string') room -= result.length;
          results.push(result);
        }
        return results;
      },
    },
  };
}

/** Stands for the results that would make an answer outgrow the memory. */
const TOO_LARGE = { faultCode: FAULT_CODES.FAILED, faultString: 'FAILED: the answer is too large' };

/** supervisord answers with bare results, not with arrays of one as the multicall convention says; so do we. */
async function oneOfMany(table: ReadonlyMap<string, Method>, context: Context, call: Value): Promise<Value> {
  try {
    if (!isStruct(call)) throw new Fault('INCORRECT_PARAMETERS', 'a call is a struct');
    const { methodName, params } = call;
    if (methodName === undefined) throw new Fault('INCORRECT_PARAMETERS', 'No methodName');
    if (methodName === 'system.multicall') {
      throw new Fault('INCORRECT_PARAMETERS', 'Recursive system.multicall forbidden');
    }
    const method = table.get(text(methodName));
    if (method === undefined) throw new Fault('UNKNOWN_METHOD');
    return await invoke(method, context, params === undefined ? [] : list(params));
  } catch (error) {
    if (error instanceof Fault) return { faultCode: error.code, faultString: error.message };
    const message = error instanceof Error ? error.message : 'unknown error';
    return { faultCode: FAULT_CODES.FAILED, faultString: `FAILED: ${message}` };
  }
}

function namesOf(table: ReadonlyMap<string, Method>): string[] {
  return [...table.keys()].toSorted(compareNames);
}
