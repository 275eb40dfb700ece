// build/engine/engine-errors.ts: what was cancelled here, and what an engine does that goes away.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { engineError } from '../../../build/engine/engine-errors.ts';

const test = suite('engine errors');

const CASES: [title: string, error: Error, kind: string, text: RegExp][] = [
  ['a cancelled request', new DOMException('aborted', 'AbortError'), 'interrupted', /interrupted/],
  [
    'an engine that goes away while it answers',
    withCode('aborted', 'ECONNRESET'),
    'engine',
    /ended the connection/,
  ],
  ['an engine that is not there', withCode('connect ENOENT', 'ENOENT'), 'engine', /no engine answers at \/x/],
  ['a socket of others', withCode('connect EACCES', 'EACCES'), 'engine', /refuses access/],
  [
    'the engine’s own words',
    Object.assign(new Error('x'), { json: { message: 'disk full' } }),
    'engine',
    /disk full/,
  ],
];
for (const [title, error, kind, text] of CASES) {
  test(title, () => {
    const told = engineError('build', '/x', error);
    assert.is(told.kind, kind);
    assert.match(told.message, text);
  });
}

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

test.run();
