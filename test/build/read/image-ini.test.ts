// build/image-ini.ts: the build's sections of an image.ini, and every mistake with its line.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseImageIni } from '../../../build/read/image-ini.ts';

const test = suite('image.ini');

const TEXT = `[image]
name = web            ; a comment
version = 1.10
description = serves, and more

[base]
fallback = mmdebstrap
suite = bookworm
packages = tzdata ca-certificates

[context]
bin/tool = tools/\${arch}/tool

[bundle]
app = src/main.ts

[interpreter]
app = /usr/bin/node

[software:mesos]
version = 0.24.1
commands = mesos-slave, mesos-log

[environment:production,prod]
A.B = \${X:-y}
`;

test('reads the sections of the build and leaves the others alone', () => {
  const { config, problems } = parseImageIni(TEXT, 'image.ini');
  assert.equal(problems, []);
  assert.is(config.name, 'web');
  assert.is(config.version, '1.10');
  assert.equal(config.base?.packages, ['tzdata', 'ca-certificates']);
  assert.is(config.base?.arg, 'BASE');
  assert.equal(
    config.inputs.map(({ kind, target, source, interpreter }) => [kind, target, source, interpreter]),
    [
      ['copy', 'bin/tool', 'tools/${arch}/tool', undefined],
      ['bundle', 'app', 'src/main.ts', '/usr/bin/node'],
    ],
  );
  assert.is(config.software[0]?.name, 'mesos');
  assert.equal(config.software[0]?.commands, ['mesos-slave', 'mesos-log']);
});

test("a source that begins with ./ is in the image's own folder", () => {
  const { config, problems } = parseImageIni(
    '[bundle]\na = ./src/a.ts\nb = src/b.ts\n',
    'images/web/image.ini',
  );
  assert.equal(problems, []);
  assert.equal(
    config.inputs.map(({ source }) => source),
    ['images/web/src/a.ts', 'src/b.ts'],
  );
});

const MISTAKES: [title: string, text: string, message: RegExp, line: number | undefined][] = [
  ['a line that is nothing', '[image]\nname = a\nhello\n', /cannot read "hello"/, 3],
  ['an unknown key of a slot', '[software:a]\nversoin = 1\n', /unknown key versoin/, 2],
  ['a slot with a bad name', '[software:A_B]\nversion = 1\n', /\[software:A_B\] is no valid name/, 1],
  ['a checksum that is none', '[software:a]\nsha256 = 12\n', /sha256/, 2],
  ['a base without a suite', '[base]\nfallback = mmdebstrap\n', /names no suite/, 1],
  ['a base with an unknown way', '[base]\nsuite = bookworm\nfallback = yum\n', /no known fallback/, 3],
  ['a target outside the context', '[context]\n../x = y\n', /not a path inside the context/, 2],
  ['a source outside the repository', '[bundle]\nx = /etc/passwd\n', /not a path inside the repository/, 2],
  [
    'a relative target',
    '[software:x]\ntarget = opt/x\n',
    /target = opt\/x is no absolute path of a folder/,
    2,
  ],
  ['a source outside the image', '[bundle]\nx = ./../y.ts\n', /not a path inside the repository/, 2],
];

for (const [title, text, message, line] of MISTAKES) {
  test(`${title} is told with its line`, () => {
    const { problems } = parseImageIni(text, 'image.ini');
    assert.is(problems.length, 1, JSON.stringify(problems));
    assert.match(problems[0]?.message ?? '', message);
    assert.is(problems[0]?.line, line);
  });
}

test('five mistakes are five problems', () => {
  const { problems } = parseImageIni(
    MISTAKES.slice(0, 4)
      .map(([, text]) => text)
      .join('') + '[context]\n../x = y\n',
    'image.ini',
  );
  assert.ok(problems.length >= 4, JSON.stringify(problems));
});

test.run();
