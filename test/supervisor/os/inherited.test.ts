// Which descriptors are ours to hand on to the one command.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseInherited } from '../../../supervisor/os/inherited.ts';

const test = suite('os inherited descriptors');

test("node's own are left out, inherited ones are kept", () => {
  assert.equal(
    chooseInherited([
      [0, '/dev/pts/0'],
      [3, 'anon_inode:[eventpoll]'],
      [5, 'pipe:[1]'],
      [6, 'pipe:[1]'],
      [12, '/etc/passwd'],
      [7, 'pipe:[2]'],
      [8, 'socket:[3]'],
      [9, 'socket:[3]'],
      [10, '/dev/null'],
    ]),
    [7, 8, 9, 12],
  );
});

test.run();
