// Whole units beside systemd: what is written in them and in their drop-ins and links, and what both make of it.

import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hostFacts, unitSource } from '../../../supervisor/os/unit-source.ts';
import { keysOf } from '../../../supervisor/units/keys.ts';
import { loadUnits } from '../../../supervisor/units/load.ts';
import { isReplaced } from '../../../supervisor/units/replaced-units.ts';
import { asDumped, theirs } from './as-dumped.ts';
import { dumpUnits, unitDirectory } from './dump.ts';
import { fc } from '../../support/random.ts';

const test = suite('units as loaded, beside systemd');

/** systemd as nobody says that the system's manager is root, with the home and shell of nobody. */
const host = {
  ...hostFacts({}),
  user: { name: 'root', uid: 0, group: 'root', gid: 0, home: '/', shell: '/usr/sbin/nologin' },
};
/** What only we say: that a key has no effect here. */
const OURS_ALONE = /has no effect in this container|container itself is the sandbox|below legacy directory/;

/** Reads the units on both sides; every difference as text. */
function differences(
  files: Readonly<Record<string, string | Uint8Array>>,
  names: readonly string[],
): string[] {
  const directory = unitDirectory({ 'all.target': `[Unit]\nWants=${names.join(' ')}\n`, ...files });
  const dump = dumpUnits(directory, 'all.target');
  const loader = loadUnits(unitSource(), { host, searchPath: [directory] });
  const found: string[] = [];
  const said: string[] = [];
  for (const name of names) {
    const unit = loader.load(name);
    const dumped = dump.units.get(unit.id);
    if (dumped === undefined) {
      found.push(`${name}: systemd does not have it`);
      continue;
    }
    const ours = asDumped(unit);
    const other = theirs(dumped, ours);
    const isSameState = String(ours['Unit Load State']) === String(other['Unit Load State']);
    for (const key of isSameState ? Object.keys(ours) : ['Unit Load State']) {
      if (JSON.stringify(ours[key]) === JSON.stringify(other[key])) continue;
      found.push(
        `${name} ${key}: ours ${JSON.stringify(ours[key])} systemd ${JSON.stringify(other[key])}\n${String(files[name]).slice(0, 500)}`,
      );
    }
    for (const { message, origin } of unit.problems) {
      if (OURS_ALONE.test(message) || origin === undefined) continue;
      // Of a message that holds a newline, only its first line can be told from systemd's output.
      const [line = ''] = message.split('\n');
      said.push(`${origin.file.slice(directory.length + 1)}:${origin.line}: ${line}`);
    }
  }
  const theySaid = new Set(dump.messages);
  const weSaid = new Set(said);
  for (const line of weSaid) if (!theySaid.has(line)) found.push(`only we say ${line}`);
  for (const line of theySaid) if (!weSaid.has(line)) found.push(`only systemd says ${line}`);
  return found;
}

