// What the documents claim and a program can check.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImage } from '../supervisor/config/image.ts';
import { SECTIONS } from '../supervisor/config/keys.ts';
import { VERSION } from '../supervisor/version.ts';

const test = suite('documents');

const read = (path: string): string => readFileSync(path, 'utf8');
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string>; version: string })
  .scripts;
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'software/README.md'];
const IMAGES = readdirSync('images');

test('the version that clients are told is the package’s', () => {
  assert.is(VERSION, (JSON.parse(read('package.json')) as { version: string }).version);
});

test('every link to a file leads to one', () => {
  for (const document of [...DOCUMENTS, ...IMAGES.map((image) => `images/${image}/README.md`)]) {
    const folder = document.includes('/') ? document.slice(0, document.lastIndexOf('/') + 1) : '';
    for (const [, target = ''] of read(document).matchAll(/\]\(([^)#]+)\)/g)) {
      if (!/^https?:/.test(target)) assert.ok(existsSync(folder + target), `${document}: ${target}`);
    }
  }
});

test('every npm script that a document names is there', () => {
  for (const document of [...DOCUMENTS, ...IMAGES.map((image) => `images/${image}/README.md`)]) {
    for (const [, script = ''] of read(document).matchAll(/npm run ([a-z0-9:]+)/g)) {
      assert.ok(scripts[script] !== undefined, `${document}: npm run ${script}`);
    }
  }
});

test('the code map of ARCHITECTURE.md names every folder of supervisor/ and build/, and no file that there is not', () => {
  const text = read('ARCHITECTURE.md');
  const entries = readdirSync('supervisor', { withFileTypes: true });
  for (const entry of entries.filter((each) => each.isDirectory())) {
    assert.match(text, `\`supervisor/${entry.name}/\``);
  }
  const rooms = readdirSync('build', { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map(({ name }) => name);
  for (const room of rooms) assert.match(text, `\`build/${room}/\``);
  for (const [, file = ''] of text.matchAll(/`([a-z-]+\.ts)`/g)) {
    const folders = [
      'supervisor',
      ...entries.map((entry) => `supervisor/${entry.name}`),
      ...rooms.map((room) => `build/${room}`),
      'test/supervisor/process',
    ];
    assert.ok(
      folders.some((folder) => existsSync(`${folder}/${file}`)),
      file,
    );
  }
});

test('the lint holds the rooms of build/ to the order of the code map', () => {
  const rooms = [...read('ARCHITECTURE.md').matchAll(/^\| `build\/([a-z-]+)\/` \|/gm)].map(
    ([, room = '']) => room,
  );
  const { overrides } = JSON.parse(read('.oxlintrc.json')) as {
    overrides: { files: string[]; rules: Record<string, unknown> }[];
  };
  for (const [index, room] of rooms.entries()) {
    const own = overrides.find(({ files }) => files.length === 1 && files[0] === `build/${room}/**/*.ts`);
    const forbidden = ['supervisor/', ...rooms.slice(index + 1).map((later) => `${later}/`), 'main\\.ts'];
    assert.match(JSON.stringify(own), JSON.stringify(`^(\\.\\./)+(${forbidden.join('|')})`), room);
  }
});

test('docs/supervisord.md has a row for every key that the configuration reader knows', () => {
  const text = read('docs/supervisord.md');
  for (const [section, keys] of SECTIONS) {
    for (const key of keys ?? []) assert.match(text, `\`${key}\``, `${key} of [${section}]`);
  }
});

test('every image has a README that names its variables', () => {
  for (const image of IMAGES) {
    const [config] = readImage(read(`images/${image}/image.ini`), `images/${image}/image.ini`);
    const readme = read(`images/${image}/README.md`);
    for (const { name } of config.defaults) assert.match(readme, `\`${name}\``, `${image}: ${name}`);
  }
});

test.run();
