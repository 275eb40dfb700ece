// Every image.ini of this repository is read without a word.

import { globSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImage } from '../../../supervisor/config/image.ts';

const test = suite('config of the images that ship');

for (const file of globSync('images/*/image.ini')) {
  test(`${file} has no problems`, () => {
    const [image, problems] = readImage(readFileSync(file, 'utf8'), file);
    assert.equal(problems, []);
    assert.ok(image.name);
  });
}

test.run();