/** Lines of a [Service] that each stand for one rule; those above make it loadable. */
const SERVICE_LINES: readonly string[] = [
  'PIDFile=%z\nBusName=%z\nSockets=%z\nEnvironment=A=%z\nEnvironmentFile=%z\nPassEnvironment=%z\nUnsetEnvironment=%z\nStandardInputText=%z\nStandardOutput=fd:%z\nSyslogIdentifier=%z\nWorkingDirectory=-%z\nStandardError=file:%z',
  'User=%z',
  'SupplementaryGroups=a %z',
  'RuntimeDirectory=%z a:%z',
  'WorkingDirectory=%z',
  'ExecStartPre=-@+/bin/x a b\nExecStartPre=!!/bin/y\nExecStartPre=:/bin/z $A ${B}',
  'ExecStartPre=/bin/a x ; /bin/b y ; -/bin/c\nExecStartPre=/bin/d \\; e',
  'ExecStartPre=/bin/a\nExecStartPre=\nExecStartPre=/bin/b',
  'ExecStartPre=/bin/a "b c" \'d e\' f\\ g \\x41\\101\\u00e4\\n "q\\"x" a"b"c \'it\'s',
  'ExecStartPre=/bin/a "open',
  'ExecStartPre=-/bin/a "open',
  'ExecStartPre=/bin/a \\q',
  'ExecStartPre=bin/a',
  'ExecStartPre=-bin/a\nExecStartPre=tool --x',
  'ExecStartPre=/bin/dir/\nType=simple',
  'ExecStartPre=@/bin/a',
  'ExecStartPre=;\nExecStartPre=/bin/a ;\nExecStartPre=; /bin/b',
  'ExecStartPre=//bin/./a/../b',
  'ExecStartPre="/bin/with blank" x',
  'ExecStartPre=/bin/a %n %N %p %i %I %j %% %z %H %t %S %u %U %h',
  'ExecStartPre=/bin/a %n %N %p %P %i %I %j %J %f %t %S %C %L %E %T %V %u %U %g %G %h %s %H %l %q %b %v %a %o %w %W %A %M %B %y %Y %% %- 5%',
  'ExecStartPre=+!/bin/a\nExecStartPre=!+/bin/b\nExecStartPre=--/bin/c',
  'ExecStartPre=/bin/a \\\n  b \\\n# a comment\n  c \\\n; another\nd',
  'ExecStartPre=/bin/a \\\n\nExecStartPost=/bin/b',
  'ExecStartPre=/bin/a "b \\\n   c" \\\n\t; # d\nKillMode=none\nDelegate=yes',
  'Environment=A=1 "B=2 3" C=\'4 5\' D="6 7"\nEnvironment=A=8 E=\nEnvironment="F=a\\nb"',
  'PassEnvironment=A "open b\nUnsetEnvironment=B C \'open b',
  'DynamicUser=perhaps',
  'DynamicUser=yes',
  'DynamicUser=yes\nUser=web',
  'DynamicUser=yes\nGroup=web',
  'DynamicUser=yes\nUser=web\nGroup=staff',
  'DynamicUser=yes\nDynamicUser=no',
  'Environment=1A=x B\nEnvironment="C=x" ==\nEnvironment=D=%p',
  'Environment=A=1\nEnvironment=\nEnvironment=B=2\nEnvironment="open',
  'EnvironmentFile=/etc/a\nEnvironmentFile=-/etc/b*\nEnvironmentFile=relative\nEnvironmentFile=-//etc//c',
  'EnvironmentFile=/etc/a\nEnvironmentFile=\nPassEnvironment=A B 1C\nUnsetEnvironment=A B=1 "C=2 3" 1D',
  'LimitNOFILE=1024\nLimitNPROC=1:2\nLimitCORE=infinity\nLimitAS=1G\nLimitCPU=90\nLimitRTTIME=5\nLimitNICE=+5\nLimitSTACK=1M:infinity',
  'LimitNOFILE=2:1\nLimitNPROC=x\nLimitCPU=2min\nLimitNICE=30\nLimitNICE=-40\nLimitMEMLOCK=1.5K\nLimitRTTIME=1s',
  'LimitNOFILE=1024\nLimitNOFILE=\nLimitFSIZE=10:\nLimitDATA=:10\nLimitLOCKS=0x10\nLimitCPU=1500ms',
  'Nice=-5\nOOMScoreAdjust=-1000\nUMask=077',
  'Nice=20\nOOMScoreAdjust=1001\nUMask=99\nUMask=10000',
  'Nice=5\nNice=\nUMask=0',
  'User=daemon\nGroup=0\nSupplementaryGroups=adm tty\nSupplementaryGroups=www-data',
  'User=a b',
  'Group=-x',
  'WorkingDirectory=/srv\nRuntimeDirectory=a b/c\nStateDirectory=d\nRuntimeDirectoryMode=0700\nRuntimeDirectoryPreserve=restart',
  'WorkingDirectory=~\nRuntimeDirectory=/abs ../up a:b\nCacheDirectory=x\nCacheDirectory=\nLogsDirectory=y\nConfigurationDirectory=z',
  'WorkingDirectory=relative',
  'WorkingDirectory=-relative\nRuntimeDirectoryPreserve=yes',
  'StandardOutput=null\nStandardError=journal\nSyslogIdentifier=me-%p',
  'StandardOutput=syslog\nStandardError=inherit\nStandardInput=tty',
  'StandardOutput=append:/var/log/x\nStandardError=file:/var/log/y',
  'StandardOutput=truncate:/var/log/x\nStandardInput=file:/etc/passwd',
  'StandardOutput=file:relative',
  'StandardOutput=nope\nStandardInput=bad',
  'StandardInput=socket\nStandardOutput=kmsg',
  'StandardInputText=hello\\n%p\nStandardInputData=aGVsbG8=',
  'StandardInputData=!!!',
  'KillMode=mixed\nKillSignal=INT\nRestartKillSignal=SIGHUP\nFinalKillSignal=9\nSendSIGKILL=no\nSendSIGHUP=on',
  'KillMode=bad\nKillSignal=NOPE\nFinalKillSignal=RTMIN+3\nSendSIGKILL=perhaps',
  'KillSignal=SIGQUIT\nKillSignal=\nKillSignal=RTMAX-1',
  'Restart=always\nRestartSec=5\nTimeoutSec=0\nWatchdogSec=10',
  'Restart=on-failure\nRestartSec=1min 30s\nTimeoutStartSec=infinity\nTimeoutStopSec=1h 5ms\nRuntimeMaxSec=1d',
  'Restart=sometimes\nRestartSec=x\nTimeoutStopSec=-1\nTimeoutStartSec=5 parsecs',
  'Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/second',
  'Type=oneshot\nRestart=always',
  'Type=oneshot\nRestart=on-failure\nRuntimeMaxSec=5',
  'Type=oneshot\nRestartForceExitStatus=1',
  'Type=oneshot\nExitType=cgroup',
  'ExecStart=/bin/second',
  'ExecStart=\nExecStop=/bin/x',
  'Type=forking\nPIDFile=/run/x.pid\nGuessMainPID=no',
  'Type=forking\nPIDFile=x.pid',
  'PIDFile=/var/run/x.pid',
  'Type=notify\nNotifyAccess=all',
  'Type=notify',
  'FileDescriptorStoreMax=5',
  'Type=dbus',
  'Type=dbus\nBusName=org.example.X',
  'BusName=org.example.Y',
  'Type=idle\nIgnoreSIGPIPE=no\nDynamicUser=no\nPermissionsStartOnly=yes',
  'Type=magic',
  'SuccessExitStatus=3 TEMPFAIL SIGKILL 300 NOPE\nRestartPreventExitStatus=255 SIGTERM',
  'OOMPolicy=continue\nTimeoutStartFailureMode=abort\nTimeoutStopFailureMode=kill',
  'OOMPolicy=x\nTimeoutStartFailureMode=x\nNotifyAccess=x\nExitType=x',
  'PAMName=x\nKillMode=process',
  'Sockets=a.socket b.service',
  'Bogus=1\nX-Mine=2\n=3\nnothing',
  'KillSignal = INT \n  Nice  =  3  ',
  'ExecSearchPath=/a/:/b//c:.:/d\nExecSearchPath=/%p:%z:/e',
  'ExecSearchPath=/a b:"/c:d":/e\nExecSearchPath=/f::/g\nExecSearchPath=/h:/i/../j:/k',
  'ExecSearchPath=/a:/b\nExecSearchPath=\nExecSearchPath=/a:/c:',
  'AmbientCapabilities=CAP_NET_BIND_SERVICE cap_net_raw NOPE 3 64 "CAP_CHOWN" kill CAP_KILL|CAP_X',
  'AmbientCapabilities=CAP_KILL CAP_CHOWN\nAmbientCapabilities=~CAP_KILL "open',
  'AmbientCapabilities=CAP_KILL\nAmbientCapabilities=~CAP_KILL\nAmbientCapabilities=~CAP_CHOWN\nAmbientCapabilities=CAP_CHOWN',
  'AmbientCapabilities=CAP_KILL\nAmbientCapabilities=',
  'AmbientCapabilities=CAP_KILL\nAmbientCapabilities=~',
  'AmbientCapabilities=CAP_KILL\nAmbientCapabilities=NOPE',
  'SetCredential=a:hello\\nthere\nSetCredential=b\nSetCredential=c/d:x\nSetCredential=e:\nSetCredential=f:\\q\nSetCredential=%z:x\nSetCredential=:x\nSetCredential="h i":y\nSetCredential=..:y\nSetCredential=z::',
  'LoadCredential=la\nLoadCredential=lb:/etc/passwd\nLoadCredential=lc:/etc/../passwd\nLoadCredential=ld:x/y\nLoadCredential=le:%z\nLoadCredential=%z\nLoadCredential=lf:/etc//x/%p\nLoadCredential=l/g:x\nLoadCredential=lh:\nLoadCredential=:x\nLoadCredential=li:/x/\nLoadCredential=lj:a:b',
  'FailureAction=reboot\nStartLimitInterval=5\nStartLimitBurst=2',
  'FailureAction=explode\nStartLimitBurst=x',
];

