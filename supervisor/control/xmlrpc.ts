// XML-RPC text ↔ values, without any I/O. Lenient in what it reads, as supervisord is: untyped values, no <params>.

import { decodeXml, escapeXml, parseXml, XmlError } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** Whole numbers are written as <int> (<i8> above 32 bits), others as <double>; null is read from <nil/> and never written. */
export type Value =
  | string
  | number
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly Value[]
  | { readonly [name: string]: Value };

export interface Call {
  readonly method: string;
  readonly params: readonly Value[];
}

export type Response =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'fault'; readonly code: number; readonly text: string };

/** Throws an XmlError if the text is not a method call. */
export function parseCall(bytes: Uint8Array): Call {
  const root = parseXml(decodeXml(bytes));
  if (root.name !== 'methodCall') throw malformed(`<methodCall> is expected, not <${root.name}>`);
  const method = child(root, 'methodName')?.text.trim() ?? '';
  if (method === '') throw malformed('there is no method name');
  return { method, params: readParams(child(root, 'params')) };
}

export function parseResponse(bytes: Uint8Array): Response {
  const root = parseXml(decodeXml(bytes));
  if (root.name !== 'methodResponse') throw malformed(`<methodResponse> is expected, not <${root.name}>`);
  const fault = child(root, 'fault');
  if (fault === undefined) {
    const [value] = readParams(child(root, 'params'));
    if (value === undefined) throw malformed('the response holds no value');
    return { kind: 'value', value };
  }
  const struct = readValue(child(fault, 'value') ?? fault);
  const { faultCode: code, faultString: text } = isStruct(struct) ? struct : {};
  if (typeof code !== 'number' || typeof text !== 'string') throw malformed('the fault has no code and text');
  return { kind: 'fault', code, text };
}

export function writeCall(call: Call): string {
  const params = call.params.map((param) => `<param>${writeValue(param)}</param>`).join('');
  const name = escapeXml(call.method);
  return `${HEADER}<methodCall><methodName>${name}</methodName><params>${params}</params></methodCall>\n`;
}

export function writeResponse(response: Response): string {
  const body =
    response.kind === 'value'
      ? `<params><param>${writeValue(response.value)}</param></params>`
      : `<fault>${writeValue({ faultCode: response.code, faultString: response.text })}</fault>`;
  return `${HEADER}<methodResponse>${body}</methodResponse>\n`;
}

export function isStruct(value: Value | undefined): value is { readonly [name: string]: Value } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}

/** Names that a client has chosen must not fill our memory. */
const MOST_MEMBER_HEADS = 200;

const HEADER = "<?xml version='1.0'?>\n";

function writeValue(value: Value): string {
  return `<value>${writeTyped(value)}</value>`;
}

function writeTyped(value: Value): string {
  if (typeof value === 'string') return `<string>${escapeXml(value)}</string>`;
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`;
  if (typeof value === 'number') return writeNumber(value);
  if (value === null) throw new TypeError('cannot write null: XML-RPC as supervisord speaks it has no nil');
  if (value instanceof Date) return `<dateTime.iso8601>${writeDate(value)}</dateTime.iso8601>`;
  if (value instanceof Uint8Array) return `<base64>${Buffer.from(value).toString('base64')}</base64>`;
  if (isStruct(value)) {
    let members = '';
    for (const [name, member] of Object.entries(value))
      members += `${memberHead(name)}${writeTyped(member)}</value></member>`;
    return `<struct>${members}</struct>`;
  }
  return `<array><data>${value.map(writeValue).join('')}</data></array>`;
}

/** The same few names come again and again: an answer about a hundred processes has fourteen of them a hundred times. */
const memberHeads = new Map<string, string>();

function memberHead(name: string): string {
  const known = memberHeads.get(name);
  if (known !== undefined) return known;
  const head = `<member><name>${escapeXml(name)}</name><value>`;
  if (memberHeads.size < MOST_MEMBER_HEADS) memberHeads.set(name, head);
  return head;
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`cannot write ${value}: XML-RPC has finite numbers only`);
  if (!Number.isSafeInteger(value)) return `<double>${value}</double>`;
  const small = value >= -(2 ** 31) && value < 2 ** 31;
  return small ? `<int>${value}</int>` : `<i8>${value}</i8>`;
}

function writeDate(value: Date): string {
  return value.toISOString().slice(0, 19).replaceAll('-', '');
}

function readParams(params: XmlElement | undefined): Value[] {
  return (params?.children ?? []).map((param) => {
    const value = child(param, 'value');
    if (value === undefined) throw malformed('a parameter without a value');
    return readValue(value);
  });
}

function readValue(value: XmlElement): Value {
  const [typed] = value.children;
  return typed === undefined ? value.text : readTyped(typed);
}

function readTyped(element: XmlElement): Value {
  const { name, text } = element;
  switch (name) {
    case 'string':
      return text;
    case 'int':
    case 'i4':
    case 'i8':
      return readNumber(text, INTEGER, name);
    case 'double':
      return readNumber(text, DOUBLE, name);
    case 'boolean':
      return readBoolean(text);
    case 'dateTime.iso8601':
      return readDate(text);
    case 'base64':
      return readBase64(text);
    case 'nil':
      return null;
    case 'array':
      return (child(element, 'data')?.children ?? []).map(readValue);
    case 'struct':
      return Object.fromEntries(element.children.map(readMember));
    default:
      throw malformed(`the type <${name}> is not known`);
  }
}

function readMember(member: XmlElement): [string, Value] {
  const name = child(member, 'name');
  const value = child(member, 'value');
  if (name === undefined || value === undefined) throw malformed('a struct member without name or value');
  return [name.text, readValue(value)];
}

const INTEGER = /^[+-]?\d{1,20}$/;
const DOUBLE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

function readNumber(text: string, pattern: RegExp, type: string): number {
  const trimmed = text.trim();
  const number = Number(trimmed);
  if (!pattern.test(trimmed) || !Number.isFinite(number)) throw malformed(`the ${type} ${quote(text)}`);
  return number;
}

function readBoolean(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed !== '0' && trimmed !== '1') throw malformed(`the boolean ${quote(text)}`);
  return trimmed === '1';
}

function readDate(text: string): Date {
  const match = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)Z?$/.exec(text.trim());
  const [, year, month, day, hour, minute, second] = match ?? [];
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(date.getTime())) throw malformed(`the date ${quote(text)}`);
  return date;
}

function readBase64(text: string): Uint8Array {
  const packed = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw malformed('base64 with characters of another alphabet');
  return new Uint8Array(Buffer.from(packed, 'base64'));
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((candidate) => candidate.name === name);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function malformed(what: string): XmlError {
  return new XmlError(`not XML-RPC: ${what}`, 0);
}
