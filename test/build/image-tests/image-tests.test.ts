// build/image-tests/: the language of images/<name>/test/*.ini, and what passes.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { judgeCommand, judgeFile, judgeImage, type FoundFile } from '../../../build/image-tests/judge.ts';
import { parseTestFile, readSeconds, type Check } from '../../../build/read/test-spec.ts';

const test = suite('image tests');

const parse = (text: string) => parseTestFile(text, 'web.ini', 'images/web/test/web.ini');
const check = (section: string): Check => {
  const { file, problems } = parse(section);
  assert.equal(problems, []);
  const [only] = file.checks;
  if (only === undefined) throw new Error('no check');
  return only;
};

test('sections, keys, comments; values keep what a shell or a pattern needs', () => {
  const { file, problems } = parse(
    '; why\n[container] ; and more\nenvironment = A=1 B=2\n\n[run:prints; a # b]\ncommand = echo "a;b" # c\nstdout = ^a;b$\n',
  );
  assert.equal(problems, []);
  assert.equal(file.container, { environment: 'A=1 B=2' });
  assert.equal(file.checks[1], {
    kind: 'run',
    subject: 'prints; a # b',
    values: { command: 'echo "a;b" # c', stdout: '^a;b$' },
    line: 5,
  });
});

const MISTAKES: [text: string, line: number, told: RegExp][] = [
  ['[runn:x]\ncommand = y', 1, /unknown section \[runn\].*/],
  ['[run]\ncommand = y', 1, /\[run\] needs name/],
  ['[image:x]', 1, /takes no name/],
  ['[run:x]', 1, /has no command/],
  ['[run:x]\ncommand = y\nexti = 1', 3, /unknown key exti/],
  ['[run:x]\ncommand = y\nstdout = (', 3, /not a regular expression/],
  ['[run:x]\ncommand = y\nexit = one', 3, /cannot be read/],
  ['[file:etc/x]', 1, /not an absolute path/],
  ['[file:/x]\nmode = rwx', 2, /cannot be read/],
  ['[port:http]', 1, /not a port/],
  ['[program:x]\nwithin = soon', 2, /cannot be read/],
  ['nonsense', 1, /cannot read "nonsense"/],
];
for (const [text, line, told] of MISTAKES) {
  test(`a mistake with its line: ${text.replaceAll('\n', ' / ')}`, () => {
    const { problems } = parse(text);
    assert.is(problems.length, 1, JSON.stringify(problems));
    assert.is(problems[0]?.line, line);
    assert.match(problems[0]?.message ?? '', told);
  });
}

test('times', () => {
  assert.is(readSeconds('2m'), 120);
  assert.is(readSeconds('500ms'), 0.5);
  assert.is(readSeconds('3'), 3);
  assert.is(readSeconds('soon'), undefined);
});

const ran = { code: 0, stdout: 'one\ntwo\n', stderr: '' };
const COMMANDS: [section: string, failures: number][] = [
  ['[run:x]\ncommand = y', 0],
  ['[run:x]\ncommand = y\nstdout = ^two$', 0],
  ['[run:x]\ncommand = y\nstdout = ^three$', 3],
  ['[run:x]\ncommand = y\nexit = 3', 3],
];
for (const [section, failures] of COMMANDS)
  test(`${section.split('\n').slice(2).join(' ') || 'exit 0'}: ${failures === 0 ? 'pass' : 'failure'}`, () =>
    assert.is(judgeCommand(check(section), ran).length, failures));

const found: FoundFile = { type: 'file', mode: 0o4755, uid: 0, gid: 4, link: '', content: 'a\nb\n' };
const FILES: [values: string, found: FoundFile | undefined, told: string[]][] = [
  ['mode = 4755\nowner = 0:4\ncontent = ^b$', found, []],
  ['mode = 0755', found, ['has mode 4755, expected 0755']],
  ['owner = 0:0', found, ['belongs to 0:4, expected 0:0']],
  ['link = /y', found, ['is no symbolic link']],
  ['link = /y', { ...found, type: 'symlink', link: '/z' }, ['leads to /z, expected /y']],
  ['exists = yes', undefined, ['is not there']],
  ['exists = no', undefined, []],
  ['exists = no', found, ['is there']],
];
for (const [values, file, told] of FILES)
  test(`file: ${values.replaceAll('\n', ', ')} ${told.join()}`, () =>
    assert.equal(judgeFile(check(`[file:/x]\n${values}`), file), told));

test('metadata: ports and volumes must be among those that are there, entrypoint and user be the same', () => {
  const image = {
    Entrypoint: ['/init', 'x'],
    User: 'me',
    ExposedPorts: { '53/udp': {}, '80/tcp': {} },
    Volumes: { '/data': {} },
    Env: ['A=1'],
    Labels: { a: 'b' },
  };
  const judge = (values: string): string[] => judgeImage(check(`[image]\n${values}`), image);
  assert.equal(
    judge('entrypoint = /init x\nuser = me\nports = 80 53/udp\nvolumes = /data\nlabels = a a=b'),
    [],
  );
  assert.equal(judge('ports = 53\nenvironment = A=2\nuser = root'), [
    'user is "me", expected "root"',
    'environment: A=2 is missing',
    'ports: 53 is missing',
  ]);
});

test.run();