/** Text before [Service]. */
const UNIT_LINES: readonly string[] = [
  'Description=%z\nDocumentation=%z\nAfter=%z\nConditionHost=%z\nConditionPathExists=%z',
  'Description=A %n of %p\nDocumentation=man:x(1) https://example.org/x bad:url',
  'Description=\nDocumentation=man:a(1)\nDocumentation=\nDocumentation=file:/x',
  'Requires=a.service\nWants=b.service c.target\nAfter=a.service b.service\nBefore=d.service\nConflicts=e.service',
  'Requires=a b.service\nAfter=x@.service %p-other.service "q.service"\nWants=nope.bad',
  'Requisite=a.service\nBindsTo=b.service\nPartOf=c.service\nUpholds=d.service\nBindTo=e.service',
  'OnFailure=a.service\nOnSuccess=b.service\nPropagatesReloadTo=c.service\nReloadPropagatedFrom=d.service',
  'PropagatesStopTo=a.service\nStopPropagatedFrom=b.service\nJoinsNamespaceOf=c.service',
  'DefaultDependencies=no\nStopWhenUnneeded=yes\nRefuseManualStart=yes\nRefuseManualStop=true\nIgnoreOnIsolate=1',
  'DefaultDependencies=maybe\nOnFailureJobMode=isolate\nOnFailureIsolate=no',
  'OnFailureJobMode=bad\nJobTimeoutSec=x\nStartLimitIntervalSec=x\nStartLimitAction=x\nSuccessAction=x',
  'ConditionPathExists=/a\nConditionPathExists=!/b\nConditionPathExists=|/c\nConditionPathExists=|!/d',
  'ConditionPathExists=relative\nConditionHost=*\nConditionACPower=| true\nConditionUser=! root',
  'ConditionPathExists=/a\nConditionHost=\nConditionHost=x\nAssertPathExists=/x//y\nAssertHost=!z',
  'ConditionNope=x\nAssertPathIsDirectory=/%p\nConditionKernelVersion=>= 4',
  'ConditionPathExists=/a\nConditionPathExists=\nAssertUser=x\nAssertUser=',
  'RequiresOverridable=a.service\nX-Thing=1\nSourcePath=/x//%p/\nSourcePath=rel\nSourcePath=%z\nCollectMode=inactive',
  'Wants=a.service\nWants=\nWants=b.service a.service self.service',
];

