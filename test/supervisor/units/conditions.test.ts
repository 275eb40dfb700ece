// Conditions on this machine beside `systemd-analyze condition`, and those whose answer is a container's own.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { conditionProbe } from '../../../supervisor/os/condition-probe.ts';
import { hostFacts } from '../../../supervisor/os/unit-source.ts';
import { testCondition, whyUnmet, type Probe } from '../../../supervisor/units/conditions.ts';
import { compareVersions } from '../../../supervisor/units/versions.ts';
import { tool } from './systemd-tools.ts';
import { fc } from '../../support/random.ts';

const test = suite('units conditions');

const ENVIRONMENT = { HOME: '/root', LIST: 'a b' };
const TOOL_ENVIRONMENT = { ...ENVIRONMENT, container: 'docker' };
const probe: Probe = {
  ...conditionProbe(hostFacts(ENVIRONMENT), new Map(Object.entries(TOOL_ENVIRONMENT))),
  container: tool('systemd-detect-virt', ['--container'], TOOL_ENVIRONMENT).stdout.trim(),
};

const release = probe.host.kernelRelease;
const BESIDE_SYSTEMD: readonly string[] = [
  ...(
    'PathExists=/etc/passwd|PathExists=/nope|PathExists=/etc//passwd|' +
    'PathExistsGlob=/etc/pass*|PathExistsGlob=/nope*|PathIsDirectory=/etc|' +
    'PathIsDirectory=/etc/passwd|PathIsSymbolicLink=/proc/self|PathIsSymbolicLink=/etc|' +
    'PathIsMountPoint=/|PathIsMountPoint=/proc|PathIsMountPoint=/etc|' +
    'PathIsMountPoint=/nope|PathIsReadWrite=/|PathIsReadWrite=/proc|PathIsReadWrite=/nope|' +
    'PathIsEncrypted=/|DirectoryNotEmpty=/etc|DirectoryNotEmpty=/nope|' +
    'DirectoryNotEmpty=/etc/passwd|FileNotEmpty=/etc/passwd|FileNotEmpty=/etc|' +
    'FileNotEmpty=/dev/null|FileIsExecutable=/bin/sh|FileIsExecutable=/etc|' +
    'FileIsExecutable=/etc/passwd|Architecture=x86-64|Architecture=native|' +
    'Architecture=arm64|Host=*|Host=nope-?|Host=00000000000000000000000000000000|' +
    'KernelVersion=>4|KernelVersion=>4 <9|KernelVersion=>= 4.0|KernelVersion=<3|' +
    'KernelVersion=!=1|KernelVersion=$=*|KernelVersion=!$=*|OSRelease=ID=debian|' +
    'OSRelease=ID=deb*|OSRelease=ID$=deb*|OSRelease=VERSION_ID>=11 ID=debian|' +
    'OSRelease=VERSION_ID<2|OSRelease=NOPE=x|OSRelease=NOPE!=x|OSRelease="ID=debian"|' +
    'Memory=1|Memory=>1M|Memory=<1M|Memory=>=99999G|CPUs=1|CPUs=>=1|CPUs=<1|CPUs=>1000|' +
    'Environment=HOME|Environment=HOME=/root|Environment=NOPE|Environment=HOME=/x|' +
    'User=root|User=0|User=1|User=nope|User=@system|Group=root|Group=0|Group=daemon|' +
    'ACPower=true|ACPower=false|FirstBoot=yes|FirstBoot=no|Capability=CAP_CHOWN|' +
    'Capability=cap_chown|Capability=CAP_NOPE|Firmware=uefi|Security=selinux|' +
    'Security=smack|Security=tomoyo|Security=apparmor|Security=nope|Credential=nope|' +
    'ControlGroupController=cpu|ControlGroupController=nope|' +
    'ControlGroupController=cpu memory|Virtualization=container|Virtualization=yes|' +
    'Virtualization=no|Virtualization=vm|Virtualization=kvm|Virtualization=private-users|' +
    'NeedsUpdate=/etc|CPUFeature=fpu|CPUFeature=nope|MemoryPressure=100%|' +
    'KernelCommandLine=no-such-word'
  ).split('|'),
  `Host=${probe.host.hostName}`,
  `KernelVersion==${release}`,
  `KernelVersion=${release.slice(0, 2)}*`,
  `Virtualization=${probe.container}`,
];

test('each answers as systemd does, plain and negated', () => {
  for (const condition of BESIDE_SYSTEMD) {
    const [kind = '', parameter = ''] = condition.split(/=(.*)/s);
    const theirs = tool('systemd-analyze', ['condition', `Condition${condition}`], TOOL_ENVIRONMENT);
    assert.match(theirs.stderr, /Conditions (succeeded|failed)/, condition);
    const ours = testCondition(kind, parameter, probe);
    assert.is(ours, theirs.stderr.includes('Conditions succeeded'), `${condition}\n${theirs.stderr}`);
  }
});

test('one of the triggers is enough, and all others must hold', () => {
  const yes = { kind: 'PathExists', parameter: '/', trigger: false, negate: false };
  const no = { ...yes, negate: true };
  const maybe = { ...yes, trigger: true };
  const never = { ...no, trigger: true };
  assert.is(whyUnmet([], probe), null);
  assert.is(whyUnmet([yes, maybe, never], probe), null);
  assert.is(whyUnmet([yes, never, never], probe), 'triggers');
  assert.equal(whyUnmet([yes, no, maybe], probe), no);
});

test('the command line is that of PID 1, words with and without a value', () => {
  const text = (path: string): string | null =>
    path === '/proc/1/cmdline' ? 'init\0quiet\0root=/dev/x\0' : null;
  const answers = ['quiet', 'root', 'root=/dev/x', 'root=/dev', 'qui'].map((word) =>
    testCondition('KernelCommandLine', word, { ...probe, text }),
  );
  assert.equal(answers, [true, true, true, false, false]);
});

test('read-only file systems and mount points are read from mountinfo', () => {
  const mountinfo = '1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 8:2 / /with\\040blank ro - ext4 /dev/sdb rw\n';
  const fake: Probe = {
    ...probe,
    text: () => mountinfo,
    realPath: (path) => (path.startsWith('/no') ? null : path),
  };
  const answers = ['/', '/with blank', '/with blank/x', '/withblank', '/no'].map((path) => [
    testCondition('PathIsReadWrite', path, fake),
    testCondition('PathIsMountPoint', path, fake),
  ]);
  assert.equal(answers, [
    [true, true],
    [false, true],
    [false, false],
    [true, false],
    [false, false],
  ]);
});

test('versions compare as systemd compares them', () => {
  const part = fc.constantFrom('1', '2', '10', '01', 'a', 'rc', 'B', '.', '-', '~', '^', '+', '_', '');
  const version = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
  const pairs = fc.sample(fc.tuple(version, version), { numRuns: 150 });
  for (const [one, two] of pairs) {
    if (one.startsWith('-') || two.startsWith('-') || one === '' || two === '') continue;
    const { status } = tool('systemd-analyze', ['compare-versions', one, two]);
    const theirs = { 0: 0, 11: 1, 12: -1 }[status ?? -1];
    assert.is(Math.sign(compareVersions(one, two)), theirs, `${one} <=> ${two}`);
  }
});

test.run();
