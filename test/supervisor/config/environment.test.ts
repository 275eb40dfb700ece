// Templates, precedence and provenance on small images; the tables of a real one are in mesos-slave.test.ts.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveEnvironment, type EnvironmentResult } from '../../../supervisor/config/environment.ts';
import {
  explain,
  explanationJson,
  explanationText,
  MASK,
  problemsText,
} from '../../../supervisor/config/explain.ts';
import { readImage } from '../../../supervisor/config/image.ts';
import { fakeSource, type World } from './host.ts';

const test = suite('config environment');

interface Options {
  readonly world?: World;
  readonly init?: Record<string, string>;
}

function resolve(
  image: string,
  given: Record<string, string> = {},
  { world = {}, init }: Options = {},
): EnvironmentResult {
  const [config, problems] = readImage(image, 'image.ini');
  const result = resolveEnvironment({
    image: config,
    source: fakeSource({ addresses: { eth0: '10.0.0.2' }, ...world }),
    given,
    init: init === undefined ? null : { path: '/init.sh', environment: init },
  });
  return { ...result, problems: [...problems, ...result.problems] };
}

const shown = ({ problems }: EnvironmentResult): string[] =>
  problems.map(({ severity, message, origin }) => `${origin?.line ?? '-'} ${severity} ${message}`);

const TEMPLATES = [
  ['plain text', 'plain text'],
  ['${B}', 'bee'],
  ['<${B}${B}>', '<beebee>'],
  ['${C:-word}', 'word'],
  ['${C:-${B}-x}', 'bee-x'],
  ['${C:-}', undefined],
  ['${EMPTY:-word}', 'word'],
  ['${B:-word}', 'bee'],
  ['${ip:eth0}', '10.0.0.2'],
  ['http://${ip:eth0}:80', 'http://10.0.0.2:80'],
  ['${hostname}', 'a-host'],
  ['${random:5}', 'rrrrr'],
  ['${file:/etc/thing}', 'content'],
  ['${file:${DIR}/thing}', 'content'],
  ['$${B}', '${B}'],
  ['$$', '$'],
  ['$B $ $(id)', '$B $ $(id)'],
  ['a # b', 'a # b'],
  ['a ; b', 'a'],
  ['%(B)s', '%(B)s'],
] as const;

for (const [template, value] of TEMPLATES) {
  test(`A = ${template} gives ${value === undefined ? 'nothing' : JSON.stringify(value)}`, () => {
    const world = { files: { '/etc/thing': 'content\n' } };
    const result = resolve(
      `[environment]\nA = ${template}\nB = bee\nDIR = /etc\nC =\n`,
      { EMPTY: '' },
      { world },
    );
    assert.is(result.values.get('A'), value);
    assert.equal(shown(result), []);
  });
}

const FAULTS = [
  ['A = ${B', '2 error the value of A cannot be read: ${ is not closed by }'],
  [
    'A = ${unknown:x}',
    '2 error the value of A cannot be read: ${unknown:…} is unknown: known are ${NAME}, ${NAME:-word}, ${ip:IFACE}, ${hostname}, ${random:N} and ${file:PATH}',
  ],
  ['A = ${}', '2 error the value of A cannot be read: ${} is not the name of a variable'],
  ['A = ${B-x}', '2 error the value of A cannot be read: ${B-x} is not the name of a variable'],
  ['A = ${ip}', '2 error the value of A cannot be read: ${ip} needs an argument'],
  ['A = ${hostname:x}', '2 error the value of A cannot be read: ${hostname} takes no argument'],
  ['A = ${random:x}', '2 error ${random:x} of A needs a length from 1 to 9999'],
  ['A = ${file:/none}', '2 error cannot read /none for A: there is no such file'],
  ['A = ${ip:eth9}', '2 warning A stays unset: eth9 has no IPv4 address here'],
  ['A = ${NOBODY}', '2 warning A refers to NOBODY, which nothing sets'],
  ['A = ${A}', '2 error the default of A refers to itself: A -> A'],
  ['A = ${B}\nB = x${C}\nC = ${A:-y}', '4 error the default of A refers to itself: A -> B -> C -> A'],
  ['A-B = x', '2 error A-B in [environment] cannot be the name of a variable'],
] as const;

for (const [line, problem] of FAULTS) {
  test(`${line.replaceAll('\n', ', ')} is said`, () => {
    assert.ok(
      shown(resolve(`[environment]\n${line}\n`)).includes(problem),
      shown(resolve(`[environment]\n${line}\n`)).join('\n'),
    );
  });
}

test('a cycle is broken by a value that is given', () => {
  const result = resolve('[environment]\nA = ${B}\nB = ${A}\n', { A: 'x' });
  assert.equal(shown(result), []);
  assert.is(result.values.get('B'), 'x');
});

test('what is given is never expanded, not even when a default refers to it', () => {
  const result = resolve('[environment]\nA = <${B}>\n', { B: '${C} $$ ${ip:eth0}', C: 'x' });
  assert.is(result.values.get('A'), '<${C} $$ ${ip:eth0}>');
});