const OTHERS: Readonly<Record<string, string>> = {
  'o1.socket':
    '[Socket]\nListenStream=80\nListenStream=127.0.0.1:81\nListenDatagram=[::1]:82\nListenSequentialPacket=/run/x\nListenFIFO=/run/f\nListenStream=@abstract',
  'o2.socket':
    '[Socket]\nListenStream=/var/run/x.sock\nSocketMode=0600\nSocketUser=root\nSocketGroup=adm\nBacklog=5\nBindIPv6Only=both\nKeepAlive=yes\nNoDelay=yes\nFreeBind=true',
  'o3.socket':
    '[Socket]\nAccept=yes\nListenStream=90\nMaxConnections=3\nTriggerLimitBurst=7\nTimeoutSec=5\nPassCredentials=yes\nRemoveOnStop=yes\nDirectoryMode=0700',
  'o3@.service': '[Service]\nExecStart=/bin/x',
  'o4.socket': '[Socket]\nListenStream=nope\nListenStream=99999\nListenFIFO=relative\nListenStream=1.2.3:4',
  'o10.socket':
    '[Socket]\nService=a.service\nListenStream=0\nListenStream=00\nListenStream=-1\nListenStream=65536\nListenStream=[::1]:0\nListenStream=[::1]:70000\nListenDatagram=1.2.3.4:-1\nListenDatagram=nope:99999\nListenDatagram=1:2:99999',
  'o5.socket': '[Socket]\nSocketMode=0600',
  'o6.socket':
    '[Socket]\nListenStream=91\nService=a.service\nExecStartPre=/bin/x\nExecStopPost=-/bin/y\nBindIPv6Only=bad\nSymlinks=/a',
  'o7.socket': '[Socket]\nListenStream=92\nAccept=yes\nService=a.service',
  'o8.socket': '[Socket]\nListenDatagram=93\nAccept=yes',
  'o9.socket':
    '[Socket]\nListenStream=/run/y\nSymlinks=/run/z relative\nFileDescriptorName=a:b\nService=x.target\nTriggerLimitIntervalSec=9s',
  'o1.service': '[Service]\nExecStart=/bin/x',
  'o2.service': '[Service]\nExecStart=/bin/x',
  'o9.service': '[Service]\nExecStart=/bin/x',
  't1.timer':
    '[Timer]\nOnCalendar=daily\nOnCalendar=Mon *-*-* 3:00 UTC\nOnBootSec=5min\nOnUnitActiveSec=1h 30s\nPersistent=yes\nAccuracySec=1us',
  't2.timer':
    '[Timer]\nOnCalendar=bad\nOnBootSec=x\nOnActiveSec=10\nUnit=a.service\nRandomizedDelaySec=1h\nFixedRandomDelay=yes\nRemainAfterElapse=no',
  't3.timer': '[Timer]\nPersistent=yes',
  't4.timer': '[Timer]\nOnBootSec=1\nOnCalendar=\nOnUnitInactiveSec=2\nUnit=t1.timer\nOnStartupSec=3d',
  't5.timer': '[Timer]\nOnClockChange=yes\nOnTimezoneChange=yes\nUnit=nonsense',
  't1.service': '[Service]\nExecStart=/bin/x',
  't4.service': '[Service]\nExecStart=/bin/x',
  't5.service': '[Service]\nExecStart=/bin/x',
  'p1.path':
    '[Path]\nPathExists=/a\nPathChanged=/b//c\nPathModified=/d\nDirectoryNotEmpty=/e\nPathExistsGlob=/f*\nMakeDirectory=yes\nDirectoryMode=0700',
  'p2.path': '[Path]\nPathExists=relative\nPathExists=/a\nPathExists=\nPathChanged=/z\nUnit=a.service',
  'p3.path': '[Path]\nMakeDirectory=yes',
  'p4.path': '[Path]\nPathChanged=/z\nTriggerLimitIntervalSec=5\nTriggerLimitBurst=9\nUnit=p1.path',
  'p1.service': '[Service]\nExecStart=/bin/x',
  'p4.service': '[Service]\nExecStart=/bin/x',
  'a.service': '[Service]\nExecStart=/bin/x',
  'bad1.service': '[Service\nExecStart=/bin/x',
  'bad2.service': 'ExecStart=/bin/x\n[Service]\nExecStart=/bin/y',
  'bad3.service': '[Unit]\nDescription=only\n[Socket]\nListenStream=1\n[X-Mine]\nA=1\n[Nope]\nB=2\n',
  'bad4.service': '\uFEFF[Service]\r\nExecStart=/bin/x \\\r\n  y\r\n',
  'bad5.service': '[Service]\nExecStart=/bin/x \\',
  'empty.service': '',
  'mask.service': '-> /dev/null',
  'success.service': '[Unit]\nSuccessAction=none\n[Service]\n',
};

