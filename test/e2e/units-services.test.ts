// Services under Debian's systemd and under our PID 1: the same unit, the same script, the same words.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXEC_CASES } from '../support/exec-cases.ts';
import { closeOracle, runOnBoth, type UnitCase } from '../support/systemd-oracle.ts';

const test = suite('units: services beside systemd');

test.after(closeOracle);

const same = async (unitCase: UnitCase): Promise<void> => {
  const { real, ours } = await runOnBoth(unitCase);
  assert.snapshot(ours, real);
};

/**
 * What the journal says of a unit: the manager's lines, then the programs' (their order among each other is a race), without
 * what only the kernel's accounting tells. systemd forgets what has ended well and is needed by nobody; we do not.
 */
const JOURNAL = `SINCE=$(date +%s.%N | cut -c1-17)
journal() { quietly journalctl --sync; sleep 0.2; journalctl --no-pager -o short --since=@$SINCE -u "$1" | grep -vE 'Consumed .* CPU time|: Terminated$|Killing process|left-over process|This usually indicates|trigger source candidates|missing, skipping|\\(program\\)\\[' | sed -E 's/^[A-Z][a-z]{2} [0-9 ]{2} [0-9:]{8} [^ ]+ //' > /tmp/j.$$; grep '^systemd\\[' /tmp/j.$$ | sed 's/^[^:]*: //'; grep -v '^systemd\\[' /tmp/j.$$; }
show() { systemctl show "$@" | sort; }
`;

