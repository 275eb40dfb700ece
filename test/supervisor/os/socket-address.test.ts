import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addressText, inetAddress, unixAddress } from '../../../supervisor/os/socket-address.ts';

const test = suite('socket address');

const MAPPED = Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff, 192, 0, 2, 7])]);
const LOOPBACK = Buffer.concat([Buffer.alloc(15), Buffer.from([1])]);

const TEXTS: readonly (readonly [Buffer, string | null])[] = [
  [inetAddress(Buffer.from([127, 0, 0, 1]), 80), '127.0.0.1:80'],
  [inetAddress(LOOPBACK, 65_535), '[0:0:0:0:0:0:0:1]:65535'],
  [inetAddress(MAPPED, 80), '192.0.2.7:80'],
  [unixAddress('/run/x.sock'), null],
];
for (const [address, text] of TEXTS) {
  test(`${address.toString('hex')} is ${text}`, () => assert.is(addressText(address), text));
}

test('a path ends with NUL, an abstract name begins with it', () => {
  assert.equal(unixAddress('/x'), Buffer.from([1, 0, ...Buffer.from('/x'), 0]));
  assert.equal(unixAddress('@x'), Buffer.from([1, 0, 0, ...Buffer.from('x')]));
});

test('what does not fit is refused', () => {
  unixAddress(`/${'x'.repeat(106)}`);
  assert.throws(() => unixAddress(`/${'x'.repeat(107)}`), /too long/);
});

test.run();