test('services, rule by rule', () => {
  const files = Object.fromEntries(
    SERVICE_LINES.map((lines, index) => [
      `s-${index}.service`,
      `[Service]\nExecStart=/bin/first\n${lines}\n`,
    ]),
  );
  assert.equal(differences(files, Object.keys(files)), []);
});

test('[Unit], rule by rule', () => {
  const files = Object.fromEntries(
    UNIT_LINES.map((lines, index) => [
      `u-${index}.service`,
      `[Unit]\n${lines}\n[Service]\nExecStart=/bin/first\n`,
    ]),
  );
  assert.equal(differences(files, Object.keys(files)), []);
});

test('sockets, timers, paths, and files that are broken', () => {
  assert.equal(
    differences(
      OTHERS,
      Object.keys(OTHERS).filter((name) => !name.includes('@')),
    ),
    [],
  );
});

test('bytes, long lines, and line ends of all kinds', () => {
  const head = '[Service]\nExecStart=/bin/x\n';
  const files: Record<string, string | Uint8Array> = {
    'utf8.service': Buffer.concat([
      Buffer.from(`${head}Environment=A=`),
      Buffer.from([0xff]),
      Buffer.from('\nEnvironment=B=1\n'),
    ]),
    'cr.service': `${head.replaceAll('\n', '\r')}Environment=A=1\rEnvironment=B=2`,
    'nul.service': `${head}Environment=A=1\0Environment=B=2\nEnvironment=C=3\n`,
    'long.service': `${head}Environment=A=${'x'.repeat(1024 * 1024 - 20)}\nEnvironment=B=1\n`,
    'continued.service': `${head}Environment=A=1 \\\n${'B=x \\\n'.repeat(2000)}C=1\n`,
    'ends.service': `${head}Environment=A=1\n\rEnvironment=B=2\r\n\r\nEnvironment=C=3`,
    'backslashes.service': `${head}Environment=A=1\\\\\nEnvironment=B=2 \\\n \\\n\nEnvironment=C=3`,
    'headers.service': '[Unit]\nDescription=a\n[Service] \n ExecStart=/bin/x\n[ Service ]\nEnvironment=A=1\n',
    'header.service': '[Service]\nExecStart=/bin/x\n[Service]x\nEnvironment=B=1\n',
    'equals.service': `${head}Environment = A=1\nEnvironment=\tB=2\t\n  = x\nEnvironment\nEnvironment C\n`,
  };
  assert.equal(differences(files, Object.keys(files)), []);
  const tooLong = loadUnits(unitSource(), {
    host,
    searchPath: [unitDirectory({ 'x.service': `${head}Environment=A=${'x'.repeat(1024 * 1024)}\n` })],
  });
  assert.is(tooLong.load('x.service').loadState, 'error');
});

