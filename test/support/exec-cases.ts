// Cases for services beside systemd: how their processes are run (systemd.exec(5)). The scripts use journal and show of
// units-services.test.ts. What a process says before its exec, `(name)[PID]: …`, is left out: it may be gone before systemd's
// journal has seen whose it is.

import type { UnitCase } from './systemd-oracle.ts';

export const EXEC_CASES: Readonly<Record<string, UnitCase>> = {
  'identity: names, homes and groups': {
    units: {
      'a.service':
        '[Service]\nType=oneshot\nUser=daemon\nGroup=mail\nSupplementaryGroups=adm\nConfigurationDirectory=case-a\nStateDirectory=case-a:case-link\nExecStart=id\nExecStart=+sh -c "id -un; echo $$HOME $$USER"\nExecStart=!id -un\nExecStart=stat -c "%%n %%U %%G" /etc/case-a\nExecStart=readlink /var/lib/case-link\nExecStart=@/bin/echo other-name said\n',
      'b.service': '[Service]\nType=oneshot\nGroup=mail\nExecStart=id\n',
    },
    script: `for u in a b; do systemctl start $u; echo $?; journal $u; done; rm -rf /etc/case-a /var/lib/case-a /var/lib/case-link`,
  },
  'the environment of a process': {
    units: {
      'a.service': `[Service]
Type=oneshot
Environment=A=1 "B=two words" C=$A
EnvironmentFile=/case/env
EnvironmentFile=-/case/none
PassEnvironment=NOPE
UnsetEnvironment=B
ExecStart=sh -c 'env | grep -Ev "^(INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|MEMORY_PRESSURE.*|_|SHLVL|PWD|OLDPWD|LANG)=" | sort'
ExecStart=echo a=\${A} d=$D e=\${E}x $$HOME "$F" $F
`,
      'b.service':
        '[Service]\nType=oneshot\nUser=daemon\nRuntimeDirectory=case-b case-b/sub\nStateDirectory=case-b\nRuntimeDirectoryMode=0750\nExecStart=sh -c \'env | grep -Ev "^(INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|MEMORY_PRESSURE.*|_|SHLVL|PWD|OLDPWD|LANG)=" | sort; id -un; id -gn; pwd; umask; stat -c "%%n %%a %%U" /run/case-b /run/case-b/sub /var/lib/case-b\'\n',
      'c.service': '[Service]\nType=oneshot\nEnvironmentFile=/case/none\nExecStart=echo never\n',
    },
    files: { env: 'D=from file\nE="quoted # value"\nF="x  y"\n# comment\nA=overridden\n' },
    script: `systemctl start a; journal a; systemctl start b; journal b; ls -d /run/case-b; ls -d /var/lib/case-b; systemctl start c; echo $?; show c -p ActiveState,SubState,Result; journal c`,
  },
  'users, directories and limits that cannot be': {
    units: {
      'a.service': '[Service]\nType=oneshot\nUser=nosuchuser\nExecStart=echo never\n',
      'b.service': '[Service]\nType=oneshot\nGroup=nosuchgroup\nExecStart=echo never\n',
      'c.service': '[Service]\nType=oneshot\nWorkingDirectory=/no/such\nExecStart=echo never\n',
      'd.service': '[Service]\nType=oneshot\nWorkingDirectory=-/no/such\nExecStart=pwd\n',
      'e.service':
        '[Service]\nType=oneshot\nLimitNOFILE=128:256\nLimitCORE=0\nUMask=0077\nNice=5\nOOMScoreAdjust=300\nExecStart=sh -c "ulimit -Sn; ulimit -Hn; ulimit -c; umask; nice; cat /proc/self/oom_score_adj"\n',
    },
    script: `for u in a b c d e; do systemctl start $u; echo $?; show $u -p Result,ExecMainStatus; journal $u | grep -v '^('; done`,
  },
  streams: {
    units: {
      'a.service':
        '[Service]\nType=oneshot\nStandardOutput=file:/case/out\nStandardError=append:/case/err\nExecStart=sh -c "echo out; echo err >&2"\nExecStart=sh -c "echo more; echo more err >&2"\n',
      'b.service':
        '[Service]\nType=oneshot\nStandardInput=file:/case/in\nStandardOutput=truncate:/case/out2\nExecStart=cat\n',
      'c.service':
        '[Service]\nType=oneshot\nStandardOutput=null\nSyslogIdentifier=named\nExecStart=sh -c "echo out; echo err >&2; echo \'<3>bad\' >&2"\n',
      'd.service':
        '[Service]\nType=oneshot\nStandardInputText=some\\ntext\nStandardInput=data\nExecStart=cat\n',
    },
    files: { in: 'from a file\n' },
    script: `for u in a b c d; do systemctl start $u; echo $?; done; cat /case/out /case/err /case/out2; journal c; journalctl -u c -p err -o cat --no-pager --since=@$SINCE; journal d`,
  },
  'where a command is looked for, and what PATH it gets': {
    units: {
      'a.service':
        '[Service]\nType=oneshot\nExecSearchPath=/case/bin:/usr/bin:/bin\nExecStart=tool\nExecStart=sh -c "echo $$PATH"\n',
      'b.service': '[Service]\nType=oneshot\nEnvironment=PATH=/case/bin\nExecStart=tool\n',
      'c.service':
        '[Service]\nType=oneshot\nExecSearchPath=/case/bin\nEnvironmentFile=/case/env\nExecStart=tool\nExecStart=/bin/sh -c "echo $$PATH"\n',
    },
    files: { 'bin/tool': '#!/bin/sh\necho the tool\n', env: 'PATH=/usr/bin\n' },
    script: `for u in a b c; do systemctl start $u; show $u -p ExecSearchPath,ExecMainStatus; journal $u | grep -v '^('; done`,
  },
  'ambient capabilities': {
    units: {
      'a.service': `[Service]
Type=oneshot
User=daemon
AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_CHOWN CAP_SYS_TIME
LimitNOFILE=1000
ExecStart=grep Cap[AEPI] /proc/self/status
ExecStart=+grep CapAmb /proc/self/status
ExecStart=!grep Cap[AI] /proc/self/status
`,
      'b.service':
        '[Service]\nType=oneshot\nUser=daemon\nExecStart=grep Cap[AEPI] /proc/self/status\nExecStart=+grep Cap[AI] /proc/self/status\n',
    },
    script: `for u in a b; do systemctl start $u; show $u -p AmbientCapabilities; journal $u; done`,
  },
  // Debian's systemd hands them on by a mount, which in a container has to be asked for.
  'credentials are there while the unit runs': {
    units: {
      'a.service': `[Service]
Type=oneshot
RemainAfterExit=yes
User=daemon
SetCredential=one:first\\n
SetCredential=both:fallback
SetCredential=gone:instead
LoadCredential=both:/case/secret
LoadCredential=gone:/no/such/file
LoadCredential=tree:/case/tree
LoadCredential=stored:kept
LoadCredential=inherited
Environment=WHERE=%d
ExecStart=sh -c 'cd $$CREDENTIALS_DIRECTORY; pwd; echo $$WHERE; grep -r "" *; stat -c "%%a %%U %%G %%n" . *; touch x 2>/dev/null || echo not writable'
ExecStop=sh -c 'ls %d'
`,
      'b.service': '[Service]\nType=oneshot\nLoadCredential=x:/no/such/file\nExecStart=echo never\n',
    },
    files: {
      secret: 'from a file',
      'tree/a': 'A',
      'tree/sub/b': 'B',
      '/etc/credstore/kept': 'from the store',
    },
    script: `quietly mount --make-rshared /
systemctl start a; systemctl stop a; journal a; ls -d /run/credentials/a.service
systemctl start b; show b -p Result,ExecMainStatus; journal b | grep -v '^('; rm -rf /etc/credstore`,
  },
};