test('each layer names what it overrode, the nearest first', () => {
  const image = '[environment]\nX = image\n[environment:local]\nX = ${Y:-profile}\n';
  const given = resolve(image, { X: 'given' });
  assert.equal(given.variables.get('X'), {
    name: 'X',
    value: 'given',
    source: { kind: 'given' },
    overrode: [
      {
        source: { kind: 'profile', profile: 'local' },
        value: '${Y:-profile}',
        origin: { file: 'image.ini', line: 4 },
      },
      { source: { kind: 'image' }, value: 'image', origin: { file: 'image.ini', line: 2 } },
    ],
    secret: false,
  });
  const init = resolve(image, { X: 'given' }, { init: { X: 'init' } });
  assert.equal(init.variables.get('X')?.source, { kind: 'init', path: '/init.sh' });
  assert.equal(
    init.variables.get('X')?.overrode.map(({ value }) => value),
    ['given', '${Y:-profile}', 'image'],
  );
  assert.is(resolve(image).values.get('X'), 'profile');
});

test('an image without profiles has nothing to say about ENVIRONMENT', () => {
  assert.equal(shown(resolve('[environment]\nA = 1\n', { ENVIRONMENT: 'anything' })), []);
});

test('the image may choose the default of ENVIRONMENT', () => {
  const result = resolve('[environment]\nENVIRONMENT = Blue\n[environment:blue]\nA = 1\n');
  assert.is(result.values.get('A'), '1');
  assert.is(result.values.get('ENVIRONMENT'), 'Blue');
  assert.is(result.profile, 'blue');
});

test('the default of ENVIRONMENT may refer to another variable', () => {
  const image =
    '[environment]\nENVIRONMENT = ${STAGE:-green}\n[environment:blue]\nA = 1\n[environment:green]\nA = 2\n';
  assert.is(resolve(image).values.get('A'), '2');
  assert.is(resolve(image, { STAGE: 'blue' }).values.get('A'), '1');
  assert.is(resolve(image, { STAGE: 'blue', ENVIRONMENT: 'Green' }).values.get('A'), '2');
});

test('a secret stays one in what is made from it', () => {
  const image =
    '[environment]\nURL = https://me:${DB_PASSWORD}@host/${DB_NAME}\nDB_NAME = x\nDB_PASSWORD =\n';
  const result = resolve(image, { DB_PASSWORD_FILE: '/s' }, { world: { files: { '/s': 'hunter2\n' } } });
  assert.is(result.values.get('URL'), 'https://me:hunter2@host/x');
  const text = explanationText(explain(result, [])) + explanationJson(explain(result, []));
  assert.not.match(text, 'hunter2');
  assert.is(explain(result, ['URL'])[0]?.value, MASK);
  assert.is(explain(result, ['DB_NAME'])[0]?.value, 'x');
});

test('explain masks what is named like a secret, and what it overrode', () => {
  const image = '[environment]\nAWS_SECRET_ACCESS_KEY = hidden1\nAPI_TOKEN = hidden2\nPLAIN = seen\n';
  const text = explanationText(explain(resolve(image, { API_TOKEN: 'hidden3' }), []));
  assert.not.match(text, 'hidden');
  assert.match(text, 'seen');
});

test('explain prints a table', () => {
  const image = '[environment]\nLONG_NAME = a\n[environment:local]\nLONG_NAME = b c\n';
  const result = resolve(image, { LONG_NAME: 'mine\nline' });
  assert.is(
    explanationText(explain(result, ['LONG_NAME', 'LONG_NAMES'])),
    [
      'VARIABLE    VALUE       FROM',
      'LONG_NAME   mine\\nline  given',
      '            b c         overridden: profile local (image.ini:4)',
      '            a           overridden: image default (image.ini:2)',
      'LONG_NAMES  -           unset (did you mean LONG_NAME?)',
      '',
    ].join('\n'),
  );
});

test('check sorts by file and line, counts, and gives remedies', () => {
  const text = problemsText([
    { severity: 'warning', message: 'later', origin: { file: 'b', line: 2 } },
    { severity: 'error', message: 'wrong', remedy: 'mend it', origin: { file: 'a', line: 10 } },
    { severity: 'error', message: 'first', origin: { file: 'a', line: 9 } },
    { severity: 'error', message: 'nowhere' },
  ]);
  assert.is(
    text,
    'error: nowhere\na:9: error: first\na:10: error: wrong (mend it)\nb:2: warning: later\n3 errors, 1 warning\n',
  );
});

test('an image.ini with five slips has five answers', () => {
  const image = [
    '[image]',
    'nam = x',
    '[enviroment]',
    'A = 1',
    '[environment:a]',
    '[environment:b,a]',
    '[redpill]',
    'enable = x',
    '[env-file:relative]',
    'mode = 9',
    '[bundle]',
    'anything = goes',
  ].join('\n');
  const [, problems] = readImage(image, 'image.ini');
  assert.equal(
    problems.map(({ origin, severity, remedy }) => `${origin?.line} ${severity} ${remedy ?? ''}`),
    [
      '2 warning did you mean name?',
      '8 warning did you mean enabled?',
      '10 error write 0600',
      '9 error ',
      '9 error add prefixes = MESOS DCOS …',
      '3 warning did you mean environment?',
      '6 error keep one of the two',
    ],
  );
});

test('an image.ini that is empty is an image that does nothing', () => {
  const [image, problems] = readImage('', 'image.ini');
  assert.equal(problems, []);
  assert.is(image.main, null);
});

test.run();
