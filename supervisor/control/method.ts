// What a method of the XML-RPC interface is: its parameters, its help, and its handler.

import type { Commands } from './commands.ts';
import { Fault } from './faults.ts';
import type { Value } from './xmlrpc.ts';

export type TypeName = 'string' | 'int' | 'boolean' | 'array' | 'struct';

export interface Parameter {
  readonly type: TypeName;
  readonly name: string;
  readonly help: string;
  readonly optional?: true;
}

export interface Method {
  /** One or more sentences. */
  readonly summary: string;
  readonly params: readonly Parameter[];
  readonly returns: { readonly type: TypeName; readonly help: string };
  /** Answered also while the supervisor stops. */
  readonly always?: true;
  readonly call: (context: Context, args: readonly Value[]) => Value | Promise<Value>;
}

/** What every handler may use. */
export interface Context {
  readonly commands: Commands;
  readonly nowMs: () => number;
}

export type MethodTable = Readonly<Record<string, Method>>;

export async function invoke(method: Method, context: Context, args: readonly Value[]): Promise<Value> {
  const required = method.params.filter((param) => param.optional !== true).length;
  if (args.length < required || args.length > method.params.length) throw new Fault('INCORRECT_PARAMETERS');
  if (method.always !== true) refuseWhileStopping(context);
  return method.call(context, args);
}

/** What system.methodHelp answers. */
export function helpOf(method: Method): string {
  const params = method.params.map(({ type, name, help }) => `@param ${type} ${name}  ${help}`);
  return [
    method.summary,
    '',
    ...params,
    `@return ${method.returns.type} result  ${method.returns.help}`,
  ].join('\n');
}

/** What system.methodSignature answers: the type of the result, then those of the parameters. */
export function signatureOf(method: Method): TypeName[] {
  return [method.returns.type, ...method.params.map((param) => param.type)];
}

function refuseWhileStopping({ commands }: Context): void {
  const { state } = commands.info();
  if (state === 'SHUTDOWN' || state === 'RESTARTING') throw new Fault('SHUTDOWN_STATE');
}

export const NAME_PARAMETER: Parameter = {
  type: 'string',
  name: 'name',
  help: 'process name, or group:name',
};
export const GROUP_PARAMETER: Parameter = { type: 'string', name: 'name', help: 'group name' };
