// What an image finds out, keeps and writes when a container of it starts, as far as image.ini says it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveEnvironment } from '../../../supervisor/config/environment.ts';
import { explain, problemLine } from '../../../supervisor/config/explain.ts';
import { readImage, type ImageConfig } from '../../../supervisor/config/image.ts';
import { loadConfiguration, type Loaded, type LoadRequest } from '../../../supervisor/config/load.ts';
import { withSteadyRandom } from '../../../supervisor/config/source.ts';
import { fakeSource } from './host.ts';

const test = suite('config of what an image does at a start');

function read(text: string): [image: ImageConfig, problems: string[]] {
  const [image, problems] = readImage(text, 'image.ini');
  return [image, problems.map(problemLine)];
}

function load(text: string, more: Partial<LoadRequest> = {}): Loaded {
  const image = { path: 'image.ini', text };
  return loadConfiguration({ source: fakeSource(), image, given: {}, init: null, configFile: null, ...more });
}

const VOLUME = `[volume:/data]
directories = var/lib/a var/lib/b:user var/lib/c:user:group
variables = A B
free = 16M
`;

test('a volume has directories with owners, variables to keep, and a least size', () => {
  const [image, problems] = read(VOLUME);
  assert.equal(problems, []);
  assert.equal(image.volumes, [
    {
      path: '/data',
      directories: [
        { path: '/data/var/lib/a', owner: null, group: null },
        { path: '/data/var/lib/b', owner: 'user', group: null },
        { path: '/data/var/lib/c', owner: 'user', group: 'group' },
      ],
      variables: ['A', 'B'],
      freeBytes: 16 << 20,
      origin: { file: 'image.ini', line: 1 },
    },
  ]);
});

test('the program that finds out is words, not a shell command', () => {
  const [image, problems] = read('[environment-program]\ncommand = /bin/x "a b" $HOME\ntimeout = 5\n');
  assert.equal(problems, []);
  assert.equal(image.program?.argv, ['/bin/x', 'a b', '$HOME']);
  assert.is(image.program?.timeoutSecs, 5);
});

const FAULTS = [
  ['[volume:data]', 'image.ini:1: error: [volume:data] needs an absolute path'],
  [
    '[volume:/d]\ndirectories = /etc ../x a:b:c:d',
    'image.ini:2: error: /etc of [volume:/d] is no directory below it (write a/b or a/b:user:group)',
  ],
  ['[volume:/d]\nfree = much', 'image.ini:2: error: free of [volume:/d] is no size (write 16M)'],
  ['[volume:/d]\nkeep = A', 'image.ini:2: warning: keep is no key of [volume:/d] and is ignored'],
  ['[file:/x]', 'image.ini:1: error: [file:/x] has no content'],
  ['[file:x]\ncontent = 1', 'image.ini:1: error: [file:x] needs an absolute path'],
  [
    '[environment-program]\ncommand = x',
    'image.ini:2: error: [environment-program] needs a command with an absolute path (command = /opt/initkit/programs/NAME …)',
  ],
  [
    '[environment-program]\ncommand = /x\ntimeout = soon',
    'image.ini:3: error: timeout of [environment-program] is no number of seconds: soon (write 60)',
  ],
] as const;

for (const [text, problem] of FAULTS) {
  test(`${JSON.stringify(text)} is answered`, () => {
    assert.is(read(text)[1][0], problem);
  });
}

const TABLES = '[environment]\nA = image\nB = image\nC = ${D}\nD =\n[environment:local]\nB = profile\n';

test('what is kept wins over tables, what the program says over that, what is given over all', () => {
  const [image] = read(TABLES);
  const { variables, problems } = resolveEnvironment({
    image,
    source: fakeSource(),
    given: { E: 'given', F: '' },
    init: null,
    kept: [
      {
        path: '/data/.initkit.env',
        values: new Map([
          ['A', 'kept'],
          ['B', 'kept $$ ${A}'],
          ['ENVIRONMENT', 'debug'],
        ]),
      },
    ],
    program: {
      path: '/bin/x',
      values: new Map([
        ['A', 'said'],
        ['D', 'said'],
        ['E', 'said'],
        ['F', 'said'],
        ['G', ''],
      ]),
      notes: new Map([['A', 'out of thin air']]),
    },
  });
  assert.equal(problems, []);
  const environment = { variables } as Parameters<typeof explain>[0];
  const lines = explain(environment, ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'ENVIRONMENT']).map(
    ({ name, value, from, overrode }) =>
      [`${name}=${value}`, from, ...overrode.map((loser) => `${loser.value} of ${loser.from}`)].join(' | '),
  );
  assert.equal(lines, [
    'A=said | out of thin air (/bin/x) | kept of kept (/data/.initkit.env) | image of image default (image.ini:2)',
    'B=kept $$ ${A} | kept (/data/.initkit.env) | profile of profile local (image.ini:7) | image of image default (image.ini:3)',
    'C=said | image default (image.ini:4)',
    'D=said | /bin/x',
    'E=given | given | said of /bin/x',
    'F=said | /bin/x',
    'G=null | unset',
    'ENVIRONMENT=local | image default',
  ]);
});

test('files and kept variables are written from the environment as it is in the end', () => {
  const text = `${TABLES}${VOLUME}[file:/etc/none]\ncontent = \${E:-}\n[file:/etc/count]\ncontent = \${A}/\${C}\n[file:/etc/secret]\ncontent = \${B}\nmode = 0600\n`;
  const values = new Map([['D', "it's $1"]]);
  const { files, problems } = load(text, { program: { path: '/x', values, notes: new Map() } });
  assert.equal(problems, []);
  assert.equal(files, [
    { path: '/etc/count', mode: 0o644, text: "image/it's $1\n" },
    { path: '/etc/secret', mode: 0o600, text: 'profile\n' },
    { path: '/data/.initkit.env', mode: 0o600, text: 'A="image"\nB="profile"\n' },
  ]);
});

const SWITCHED = [
  ['true', 'on\n'],
  ['enabled', 'on\n'],
  ['disabled', null],
  ['', null],
] as const;

for (const [value, text] of SWITCHED) {
  test(`enabled = ${value || 'nothing'} ${text === null ? 'takes a file away' : 'writes a file'}`, () => {
    const ini = '[environment]\nX =\n[file:/run/x]\ncontent = on\nenabled = ${X}\n';
    const { files, problems } = load(ini, { given: { X: value } });
    assert.equal(problems, []);
    assert.equal(files, [{ path: '/run/x', mode: 0o644, text }]);
  });
}

test('a program that failed prevents the start, with the exit code that it chose', () => {
  const problem = { severity: 'error', message: 'cannot find out' } as const;
  // What it would have said is missing elsewhere; that is no fault of its own.
  const text = `${TABLES}[environment-program]\ncommand = /x\n[file:/f]\ncontent = \${FROM_THE_PROGRAM}\n`;
  const { problems, refusalCode } = load(text, { failure: { problem, exitCode: 3 } });
  assert.equal(problems, [problem]);
  assert.is(load(text).problems.length, 1);
  assert.is(refusalCode, 3);
  assert.is(load(TABLES).refusalCode, 78);
});

test('random text is the same for whoever resolves twice', () => {
  let count = 0;
  const source = withSteadyRandom({ ...fakeSource(), randomText: (length) => `${length}-${(count += 1)}` });
  assert.is(source.randomText(5, 'A'), '5-1');
  assert.is(source.randomText(5, 'B'), '5-2');
  assert.is(source.randomText(5, 'A'), '5-1');
  assert.is(source.randomText(6, 'A'), '6-3');
});

test.run();
