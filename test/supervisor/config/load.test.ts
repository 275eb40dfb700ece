// The one entry: what comes together in it, and the order in which its findings are told.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { problemLine } from '../../../supervisor/config/explain.ts';
import {
  environmentInit,
  loadConfiguration,
  type Loaded,
  type LoadRequest,
} from '../../../supervisor/config/load.ts';
import { fakeSource, type World } from './host.ts';

const test = suite('config load');

interface Options extends Partial<Omit<LoadRequest, 'source' | 'image'>> {
  readonly image?: string;
  readonly config?: string;
  readonly world?: World;
}

function load({ image, config, world, ...rest }: Options): Loaded {
  const files = { ...world?.files, ...(config !== undefined && { '/s.conf': config }) };
  return loadConfiguration({
    source: fakeSource({ ...world, files }),
    image: image === undefined ? null : { path: 'image.ini', text: image },
    given: {},
    init: null,
    configFile: config === undefined ? null : '/s.conf',
    ...rest,
  });
}

test('without an image and without a file there is nothing to run, and nothing wrong', () => {
  const { plan, problems, redpill, environment } = load({ given: { A: '1' } });
  assert.equal([plan.groups, problems, redpill.enabled], [[], [], null]);
  assert.equal(Object.fromEntries(environment.values), { A: '1', ENVIRONMENT: 'local' });
});

test('programs see the resolved environment', () => {
  const { plan, problems } = load({
    image: '[environment]\nA = ${B:-x}y\n',
    config: '[supervisord]\n[program:p]\ncommand=echo %(ENV_A)s\n',
  });
  assert.equal(problems, []);
  assert.is(plan.groups[0]?.programs[0]?.commandLine, 'echo xy');
});

test('findings of all files come together, sorted by file and line', () => {
  const { problems } = load({
    image: '[image]\nnam = x\n[environment]\nA = ${A}\n',
    config: '[supervisord]\n[program:p]\ncommand=cat\nautostart=x\nbogus=1\n',
    given: { ENVIRONMENT: 'x' },
  });
  assert.equal(problems.map(problemLine), [
    "/s.conf:4: error: not a valid boolean value: 'x' in section 'program:p' (file: '/s.conf') (write true or false)",
    '/s.conf:5: warning: bogus is no key of [program:p] and is ignored',
    'image.ini:2: warning: nam is no key of [image] and is ignored (did you mean name?)',
    'image.ini:4: error: the default of A refers to itself: A -> A (give one of them a plain value)',
  ]);
});

test('what a program asks for by %(ENV_X)s is read, and so is no slip of something else', () => {
  const config = '[supervisord]\n[program:p]\ncommand=echo %(ENV_SERVICE_NAMES)s\n';
  const options = { image: '[environment]\nSERVICE_NAME = a\n', given: { SERVICE_NAMES: 'b' } };
  assert.equal(load({ ...options, config }).problems, []);
  assert.is(load(options).problems.length, 1);
});

const ENV_FILE = '[environment]\nMESOS_A = it costs $$5 "now"\n[env-file:/x.env]\nprefixes = MESOS AWS\n';

test('environment files hold what their prefixes select, for their owner alone', () => {
  const { files, problems } = load({ image: ENV_FILE, given: { AWS_B: 'b\nc', OTHER: 'x' } });
  assert.equal(problems, []);
  assert.equal(files, [
    { path: '/x.env', mode: 0o600, text: 'AWS_B="b\nc"\nMESOS_A="it costs \\$5 \\"now\\""\n' },
  ]);
});

test('a variable that cannot be written is an error of its section', () => {
  const { problems } = load({ image: `${ENV_FILE}mode = 0640\n`, given: { 'MESOS_A.B': 'x' } });
  assert.equal(problems.map(problemLine), [
    'image.ini:3: error: cannot write MESOS_A.B to an environment file: a shell takes letters, digits and _ only as its name',
  ]);
});

test('ENVIRONMENT_INIT is what is given, else the default of the image', () => {
  const image = { path: 'image.ini', text: '[environment]\nENVIRONMENT_INIT = /etc/init.sh\n' };
  assert.is(environmentInit({ image, given: {} }), '/etc/init.sh');
  assert.is(environmentInit({ image, given: { ENVIRONMENT_INIT: '' } }), '/etc/init.sh');
  assert.is(environmentInit({ image, given: { ENVIRONMENT_INIT: '/mine' } }), '/mine');
  assert.is(environmentInit({ image: null, given: {} }), null);
});

const MAIN = '[image]\nmain = web\n';
const TWO = '[supervisord]\n[program:web]\ncommand=web\n[program:side]\ncommand=side\n';

const ENDS = [
  ['the main program ends the container', MAIN, TWO, {}, ['never', 'exit']],
  [
    'its own exit_on= wins',
    MAIN,
    TWO.replace('command=web', 'command=web\nexit_on=never'),
    {},
    ['never', 'never'],
  ],
  ['any program may ask for it', MAIN, `${TWO}exit_on=fatal\n`, {}, ['fatal', 'exit']],
  ['nothing does under debug', MAIN, `${TWO}exit_on=fatal\n`, { ENVIRONMENT: 'Debug' }, ['never', 'never']],
  [
    'redpill adds its monitored ones',
    `${MAIN}[redpill]\nenabled = true\nmonitor = side`,
    TWO,
    {},
    ['fatal', 'exit'],
  ],
  [
    'switched off, it takes the main one with it',
    `${MAIN}[redpill]\nenabled = disabled`,
    TWO,
    {},
    ['never', 'never'],
  ],
  ['without a main program nothing does', '', TWO, {}, ['never', 'never']],
] as const;

for (const [title, image, config, given, expected] of ENDS) {
  test(`what ends the container: ${title}`, () => {
    const { plan } = load({ image, config, given });
    assert.equal(
      plan.groups.map(({ programs }) => programs[0]?.exitOn),
      expected,
    );
  });
}

test('a main program that is none is a warning with a guess', () => {
  const { problems } = load({ image: '[image]\nmain = webb\n', config: TWO });
  assert.equal(problems.map(problemLine), [
    'warning: the image calls its main program webb, which is no program (did you mean web?)',
  ]);
});

test.run();
