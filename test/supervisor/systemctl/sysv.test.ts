// units/sysv.ts: init scripts as units; the expected ones are what Debian's systemd-sysv-generator made of the same scripts.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sysvUnits, type Generated, type InitScript } from '../../../supervisor/units/sysv.ts';

const test = suite('init scripts as units');

const script = (name: string, header: string, rest = '', levels: readonly number[] = []): InitScript => ({
  name,
  text: `#! /bin/sh\n### BEGIN INIT INFO\n${header}\n### END INIT INFO\n${rest}`,
  levels,
});

const ZOOKEEPER = `# Provides:          zookeeper
# Required-Start:    $remote_fs
# Default-Start:     2 3 4 5
# Short-Description: centralized coordination service
# Description:       ZooKeeper is a centralized service`;
const SLAPD = `# Provides:          slapd
# Required-Start:    $remote_fs $network $syslog
# Short-Description: OpenLDAP standalone server`;

const COMMON = [
  '[Unit]',
  'Documentation=man:systemd-sysv-generator(8)',
  '[Service]',
  'Type=forking',
  'Restart=no',
  'TimeoutSec=5min',
  'IgnoreSIGPIPE=no',
  'KillMode=process',
  'GuessMainPID=no',
];

function linesOf(generated: Generated, unit: string): string[] {
  const made = generated[unit];
  if (made === undefined || 'link' in made) throw new Error(`${unit} was not made`);
  return made.text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .toSorted();
}

const CASES: readonly (readonly [title: string, script: InitScript, lines: readonly string[]])[] = [
  [
    'of the header, what it needs and how it is called',
    script('zookeeper', ZOOKEEPER, 'echo "Usage: $SCRIPTNAME {start|stop|status|restart|force-reload}" >&2'),
    [
      'SourcePath=/etc/init.d/zookeeper',
      'Description=LSB: centralized coordination service',
      'After=remote-fs.target',
      'RemainAfterExit=yes',
      'SuccessExitStatus=5 6',
      'ExecStart=/etc/init.d/zookeeper start',
      'ExecStop=/etc/init.d/zookeeper stop',
    ],
  ],
  [
    'the network is waited for and wanted; a usage line with reload means that it can be reloaded',
    script('slapd', SLAPD, 'echo "Usage: $0 {start|stop|reload|status}"'),
    [
      'SourcePath=/etc/init.d/slapd',
      'Description=LSB: OpenLDAP standalone server',
      'After=remote-fs.target',
      'After=network-online.target',
      'Wants=network-online.target',
      'RemainAfterExit=yes',
      'SuccessExitStatus=5 6',
      'ExecStart=/etc/init.d/slapd start',
      'ExecStop=/etc/init.d/slapd stop',
      'ExecReload=/etc/init.d/slapd reload',
    ],
  ],
  [
    'without a header, only how it is called',
    { name: 'bare', text: '#!/bin/sh\necho hi $1\n', levels: [] },
    [
      'SourcePath=/etc/init.d/bare',
      'RemainAfterExit=yes',
      'ExecStart=/etc/init.d/bare start',
      'ExecStop=/etc/init.d/bare stop',
    ],
  ],
  [
    'a pidfile in a comment is that of the main process',
    { name: 'red', text: '#!/bin/sh\n# pidfile: /run/red.pid\n', levels: [] },
    [
      'SourcePath=/etc/init.d/red',
      'RemainAfterExit=no',
      'PIDFile=/run/red.pid',
      'ExecStart=/etc/init.d/red start',
      'ExecStop=/etc/init.d/red stop',
    ],
  ],
];

for (const [title, each, lines] of CASES) {
  test(title, () => {
    const generated = sysvUnits([each], () => false);
    assert.equal(linesOf(generated, `${each.name}.service`), [...COMMON, ...lines].toSorted());
    assert.is(Object.keys(generated).length, 1, 'not wanted by anything');
  });
}

test('links of the run levels are what enables it', () => {
  const generated = sysvUnits([script('old.sh', SLAPD, '', [2, 3, 5])], () => false);
  assert.equal(Object.keys(generated), [
    'old.service',
    'multi-user.target.wants/old.service',
    'graphical.target.wants/old.service',
  ]);
  assert.equal(generated['multi-user.target.wants/old.service'], { link: '../old.service' });
});

test('a unit of its own, and what a host does when it starts, come first', () => {
  const scripts = ['nginx', 'hwclock.sh', 'procps', 'README', 'rc', 'umountfs', 'not a name'].map((name) =>
    script(name, SLAPD),
  );
  assert.equal(Object.keys(sysvUnits(scripts, (name) => name === 'nginx.service')), []);
});

test.run();
