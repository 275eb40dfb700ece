// build/read/copy-sources.ts: what must be in the context before an engine is asked.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { copySources } from '../../../build/read/copy-sources.ts';
import { parseDockerfile } from '../../../build/read/dockerfile.ts';

const test = suite('copy sources');

const pathsOf = (text: string): string[] =>
  copySources(parseDockerfile(text, 'Dockerfile', new Map())).map(({ line, path }) => `${line} ${path}`);

const CASES: [text: string, paths: string[]][] = [
  ['FROM a\nCOPY x y/ /z/', ['2 x', '2 y']],
  ['FROM a\nADD --chown=1 ./x /y ../../z /', ['2 x', '2 y', '2 z']],
  ['FROM a\nCOPY ["a b", "/"]', ['2 a b']],
  ['FROM a\nCOPY . /', ['2 ']],
  ['FROM a\nCOPY *.txt a[b] "c d" $X e\\ f /', ['2 f']],
  ['FROM a\nCOPY <<EOF x /\nEOF', ['2 x']],
  ['FROM a\nADD https://a/b git@a:b.git https://a/b.git#c a/b.git#d /', []],
  ['FROM a\nCOPY --from=b x /\nCOPY --parents x/./y /', []],
  ['FROM a AS unused\nCOPY x /\nFROM b\nCOPY y /', ['4 y']],
  ['FROM a\nRUN --mount=source=s,target=/t --mount=type=bind,from=b,src=x,target=/u true', ['2 s']],
  ['FROM a\nRUN --mount=type=cache,source=c,target=/t --mount=type=bind,target=/u true', ['2 ']],
  ['# syntax=me/own\nFROM a\nCOPY x /', []],
];
for (const [text, paths] of CASES) test(JSON.stringify(text), () => assert.equal(pathsOf(text), paths));

test.run();
