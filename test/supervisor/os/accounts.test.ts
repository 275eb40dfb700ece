import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UserError } from '../../../supervisor/errors.ts';
import { credentialsFor, findAccount, findGroup } from '../../../supervisor/os/accounts.ts';

const test = suite('accounts');

const PASSWD =
  'root:x:0:0:root:/root:/bin/bash\nweb:x:33:33:www:/var/www:/usr/sbin/nologin\n1000:x:7:7::/:\nold:x:8\n';
const GROUP = 'root:x:0:\nweb:x:33:\nadm:x:4:syslog,web\naudio:x:29:web\nwebby:x:50:webmaster\n';

test('a user by name, by number, and a name of digits before the number', () => {
  assert.is(findAccount(PASSWD, 'web')?.uid, 33);
  assert.is(findAccount(PASSWD, '33')?.name, 'web');
  assert.is(findAccount(PASSWD, '1000')?.uid, 7);
  assert.is(findAccount(PASSWD, 'nobody'), null);
  assert.is(findAccount(PASSWD, 'old'), null, 'a line that is cut short is no account');
});

test('a group by name or number', () => {
  assert.is(findGroup(GROUP, 'adm'), 4);
  assert.is(findGroup(GROUP, '4711'), 4711);
  assert.is(findGroup(GROUP, 'nope'), null);
});

test('credentials have the supplementary groups that name the user, and no other', () => {
  assert.equal(credentialsFor(PASSWD, GROUP, 'web'), {
    uid: 33,
    gid: 33,
    groups: [33, 4, 29],
    name: 'web',
    home: '/var/www',
    shell: '/usr/sbin/nologin',
  });
});

test('an unknown user is an error for people', () => {
  assert.throws(
    () => credentialsFor(PASSWD, GROUP, 'ghost'),
    (error: unknown) => error instanceof UserError,
  );
});

test.run();