test('drop-ins, templates, aliases and links', () => {
  const service = '[Service]\nExecStart=/bin/x %i\n';
  const files: Record<string, string> = {
    'foo-bar.service': service,
    'esc-a\\x2db@.service': '[Service]\nExecStart=/bin/x %p %P %i %I %j %J %f %n %N %y %Y\n',
    'pre@.service': '[Service]\nExecStart=/bin/x %p %P %i %I %j %J %f\n',
    'foo-bar.service.d/10.conf': '[Service]\nEnvironment=A=10\n[Unit]\nDescription=ten',
    'foo-bar.service.d/20.conf': '[Service]\nEnvironment=B=20 A=20',
    'foo-.service.d/15.conf': '[Service]\nEnvironment=C=15 A=15',
    'foo-.service.d/20.conf': '[Service]\nEnvironment=HIDDEN=1',
    'service.d/00.conf': '[Service]\nEnvironment=T=0',
    'service.d/10.conf': '[Service]\nEnvironment=HIDDEN=2',
    't@.service': service,
    't@.service.d/a.conf': '[Service]\nEnvironment=TEMPLATE=%i',
    't@x.service.d/a.conf': '[Service]\nEnvironment=INSTANCE=%I',
    't@x.service.d/b.conf': '-> /dev/null',
    'real.service': service,
    'alias.service': '-> real.service',
    'alias.service.d/x.conf': '[Service]\nEnvironment=ALIAS=1',
    'real.service.wants/a.service': '-> ../a.service',
    'alias.service.requires/b.service': '-> ../b.service',
    't@.service.wants/w@.service': '-> ../w@.service',
    'foo-.service.wants/a.service': '-> ../a.service',
    'w@.service': service,
    'a.service': service,
    'b.service': service,
    'only-dropin.service.d/x.conf': service,
    'al@.service': '-> t@.service',
    'fixed@inst.service': '-> t@.service',
    'loop1.service': '-> loop2.service',
    'loop2.service': '-> loop1.service',
    'missing-target.service': '-> nowhere.service',
  };
  const names = [
    'foo-bar.service',
    't@x.service',
    't@y-z.service',
    't@a\\x2fb.service',
    'alias.service',
    'esc-a\\x2db@c-d\\x2fe.service',
    'pre@srv-data.service',
    'pre@.hidden.service',
    'a.service',
    'only-dropin.service',
    'al@q.service',
    'gone.service',
  ];
  assert.equal(differences(files, names), []);
});

test('the units of the packages on this machine', () => {
  const own = '/lib/systemd/system';
  const names = readdirSync(own)
    .filter((name) => /\.(service|socket|timer|path)$/.test(name) && !isReplaced(name))
    .filter((name) => !/^(initrd|systemd-(suspend|hibernate|hybrid|soft))/.test(name))
    .map((name) => name.replace('@.', '@instance.'));
  assert.ok(names.length > 20, `only ${names.length} units in ${own}`);
  const directory = unitDirectory({ 'all.target': `[Unit]\nWants=${names.join(' ')}\n` });
  const dump = dumpUnits(directory, 'all.target', own);
  const loader = loadUnits(unitSource(), { host, searchPath: [directory, own] });
  for (const name of names) {
    const unit = loader.load(name);
    const dumped = dump.units.get(unit.id);
    // What a container does without is masked here, by whichever name.
    if (dumped === undefined || unit.loadState === 'masked') continue;
    // The order of targets is made when all units are known.
    const { After: _after, Before: _before, ...ours } = asDumped(unit);
    assert.equal(theirs(dumped, ours), ours, name);
  }
});

test('an empty value for every key that works', () => {
  const keys = ['Service', 'Unit'].flatMap((section) =>
    [...keysOf(section)]
      .filter(([key, support]) => support === 'works' && !LEFT_OUT.test(key) && key !== 'ExecStart')
      .map(([key]) => [section, key] as const),
  );
  const files = Object.fromEntries(
    keys.map(([section, key], index) => [
      `e${index}.service`,
      `[Service]\nExecStart=/bin/first\n[${section}]\n${key}=\n`,
    ]),
  );
  assert.equal(differences(files, Object.keys(files)), []);
});

