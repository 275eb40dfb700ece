// The first call of all that fails tells its own errno, whatever has to be looked up in the C library for that.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { datagramSender } from '../../../supervisor/os/sockets.ts';

const test = suite('errno');

test('a datagram to nobody', () => {
  const send = datagramSender();
  assert.is(send('/nowhere/at/all', Buffer.from('x')), 'ENOENT');
  assert.is(send('/nowhere/at/all', Buffer.from('x')), 'ENOENT');
});

test.run();
