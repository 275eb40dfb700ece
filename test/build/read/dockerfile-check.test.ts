// build/read/dockerfile-check.ts: flags and arguments that an engine would refuse, with every mistake of a file at once.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDockerfile } from '../../../build/read/dockerfile.ts';

const test = suite('dockerfile arguments');

const messagesOf = (text: string): string[] =>
  parseDockerfile(`FROM a\n${text}\n`, 'Dockerfile', new Map()).problems.map(
    ({ line, message, remedy }) => `${line}: ${message}${remedy === undefined ? '' : ` (${remedy})`}`,
  );

/** BuildKit takes all of these. */
const RIGHT = [
  'RUN --mount=type=cache,target=/x,sharing=locked --network=none --security=insecure true',
  'RUN --mount=type=secret,id=x,required,env=X --mount=type=bind,from=b,source=/,target=/y,rw true',
  'RUN',
  'COPY --chown=1:1 --chmod=755 --link --parents --exclude=*.md x y',
  'COPY --link=false x y',
  'COPY ["a b", "c"]',
  "COPY ['a', 'b']",
  'ADD --checksum=sha256:0 --keep-git-dir=true --unpack https://x/y /y',
  'ADD git@github.com:x/y.git#main /y',
  'COPY <<EOF /x\nEOF',
  'ENV X 1 2 3',
  'ENV X = 1',
  'ENV X=1 Y="a b" Z=a\\ b',
  'LABEL a="b" \\\n  c=d',
  'ARG X',
  'ARG X=1 Y',
  'CMD',
  'CMD ["a"]',
  'CMD [ "$x" == 1 ] && y',
  'ENTRYPOINT []',
  'HEALTHCHECK NONE',
  'HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=0 --start-interval=.5s --retries=3 cmd x',
  'EXPOSE 80 443/tcp $PORT',
  'VOLUME ["/a", "/b"]',
  'USER a b',
  'SHELL ["/bin/bash", "-c"]',
  'ONBUILD RUN x',
  'MAINTAINER me',
];
for (const text of RIGHT) test(`${JSON.stringify(text)} is taken`, () => assert.equal(messagesOf(text), []));

const WRONG: [text: string, message: RegExp][] = [
  ['COPY x', /COPY needs a source and a destination/],
  ['COPY ["x"]', /COPY needs a source and a destination/],
  ['COPY --frm=b x y', /no flag --frm \(did you mean --from\?\)/],
  ['COPY --from x y', /--from has no value/],
  ['ADD --from=b x y', /ADD has no flag --from/],
  ['CMD --help', /CMD has no flag --help/],
  ['CMD ["a", 1]', /strings only/],
  ['RUN --mont=type=cache,target=/x true', /did you mean --mount\?/],
  ['RUN --mount=type=cach,target=/x true', /no type cach \(did you mean cache\?\)/],
  ['RUN --mount=type=bind,form=b,target=/x true', /no field form \(did you mean from\?\)/],
  ['ENV', /ENV needs NAME=VALUE/],
  ['ENV X', /ENV X has no value/],
  ['ENV X=1 Y', /"Y" has no "="/],
  ['ENV =1', /a name is empty/],
  ['ARG X = 1', /a name is empty/],
  ['LABEL a=b c', /"c" has no "="/],
  ['ARG', /ARG needs/],
  ['EXPOSE', /EXPOSE needs/],
  ['USER', /USER needs/],
  ['VOLUME []', /VOLUME needs/],
  ['WORKDIR', /WORKDIR needs/],
  ['STOPSIGNAL', /STOPSIGNAL needs/],
  ['SHELL bash -c', /SHELL needs a list/],
  ['HEALTHCHECK curl x', /neither CMD nor NONE/],
  ['HEALTHCHECK NONE x', /takes no arguments/],
  ['HEALTHCHECK --interval=5s CMD', /has no command/],
  ['HEALTHCHECK --interval=5 CMD x', /--interval=5: not a time/],
  ['HEALTHCHECK --retries=x CMD x', /not a number/],
  ['ONBUILD', /ONBUILD needs/],
  ['ONBUILD FROM x', /ONBUILD FROM is not allowed/],
];
for (const [text, message] of WRONG) {
  test(`${JSON.stringify(text)} is refused, with its line`, () => {
    const found = messagesOf(`RUN true\n${text}`);
    assert.is(found.length, 1, JSON.stringify(found));
    assert.match(found[0] ?? '', message);
    assert.match(found[0] ?? '', /^3: /);
  });
}

test('all mistakes of a file are told, in the order of their lines', () => {
  const found = messagesOf('COPY x\nFRUN y\nRUN --mont=a b\nENV X');
  assert.equal(
    found.map((line) => line.slice(0, 1)),
    ['2', '3', '4', '5'],
  );
});

test('a frontend that the file names may know more flags than are known here', () => {
  const { problems } = parseDockerfile(
    '# syntax=docker/dockerfile:1-labs\nFROM a\nRUN --device=x --new=y true\nCOPY x\n',
    'Dockerfile',
    new Map(),
  );
  assert.equal(
    problems.map(({ line }) => line),
    [4],
  );
});

test.run();