test('drop-ins for prefixes, from the special to the general', () => {
  const units = [
    'a-b-c.service',
    'x--y.service',
    '-lead.service',
    'tpl-a@i-j.service',
    'trail-.service',
    'plain.service',
  ];
  const directories =
    'a-.service|a-b-.service|a-b.service|x-.service|x--.service|x--y.service|-.service|service|tpl-@i-j.service|tpl-@.service|tpl-.service|tpl-a@.service|tpl-a@i-.service|trail-.service|plain-.service'.split(
      '|',
    );
  const files: Record<string, string> = { 'tpl-a@.service': '[Service]\nExecStart=/bin/x\n' };
  for (const unit of units) if (!unit.includes('@')) files[unit] = '[Service]\nExecStart=/bin/x\n';
  for (const [index, directory] of directories.entries()) {
    files[`${directory}.d/own-${index}.conf`] = `[Service]\nEnvironment=V${index}=1\n`;
    files[`${directory}.d/shared.conf`] = `[Service]\nEnvironment=SHARED=${index}\n`;
    if (directory !== 'service') files[`${directory}.wants/w${index}.service`] = `-> ../w.service`;
    files[`w${index}.service`] = '[Service]\nExecStart=/bin/x\n';
  }
  assert.equal(differences(files, units), []);
});

/** A directory's part of a random tree: files, links, masks, drop-ins, links of dependencies. */
const NAMES = ['a.service', 'b.service', 'c@.service', 'd.service'];
const part = fc
  .array(
    fc.oneof(
      fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom('file', 'file', 'mask', 'empty')),
      fc.tuple(
        fc.constantFrom('e.service', 'd.service', 'f@.service', 'c@one.service'),
        fc.constantFrom('a.service', 'c@.service', 'e.service', 'b.service'),
      ),
      fc.tuple(
        fc.constantFrom(
          'a.service.d/1.conf',
          'a.service.d/2.conf',
          'c@.service.d/1.conf',
          'c@one.service.d/1.conf',
          'e.service.d/3.conf',
          'service.d/0.conf',
        ),
        fc.constantFrom('drop-in', 'drop-in', 'mask', 'empty'),
      ),
      fc.tuple(
        fc.constantFrom(
          'a.service.wants/w.service',
          'a.service.requires/b.service',
          'c@.service.wants/w@.service',
          'e.service.wants/x.service',
        ),
        fc.constantFrom('link', 'link', 'mask'),
      ),
    ),
    { maxLength: 8 },
  )
  .map((entries) => Object.fromEntries(entries));

test('random trees over three directories', () => {
  const trees = fc.sample(fc.tuple(part, part, part), { numRuns: 15 });
  const found = trees.flatMap((parts) => {
    const asked = [
      'a.service',
      'b.service',
      'c@one.service',
      'c@two.service',
      'd.service',
      'e.service',
      'f@x.service',
    ];
    const directories = parts.map((entries, index) =>
      unitDirectory({
        ...(index === 0 ? { 'all.target': `[Unit]\nWants=${asked.join(' ')}\n` } : {}),
        ...Object.fromEntries(
          Object.entries(entries).map(([path, kind]) => [path, contentOf(path, kind, index)]),
        ),
      }),
    );
    const [first = '', ...rest] = directories;
    const dump = dumpUnits(first, 'all.target', ...rest);
    const loader = loadUnits(unitSource(), { host, searchPath: directories });
    return asked.flatMap((name) => {
      const unit = loader.load(name);
      const dumped = dump.units.get(unit.id);
      if (dumped === undefined)
        return [`${JSON.stringify(parts)} ${name}: ours is ${unit.id}, which systemd does not have`];
      const ours = {
        ...asDumped(unit),
        'Fragment Path': unit.fragmentPath === null ? [] : [unit.fragmentPath],
        'DropIn Path': unit.dropInPaths,
      };
      const other = theirs(dumped, ours);
      return Object.keys(ours).flatMap((key) =>
        JSON.stringify(ours[key as keyof typeof ours]) === JSON.stringify(other[key])
          ? []
          : [
              `${JSON.stringify(parts)} ${name} ${key}: ours ${JSON.stringify(ours[key as keyof typeof ours])} systemd ${JSON.stringify(other[key])}`,
            ],
      );
    });
  });
  assert.equal(found, []);
});

function contentOf(path: string, kind: unknown, index: number): string {
  if (kind === 'mask') return '-> /dev/null';
  if (kind === 'empty') return '';
  if (kind === 'file') return `[Service]\nExecStart=/bin/x\nEnvironment=FROM=${index}\n`;
  if (kind === 'drop-in') return `[Service]\nEnvironment=D${index}=${path}\n`;
  if (kind === 'link') return `-> ../${path.slice(path.indexOf('/') + 1)}`;
  return `-> ${String(kind)}`;
}

