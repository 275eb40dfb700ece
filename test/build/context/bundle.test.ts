// build/bundle.ts: an image's own TypeScript programs become one file each, and what is wrong with them has a place.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../../../build/context/bundle.ts';
import { openState } from '../../../build/machine/state.ts';

const test = suite<{ root: string }>('bundle');

test.before.each((context) => void (context.root = mkdtempSync(join(tmpdir(), 'initkit-bundle-'))));
test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }));

test('a program, what it imports and the packages that it uses are one executable file', async ({ root }) => {
  write(root, {
    'package.json': '{"type": "module"}',
    'images/web/src/serve.ts':
      "import { greet } from './greet.ts';\nimport word from 'word';\nconsole.log(greet(word));\n",
    'images/web/src/greet.ts': 'export const greet = (name: string): string => `hello ${name}`;\n',
    'node_modules/word/package.json':
      '{"name": "word", "version": "1.0.0", "main": "word.js", "type": "module"}',
    'node_modules/word/word.js': "export default 'world';\n",
  });
  const made = await bundleProgram(root, 'images/web/src/serve.ts', process.execPath, await openState(root));
  if ('problems' in made) throw new Error(JSON.stringify(made.problems));
  assert.equal([...made.sources].toSorted(), [
    'images/web/src/greet.ts',
    'images/web/src/serve.ts',
    'node_modules/word/word.js',
  ]);
  // Away from node_modules and from package.json, as in an image.
  const alone = mkdtempSync(join(tmpdir(), 'initkit-bundle-alone-'));
  writeFileSync(join(alone, 'serve'), made.bytes);
  chmodSync(join(alone, 'serve'), 0o755);
  assert.is(execFileSync(join(alone, 'serve'), { encoding: 'utf8' }), 'hello world\n');
  rmSync(alone, { recursive: true });
});

test('a change in an imported file makes another bundle, an untouched program the same', async ({ root }) => {
  write(root, {
    'images/web/src/serve.ts': "import { word } from './word.ts';\nconsole.log(word);\n",
    'images/web/src/word.ts': "export const word = 'one';\n",
  });
  const bundle = async (): Promise<string> => {
    const made = await bundleProgram(root, 'images/web/src/serve.ts', undefined, await openState(root));
    if ('problems' in made) throw new Error(JSON.stringify(made.problems));
    return made.bytes.toString();
  };
  const first = await bundle();
  assert.is(await bundle(), first);
  write(root, { 'images/web/src/word.ts': "export const word = 'another';\n" });
  assert.match(await bundle(), 'another');
});

const MISTAKES: [title: string, text: string, message: RegExp, line: number][] = [
  ['text that is no TypeScript', 'const a = 1;\nconst = 2;\n', /Expected identifier/, 2],
  ['a file that is not there', "\nimport './gone.ts';\n", /Could not resolve "\.\/gone\.ts"/, 2],
  ['a package that is not installed', "import 'not-a-package-of-this-repository';\n", /Could not resolve/, 1],
];

for (const [title, text, message, line] of MISTAKES) {
  test(`${title} is told with file and line`, async ({ root }) => {
    write(root, { 'images/web/src/serve.ts': text });
    const made = await bundleProgram(root, 'images/web/src/serve.ts', undefined, await openState(root));
    assert.ok('problems' in made);
    assert.is(made.problems[0]?.file, 'images/web/src/serve.ts');
    assert.is(made.problems[0]?.line, line);
    assert.match(made.problems[0]?.message ?? '', message);
  });
}

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

test.run();
