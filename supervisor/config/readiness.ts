// `ready=` and `check=`: how a program is asked whether it is there.

import type { Readiness } from '../model.ts';
import { portNumber } from './datatypes.ts';
import { BadValue } from './expand.ts';

/** `tcp:PORT`, `http:URL`, `exec:COMMAND`, `log:REGEX` or `notify`; throws BadValue. */
export function readiness(text: string): Readiness {
  const [, kind = '', argument = ''] = /^([a-z]+)(?::(.*))?$/s.exec(text) ?? [];
  switch (kind) {
    case 'notify':
      if (argument === '') return { kind };
      break;
    case 'tcp': {
      const colon = argument.lastIndexOf(':');
      const host = colon === -1 ? '127.0.0.1' : argument.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
      if (host !== '') return { kind, host, port: portNumber(argument.slice(colon + 1)) };
      break;
    }
    case 'http':
      if (argument !== '')
        return { kind, url: /^https?:\/\//.test(argument) ? argument : webAddress(argument) };
      break;
    case 'https':
      if (argument.startsWith('//')) return { kind: 'http', url: text };
      break;
    case 'exec':
      if (argument !== '') return { kind, command: argument };
      break;
    case 'log':
      return { kind, pattern: regularExpression(argument) };
    default:
  }
  throw new BadValue(
    `'${text}' is no way to be ready`,
    'write notify, tcp:PORT, tcp:HOST:PORT, http:URL, exec:COMMAND or log:REGEX',
  );
}

/** `ready=http:8080/health` and `ready=http://host/x`, where the colon belongs to the address. */
function webAddress(text: string): string {
  if (text.startsWith('//')) return `http:${text}`;
  return /^\d+(?:\/|$)/.test(text) ? `http://127.0.0.1:${text}` : `http://${text}`;
}

function regularExpression(pattern: string): string {
  try {
    return new RegExp(pattern).source === '(?:)' ? noPattern() : pattern;
  } catch (error) {
    if (error instanceof BadValue) throw error;
    throw new BadValue(
      `'${pattern}' is no regular expression: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

function noPattern(): never {
  throw new BadValue('log: needs a regular expression', 'write log:REGEX');
}