/** Values of all kinds, most of which are wrong for most keys. */
const VALUES =
  '|yes|no|TRUE|off|1|0|-1|5|007|0755|0x10|99999999999|5s|1min 30s|infinity|x|/a|/a//b/../c|-/a|~|a b|%n|%z|%%|100%|1K|1:2|2:1|SIGTERM|term|9|RTMIN+1|main|all|none|a.service|b.socket|c.timer|"q r"|\'s\'|"open|a=b|A=1 B=2|on-failure|always|oneshot|notify|mixed|control-group|process|kill|abort|journal|null|tty|socket|fd:x|file:/x|append:x|inherit|daily|Mon *-*-* 3:00|80|[::1]:80|@abs|restart|root|0:0|é|reboot|exit|isolate|fail|/bin/x y|-/bin/x|@/bin/x|!/bin/x|;'.split(
    '|',
  );
/** Kept out: what only 253 and newer know, what systemd refuses as a whole, and what depends on the host. */
const LEFT_OUT =
  /^(RestartSteps|RestartMaxDelaySec|RestartMode|ReloadSignal|UpheldBy|.*KernelModuleLoaded|ConditionVersion|AssertVersion|AssertFirmware|Limit(CPU|NICE).*)$/;

test('random values for every key that works', () => {
  const sections = [
    ['service', 'Service', 'ExecStart=/bin/first\n'],
    ['socket', 'Socket', 'ListenStream=/run/first\n'],
    ['timer', 'Timer', 'OnBootSec=1\n'],
    ['path', 'Path', 'PathExists=/first\n'],
    ['service', 'Unit', ''],
  ] as const;
  for (const [type, section, needed] of sections) {
    const keys = [...keysOf(section)]
      .filter(([key, support]) => support === 'works' && !LEFT_OUT.test(key))
      .map(([key]) => key);
    const assignment = fc
      .tuple(fc.constantFrom(...keys), fc.constantFrom(...VALUES))
      // A socket at a path with `..` is an error of systemd's own kind, without a word.
      .filter(([key, value]) => !key.startsWith('Listen') || !value.includes('..'))
      .map(([key, value]) => `${key}=${value}`);
    const bodies = fc.sample(fc.array(assignment, { minLength: 1, maxLength: 3 }), {
      numRuns: section === 'Service' ? 400 : 150,
    });
    const files = Object.fromEntries(
      bodies.map((lines, index) => [
        `z${index}.${type}`,
        `${section === 'Unit' ? '' : `[${section}]\n${needed}`}[${section}]\n${lines.join('\n')}\n${section === 'Unit' ? '[Service]\nExecStart=/bin/first\n' : ''}`,
      ]),
    );
    const others =
      type === 'service'
        ? {}
        : Object.fromEntries(
            bodies.map((_, index) => [`z${index}.service`, '[Service]\nExecStart=/bin/x\n']),
          );
    assert.equal(differences({ ...files, ...others }, Object.keys(files)), [], section);
  }
});

const pieces = fc.constantFrom(
  'a',
  'b',
  ' ',
  '  ',
  '"',
  "'",
  '\\',
  '\\\\',
  '\\"',
  "\\'",
  '\\n',
  '\\t',
  '\\s',
  '\\x41',
  '\\101',
  '\\u00e4',
  '$',
  '${A}',
  '$B',
  '%',
  '%%',
  '%p',
  ';',
  ' ; ',
  '\\;',
  ' \\; ',
  '/bin/x',
  '-',
  '@',
  '+',
  '!',
  ':',
  '#',
  'é',
  '=',
  '|',
  '*',
);
const text = fc.array(pieces, { minLength: 1, maxLength: 10 }).map((parts) => parts.join(''));

test('random command lines and environments', () => {
  const lines = fc.sample(fc.tuple(text, text, text), { numRuns: 250 });
  const files = Object.fromEntries(
    lines.map(([command, environment, words], index) => [
      `r-${index}.service`,
      `[Unit]\nDocumentation=${words}\nDescription=${words}\n[Service]\nExecStart=/bin/first\nExecStartPre=/bin/a ${command}\nExecStopPost=${command}\nEnvironment=A=${environment}\nEnvironment=${words}\nStandardInputText=${words}\nSyslogIdentifier=${environment}\n`,
    ]),
  );
  assert.equal(differences(files, Object.keys(files)), []);
});

test.run();