/** Title → case; the script has journal and show besides the rig's own functions. */
const CASES: Readonly<Record<string, UnitCase>> = {
  'a simple service starts, is killed, and is not restarted': {
    units: { 'a.service': '[Service]\nExecStart=sleep 1000\n' },
    script: `
systemctl start a; echo $?
show a -p ActiveState,SubState,Result,NRestarts
systemctl kill -s KILL a
until_ok 'systemctl is-failed a'
show a -p ActiveState,SubState,Result,ExecMainCode,ExecMainStatus
systemctl start a; systemctl stop a; echo $?
show a -p ActiveState,SubState
journal a`,
  },
  'a service that ends with a code has failed': {
    units: { 'a.service': '[Service]\nExecStart=sh -c "exit 3"\n' },
    script: `
systemctl start a; echo $?
until_ok 'systemctl is-failed a'
show a -p ActiveState,SubState,Result,ExecMainCode,ExecMainStatus
systemctl reset-failed a; systemctl is-active a; journal a`,
  },
  'a program that is not there': {
    units: {
      'a.service': '[Service]\nExecStart=/no/such/program\n',
      'b.service': '[Service]\nType=oneshot\nExecStart=-/no/such/program\nExecStart=echo after\n',
    },
    script: `
systemctl start a; echo $?
until_ok 'systemctl is-failed a'
show a -p ActiveState,SubState,Result,ExecMainCode,ExecMainStatus; journal a
systemctl start b; echo $?; show b -p ActiveState,SubState,Result; journal b | grep -v subprocess`,
  },
  'a oneshot of several commands stops at the first that fails': {
    units: {
      'a.service':
        '[Service]\nType=oneshot\nExecStart=echo one\nExecStart=sh -c "exit 5"\nExecStart=echo three\nExecStopPost=sh -c "echo $SERVICE_RESULT $EXIT_CODE $EXIT_STATUS"\n',
      'b.service': '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=echo up\nExecStop=echo down\n',
    },
    script: `
systemctl start a; echo $?
show a -p ActiveState,SubState,Result; journal a
systemctl start b; echo $?; show b -p ActiveState,SubState; systemctl start b; systemctl stop b; journal b`,
  },
  'all the lists of commands, in their order': {
    units: {
      'a.service': `[Unit]
Description=In order
[Service]
ExecCondition=echo condition
ExecStartPre=echo pre one
ExecStartPre=-sh -c "echo pre two; exit 1"
ExecStart=sh -c 'echo start; trap "echo got term; exit 0" TERM; while :; do sleep 0.05; done'
ExecStartPost=sh -c 'until [ -e /case/up ]; do sleep 0.05; done; echo post'
ExecReload=echo reload one
ExecReload=echo reload two
ExecStop=echo stop
ExecStopPost=sh -c 'echo stop-post $SERVICE_RESULT $EXIT_CODE $EXIT_STATUS'
`,
    },
    script: `
systemctl start --no-block a; until_ok 'systemctl show a -p SubState | grep -q start-post'; show a -p ActiveState,SubState
sleep 0.3; touch /case/up; until_ok 'systemctl is-active a'
systemctl reload a; echo $?; systemctl stop a; echo $?; journal a`,
  },
  'Type=exec waits for the exec, and fails with it': {
    units: {
      'a.service': '[Service]\nType=exec\nExecStart=/no/such/program\n',
      'b.service': '[Service]\nType=exec\nUser=nosuchuser\nExecStart=sleep 1000\n',
      'c.service': '[Service]\nType=exec\nExecStart=sleep 1000\n',
    },
    script: `for u in a b c; do systemctl start $u; echo $?; show $u -p ActiveState,SubState,Result,ExecMainStatus; journal $u | grep -v '^('; done`,
  },
  'what outlives a restart': {
    units: {
      'a.service':
        '[Service]\nExecStart=sleep 1000\nRuntimeDirectory=case-a\nRuntimeDirectoryPreserve=restart\n',
      'b.service': '[Service]\nKillMode=process\nExecStart=sh -c "sleep 1007 & exec sleep 1008"\n',
    },
    script: `systemctl start a b; until_ok 'ls /run/case-a'; touch /run/case-a/kept; systemctl restart a; ls /run/case-a; systemctl stop a; ls /run/case-a; until_ok 'pgrep -f "sleep 1007"'; systemctl stop b; journal b; pkill -f "sleep 1007"`,
  },
  'what comes before a failure is told to OnFailure=': {
    units: {
      'a.service': '[Unit]\nOnFailure=note@%n.service\n[Service]\nType=oneshot\nExecStart=sh -c "exit 7"\n',
      'note@.service':
        '[Service]\nType=oneshot\nExecStart=sh -c \'env | grep ^MONITOR | sed "s/INVOCATION_ID=.*/INVOCATION_ID=/" | sort\'\n',
    },
    script: `systemctl start a; until_ok 'journalctl -u note@a.service.service -o cat | grep -q Finished'; journal note@a.service.service`,
  },
  'output: empty lines, levels and lines that are none': {
    units: {
      'a.service':
        '[Service]\nType=oneshot\nSyslogLevel=notice\nExecStart=printf "one\\\\n\\\\n<3>two\\\\n<6>\\\\n"\n',
      'b.service':
        '[Service]\nType=oneshot\nSyslogLevelPrefix=no\nExecStart=printf "<3>as it is\\\\n\\\\ta\\\\033[31mred\\\\033[0m\\\\n\\\\001x\\\\n"\n',
      'c.service': '[Service]\nType=oneshot\nEnvironmentFile=/case/env\nExecStart=sh -c "echo $$GOOD"\n',
    },
    files: { env: '1BAD=x\nexport F=1\nGOOD=yes\n' },
    script: `for u in a b c; do systemctl start $u; journal $u; done; journalctl -u a -p notice..notice -o cat --since=@$SINCE --no-pager | grep one`,
  },
  'a condition command that fails skips the unit': {
    units: {
      'a.service': '[Service]\nType=oneshot\nExecCondition=sh -c "exit 1"\nExecStart=echo never\n',
      'b.service': '[Service]\nType=oneshot\nExecCondition=sh -c "exit 255"\nExecStart=echo never\n',
    },
    script: `systemctl start a; echo $?; show a -p ActiveState,SubState; journal a; systemctl start b; echo $?; show b -p ActiveState,SubState,Result; journal b`,
  },
  'conditions and asserts of the unit': {
    units: {
      'a.service': '[Unit]\nConditionPathExists=/no/such\n[Service]\nExecStart=sleep 100\n',
      'b.service': '[Unit]\nAssertPathExists=!/etc\n[Service]\nExecStart=sleep 100\n',
      'c.service':
        '[Unit]\nConditionPathExists=|/no/such\nConditionPathExists=|!/etc\n[Service]\nExecStart=sleep 100\n',
    },
    script: `for u in a b c; do systemctl start $u; echo $?; show $u -p ActiveState,SubState; journal $u; done`,
  },
  'a failing ExecStartPre': {
    units: {
      'a.service': '[Service]\nExecStartPre=sh -c "exit 4"\nExecStart=sleep 100\nExecStopPost=echo cleaned\n',
    },
    script: `systemctl start a; echo $?; show a -p ActiveState,SubState,Result; journal a`,
  },
  'restart on failure, until the limit is hit': {
    units: {
      'a.service':
        '[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=1min\n[Service]\nExecStart=sh -c "exit 7"\nRestart=on-failure\nRestartSec=50ms\n',
    },
    script: `systemctl start a; echo $?; until_ok 'systemctl show a -p SubState | grep -q =failed && systemctl show a -p NRestarts | grep -q 3'; show a -p ActiveState,SubState,Result,NRestarts; journal a; systemctl start a; echo $?; systemctl reset-failed a; show a -p NRestarts,Result,ActiveState`,
  },
  'a forking service by its PID file': {
    units: {
      'a.service':
        '[Service]\nType=forking\nPIDFile=/run/case-a.pid\nExecStart=sh /case/daemon.sh\nExecStop=sh -c "echo stopping; kill $MAINPID"\n',
    },
    files: {
      'daemon.sh':
        '#!/bin/sh\n(sleep 1000 & echo $! > /run/case-a.pid; wait $!) >/dev/null 2>&1 &\nuntil [ -s /run/case-a.pid ]; do sleep 0.05; done\n',
    },
    script: `systemctl start a; echo $?; show a -p ActiveState,SubState,Type; [ "$(cat /run/case-a.pid)" = "$(systemctl show -P MainPID a)" ] && echo same pid
until_ok 'journalctl -u a | grep -q "which is not our child"' && echo its parent stays
systemctl stop a; echo $?; show a -p ActiveState,SubState,Result; ls /run/case-a.pid; journal a | grep -vE 'PID file|not our child'`,
  },
  'a daemon whose parents have ended is a child of ours, and its end is told': {
    units: {
      'a.service': '[Service]\nType=forking\nPIDFile=/run/case-a.pid\nExecStart=sh /case/daemon.sh\n',
    },
    files: {
      'daemon.sh':
        '#!/bin/sh\n(setsid sh -c "echo \\$\\$ > /run/case-a.pid; exec sleep 1000" >/dev/null 2>&1 &)\nuntil [ -s /run/case-a.pid ]; do sleep 0.05; done\n',
    },
    script: `systemctl start a; echo $?; sleep 1; kill -KILL $(systemctl show -P MainPID a); until_ok 'systemctl is-failed a'
show a -p ActiveState,SubState,Result,ExecMainCode,ExecMainStatus; journal a | grep -v 'PID file'`,
  },
  'a forking service without a PID file is guessed': {
    units: {
      'a.service': '[Service]\nType=forking\nExecStart=sh -c "sleep 1000 & exit 0"\n',
      'b.service': '[Service]\nType=forking\nExecStart=sh -c "exit 2"\n',
    },
    script: `systemctl start a; echo $?; show a -p ActiveState,SubState; kill -9 $(systemctl show -P MainPID a); until_ok 'systemctl is-failed a'; journal a
systemctl start b; echo $?; journal b`,
  },
  'notify: ready, status, reloading, stopping': {
    units: {
      'a.service':
        '[Service]\nType=notify\nNotifyAccess=all\nExecStart=sh /case/daemon.sh\nExecReload=kill -HUP $MAINPID\n',
    },
    files: {
      'daemon.sh': `#!/bin/sh
trap 'systemd-notify --status=reloaded' HUP
trap 'systemd-notify --status=going STOPPING=1; exit 0' TERM
until [ -e /case/go ]; do sleep 0.05; done
systemd-notify --ready --status="all is well"
while :; do sleep 0.05; done
`,
    },
    script: `systemctl start --no-block a; until_ok 'systemctl show a -p SubState | grep -q =start'; show a -p ActiveState,SubState; touch /case/go; until_ok 'systemctl is-active a'; until_ok 'systemctl show -P StatusText a | grep -q well'; show a -p ActiveState,SubState,StatusText
systemctl reload a; until_ok 'systemctl show -P StatusText a | grep -q reloaded'; systemctl stop a; echo $?; journal a`,
  },
  'notify: a service that ends without a word has failed by protocol': {
    units: { 'a.service': '[Service]\nType=notify\nExecStart=sh -c "exit 0"\n' },
    script: `systemctl start a; echo $?; show a -p ActiveState,SubState,Result; journal a`,
  },
  'a start that takes too long': {
    units: {
      'a.service': '[Service]\nType=notify\nExecStart=sleep 1000\nTimeoutStartSec=300ms\n',
      'b.service': '[Service]\nType=oneshot\nExecStart=sleep 1000\nTimeoutStartSec=300ms\n',
    },
    script: `systemctl start a; echo $?; show a -p ActiveState,SubState,Result; journal a; systemctl start b; echo $?; journal b`,
  },
  'a stop that takes too long': {
    units: {
      'a.service':
        '[Service]\nExecStart=sh -c \'trap "" TERM; echo up; while :; do sleep 0.05; done\'\nTimeoutStopSec=300ms\n',
      'b.service':
        '[Service]\nExecStart=sh -c \'trap "" TERM; echo up; while :; do sleep 0.05; done\'\nTimeoutStopSec=300ms\nSendSIGKILL=no\n',
    },
    script: `systemctl start a; until_ok 'journalctl -u a -o cat | grep -q up'; systemctl stop a; echo $?; show a -p ActiveState,SubState,Result; journal a | sed 's/Killing process [0-9]* (sleep).*/SLEEP/' | grep -v SLEEP`,
  },
  'the whole group is killed, or the main process alone': {
    units: {
      'a.service': '[Service]\nExecStart=sh -c "sleep 1001 & setsid sleep 1002 & wait"\n',
      'b.service': '[Service]\nExecStart=sh -c "sleep 1003 & exec sleep 1004"\nKillMode=process\n',
      'c.service': '[Service]\nExecStart=sh -c "sleep 1005 & exec sleep 1006"\nKillMode=mixed\n',
    },
    script: `for u in a b c; do systemctl start $u; done; until_ok 'pgrep -f "sleep 1002"'; until_ok 'pgrep -f "sleep 1006"'; for u in a b c; do systemctl stop $u; echo $?; done; for n in 1001 1002 1003 1004 1005 1006; do pgrep -f "sleep $n" >/dev/null && echo $n lives; done; pkill -f "sleep 1003"; for u in a b c; do journal $u | grep -v 'left-over\\|remains running\\|unsafe\\|left-behind\\|Killing process'; done`,
  },
  'the exits that count as success, and those that restart': {
    units: {
      'a.service': '[Service]\nExecStart=sh -c "exit 42"\nSuccessExitStatus=42\n',
      'b.service': '[Service]\nExecStart=sh -c "kill -USR1 $$$$"\nSuccessExitStatus=SIGUSR1\n',
      'c.service': '[Service]\nExecStart=sh -c "exit 9"\nRestart=always\nRestartPreventExitStatus=9\n',
      'd.service': '[Service]\nType=oneshot\nExecStart=sh -c "kill -TERM $$$$"\n',
    },
    script: `for u in a b c d; do systemctl start $u; echo $?; until_ok "systemctl is-active $u | grep -qE 'inactive|failed'"; show $u -p ActiveState,SubState; journal $u; done`,
  },
  'runtime limit and watchdog': {
    units: {
      'a.service': '[Service]\nExecStart=sleep 1000\nRuntimeMaxSec=300ms\n',
      'b.service':
        '[Service]\nType=notify\nNotifyAccess=all\nExecStart=sh -c "systemd-notify --ready; exec sleep 1000"\nWatchdogSec=300ms\nWatchdogSignal=SIGKILL\n',
    },
    script: `systemctl start a; until_ok 'systemctl is-failed a'; show a -p Result,ActiveState; journal a; systemctl start b; until_ok 'systemctl is-failed b'; show b -p Result,ActiveState; journal b`,
  },
  'OnFailure and OnSuccess': {
    units: {
      'a.service':
        '[Unit]\nOnFailure=note@%n.service\nOnSuccess=good.service\n[Service]\nType=oneshot\nExecStart=sh -c "exit 1"\n',
      'b.service':
        '[Unit]\nOnFailure=note@%n.service\nOnSuccess=good.service\n[Service]\nType=oneshot\nExecStart=true\n',
      'note@.service': '[Service]\nType=oneshot\nExecStart=echo noted %i\n',
      'good.service': '[Service]\nType=oneshot\nExecStart=echo good\n',
    },
    script: `systemctl start a; until_ok 'journalctl -u note@a.service.service -o cat | grep -q Finished'; journal a; journal note@a.service.service; systemctl start b; until_ok 'journalctl -u good -o cat | grep -q Finished'; journal b; journal good`,
  },
};

for (const [title, unitCase] of Object.entries({ ...CASES, ...EXEC_CASES })) {
  test(title, () => same({ ...unitCase, script: `${JOURNAL}${unitCase.script}` }));
}

test.run();
