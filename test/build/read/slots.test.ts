// build/slots.ts: how what a person gives meets what the images ask for.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { classifyGift, collectGifts, redactUrl } from '../../../build/read/slots.ts';

const test = suite('software slots');
const SLOTS = ['mesos', 'mesos-dns', 'docker', 'logstash-forwarder'];

const collect = (options: string[], environment: Record<string, string> = {}, files: string[] = []) =>
  collectGifts(options, environment, files, SLOTS);

test('the command line wins over the environment, and that over the folder', () => {
  const files = ['mesos_1.deb', 'docker-28.tgz', 'logstash-forwarder'];
  const { gifts, problems } = collect(['mesos=/a'], { SOFTWARE_MESOS: '/b', SOFTWARE_DOCKER: '/c' }, files);
  assert.equal(problems, []);
  assert.is(gifts.get('mesos')?.source, '/a');
  assert.is(gifts.get('docker')?.source, '/c');
  assert.is(gifts.get('logstash-forwarder')?.source, 'software/logstash-forwarder');
});

test('a dash in a name is an underscore in the variable', () => {
  assert.is(collect([], { SOFTWARE_LOGSTASH_FORWARDER: '/x' }).gifts.get('logstash-forwarder')?.source, '/x');
});

test('an empty variable gives nothing', () => assert.is(collect([], { SOFTWARE_MESOS: '' }).gifts.size, 0));

const FILES: [file: string, slot: string | undefined][] = [
  ['mesos.deb', 'mesos'],
  ['mesos_0.24.1_amd64.deb', 'mesos'],
  ['mesos-0.24.1.tar.gz', 'mesos'],
  ['mesos-dns.tar', 'mesos-dns'],
  ['mesos-dns-1.0', 'mesos-dns'],
  ['mesosphere.deb', undefined],
  ['other.deb', undefined],
];
for (const [file, slot] of FILES) {
  test(`software/${file} is for ${slot ?? 'nothing'}`, () => {
    assert.equal([...collect([], {}, [file]).gifts.keys()], slot === undefined ? [] : [slot]);
  });
}

const MISTAKES: [title: string, run: () => ReturnType<typeof collect>, message: RegExp, remedy: RegExp][] = [
  ['a slot that no image has', () => collect(['messo=/x']), /messo/, /did you mean mesos/],
  [
    'a variable for no slot',
    () => collect([], { SOFTWARE_MESSOS: 'x' }),
    /SOFTWARE_MESSOS/,
    /did you mean SOFTWARE_MESOS/,
  ],
  ['an option without a value', () => collect(['mesos']), /cannot be read/, /NAME=PATH/],
  ['an option without a source', () => collect(['mesos=']), /cannot be read/, /NAME=PATH/],
  [
    'two files for one slot',
    () => collect([], {}, ['mesos-1.deb', 'mesos-2.deb']),
    /2 files for mesos/,
    /keep one/,
  ],
];
for (const [title, run, message, remedy] of MISTAKES) {
  test(`${title} is a problem`, () => {
    const { problems } = run();
    assert.is(problems.length, 1);
    assert.match(problems[0]?.message ?? '', message);
    assert.match(problems[0]?.remedy ?? '', remedy);
  });
}

test('what was given is a URL, a path of an image, or a file', () => {
  assert.equal(classifyGift('https://example.org/x.deb'), { kind: 'url', url: 'https://example.org/x.deb' });
  assert.equal(classifyGift('image:docker:28#/usr/local/bin/docker'), {
    kind: 'image',
    reference: 'docker:28',
    path: '/usr/local/bin/docker',
  });
  assert.equal(classifyGift('./x=1.deb'), { kind: 'path', path: './x=1.deb' });
});

test('neither user, password nor query of a URL is ever printed', () => {
  const text = redactUrl('https://me:hunter2@example.org/a/x.deb?token=hunter3#hunter4');
  assert.not.match(text, /hunter|me:/);
  assert.match(text, /example\.org\/a\/x\.deb/);
});

test.run();
