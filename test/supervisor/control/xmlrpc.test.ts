import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import { parseCall, parseResponse, writeCall, writeResponse } from '../../../supervisor/control/xmlrpc.ts';
import type { Value } from '../../../supervisor/control/xmlrpc.ts';
import { PYTHON, run } from '../../fakes/control.ts';
import { fc } from '../../support/random.ts';

const test = suite('xmlrpc');

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const valueOf = (xml: string): Value | undefined =>
  parseCall(
    bytesOf(`<methodCall><methodName>m</methodName><params><param>${xml}</param></params></methodCall>`),
  ).params[0];

const VALUES: readonly [xml: string, value: Value][] = [
  ['<value>plain</value>', 'plain'],
  ['<value/>', ''],
  ['<value><string/></value>', ''],
  ['<value><string> a </string></value>', ' a '],
  ['<value><int>-7</int></value>', -7],
  ['<value><i4> 42 </i4></value>', 42],
  ['<value><i8>9007199254740991</i8></value>', 9007199254740991],
  ['<value><double>1.5e3</double></value>', 1500],
  ['<value><double>-.5</double></value>', -0.5],
  ['<value><boolean>1</boolean></value>', true],
  ['<value><boolean>0</boolean></value>', false],
  ['<value><nil/></value>', null],
  ['<value><base64>AAH/\n</base64></value>', new Uint8Array([0, 1, 255])],
  ['<value><dateTime.iso8601>20260102T03:04:05</dateTime.iso8601></value>', new Date('2026-01-02T03:04:05Z')],
  ['<value><array><data/></array></value>', []],
  [
    '<value>\n  <array><data>\n<value>a</value><value><int>1</int></value></data></array>\n</value>',
    ['a', 1],
  ],
  ['<value><struct/></value>', {}],
  ['<value><struct><member><name>a</name><value><int>1</int></value></member></struct></value>', { a: 1 }],
];

for (const [xml, value] of VALUES) {
  test(`reads ${xml.replaceAll('\n', '\\n')}`, () => assert.equal(valueOf(xml), value));
}

const REFUSED: readonly string[] = [
  '<value><int>1.5</int></value>',
  '<value><int></int></value>',
  '<value><int>0x10</int></value>',
  '<value><double>Infinity</double></value>',
  '<value><double>1e999</double></value>',
  '<value><boolean>true</boolean></value>',
  '<value><base64>%</base64></value>',
  '<value><dateTime.iso8601>yesterday</dateTime.iso8601></value>',
  '<value><dateTime.iso8601>20261399T00:00:00</dateTime.iso8601></value>',
  '<value><struct><member><name>a</name></member></struct></value>',
  '<value><object/></value>',
  '<wert/>',
];

for (const xml of REFUSED) {
  test(`refuses ${xml}`, () => assert.throws(() => valueOf(xml), /not XML-RPC/));
}

test('takes calls without params, and none without a method', () => {
  assert.equal(parseCall(bytesOf('<methodCall><methodName> a.b </methodName></methodCall>')), {
    method: 'a.b',
    params: [],
  });
  assert.throws(() => parseCall(bytesOf('<methodCall><methodName/></methodCall>')), /no method name/);
  assert.throws(() => parseCall(bytesOf('<methodCall/>')), /no method name/);
  assert.throws(() => parseCall(bytesOf('<methodResponse/>')), /methodCall/);
});

test('keeps a member named __proto__ a mere member', () => {
  const xml = '<value><struct><member><name>__proto__</name><value>x</value></member></struct></value>';
  const value = valueOf(xml) as object;
  assert.is(Object.getPrototypeOf(value), Object.prototype);
  assert.equal(Object.keys(value), ['__proto__']);
});

test('writes faults and reads them back', () => {
  const xml = writeResponse({ kind: 'fault', code: 10, text: 'BAD_NAME: <a>' });
  assert.equal(parseResponse(bytesOf(xml)), { kind: 'fault', code: 10, text: 'BAD_NAME: <a>' });
});

test('reads back every value that it writes', () => {
  fc.assert(
    fc.property(VALUE, (value) => {
      const written = writeResponse({ kind: 'value', value });
      assert.equal(parseResponse(bytesOf(written)), { kind: 'value', value });
      assert.equal(parseCall(bytesOf(writeCall({ method: 'm', params: [value] }))).params, [value]);
    }),
    { numRuns: 2000 },
  );
});

test('understands what Python writes, and Python understands what we write', async () => {
  const values = fc.sample(VALUE, 300);
  const script = `
import sys, json, xmlrpc.client as x
# By itself it reads larger numbers than it writes.
x.MAXINT, x.MININT = 2**53, -2**53
values = []
for line in sys.stdin:
    params, method = x.loads(json.loads(line), use_builtin_types=True)
    assert method == 'm'
    values.append(params)
print(json.dumps([x.dumps(p, 'm') for p in values]))
`;
  const lines = values.map((value) => JSON.stringify(writeCall({ method: 'm', params: [value] })));
  const { code, stdout, stderr } = await run(PYTHON, ['-c', script], lines.join('\n'));
  assert.is(code, 0, stderr);
  const written = JSON.parse(stdout) as string[];
  for (const [index, xml] of written.entries()) assert.equal(parseCall(bytesOf(xml)).params, [values[index]]);
});

// Texts without carriage returns: Python writes them bare, and then they are read as line feeds.
const TEXT = fc
  .string({ unit: 'grapheme' })
  .filter((text) => /^[\t\n\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u.test(text));
const NUMBER = fc.oneof(
  fc.integer(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 })
    .filter((number) => !Object.is(number, -0)),
);
const DATE = fc
  .date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => new Date(Math.trunc(date.getTime() / 1000) * 1000));
const BYTES = fc.uint8Array().map((bytes) => new Uint8Array(bytes));
const { value: VALUE } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    TEXT,
    NUMBER,
    fc.boolean(),
    DATE,
    BYTES,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(TEXT, tie('value'), { maxKeys: 4 }).map((fields) => ({ ...fields })),
  ),
}));

test.run();
