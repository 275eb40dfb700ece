// Reads the arguments of a call: whatever does not fit is an INCORRECT_PARAMETERS fault.

import { Fault } from './faults.ts';
import { isStruct } from './xmlrpc.ts';
import type { Value } from './xmlrpc.ts';

export function text(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  throw new Fault('INCORRECT_PARAMETERS');
}

/** What Python writes for %s: a number or a truth value is a text too. */
export function printed(value: Value | undefined): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return text(value);
}

/** A whole number; as Python's int(), it takes digits in a string and cuts fractions. */
export function integer(value: Value | undefined): number {
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(value)) return Number(value);
  throw new Fault('INCORRECT_PARAMETERS');
}

/** Python's idea of truth, since clients may send 1 for true. */
export function truth(value: Value | undefined): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Uint8Array) return value.length > 0;
  if (isStruct(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** The one argument of which supervisord says what it got instead. */
export function bytes(value: Value | undefined): Uint8Array {
  if (typeof value === 'string') return new TextEncoder().encode(value);
  if (value instanceof Uint8Array) return value;
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  throw new Fault('INCORRECT_PARAMETERS', isScalar ? String(value) : undefined);
}

export function list(value: Value | undefined): readonly Value[] {
  if (Array.isArray(value)) return value;
  throw new Fault('INCORRECT_PARAMETERS');
}
