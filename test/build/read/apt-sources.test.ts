// build/apt-sources.ts: the mirror that a machine uses, from both formats of apt's sources.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sourcesFor } from '../../../build/read/apt-sources.ts';

const test = suite('apt sources');

const DEB822 = `# kept by hand
Types: deb deb-src
# a comment inside
URIs: http://mirror.example.org/debian/
Suites: bookworm bookworm-updates
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example.org/debian-security
Suites: bookworm-security
Components: main contrib
`;
const ONE_LINE = `# deb http://off.example.org/debian bookworm main
deb [arch=amd64] http://one.example.org/debian bookworm main non-free # comment
deb-src http://src.example.org/debian bookworm main
deb http://one.example.org/debian-security/ bookworm-security main
`;

test('deb822: several suites, continued values, comments', () => {
  assert.equal(sourcesFor('bookworm', 'main', [{ path: '/a/debian.sources', text: DEB822 }]), [
    'deb http://mirror.example.org/debian bookworm main',
    'deb http://mirror.example.org/debian bookworm-updates main',
    'deb http://mirror.example.org/debian-security bookworm-security main',
  ]);
});

test('one line each: options, comments, sources of sources', () => {
  assert.equal(sourcesFor('bookworm', 'main', [{ path: '/etc/apt/sources.list', text: ONE_LINE }]), [
    'deb http://one.example.org/debian bookworm main',
    'deb http://one.example.org/debian-security bookworm-security main',
  ]);
});

test('the order in which the files are found does not matter', () => {
  const files = [
    { path: '/etc/apt/sources.list.d/debian.sources', text: DEB822 },
    { path: '/etc/apt/sources.list', text: ONE_LINE },
  ];
  assert.equal(sourcesFor('bookworm', 'main', files), sourcesFor('bookworm', 'main', files.toReversed()));
});

const NONE: [what: string, path: string, text: string][] = [
  ['another suite', 'x.list', 'deb http://one.example.org/debian trixie main'],
  ['other components', 'x.list', 'deb http://one.example.org/linux/debian bookworm stable'],
  ['an archive of somebody else', 'x.list', 'deb http://apt.example.org bookworm main'],
  [
    'a key of somebody else',
    'x.list',
    'deb [signed-by=/k/them.gpg] http://x.example.org/debian bookworm main',
  ],
  ['a password', 'x.list', 'deb http://me:secret@one.example.org/debian bookworm main'],
  ['a disc', 'x.list', 'deb cdrom:[Debian]/ bookworm main'],
  ['switched off', 'x.sources', DEB822.replaceAll('Types:', 'Enabled: no\nTypes:')],
  ['nothing', 'x.list', ''],
];
for (const [what, path, text] of NONE)
  test(`passed over: ${what}`, () => assert.equal(sourcesFor('bookworm', 'main', [{ path, text }]), []));

test.run();
