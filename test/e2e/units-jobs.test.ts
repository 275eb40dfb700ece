// Dependencies, jobs, timers, sockets and paths under Debian's systemd and under our PID 1: the same units, the same words.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { closeOracle, runOnBoth, type UnitCase } from '../support/systemd-oracle.ts';

const test = suite('units: jobs beside systemd');

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
journal() { quietly journalctl --sync; sleep 0.2; journalctl --no-pager -o short --since=@$SINCE -u "$1" | grep -vE 'Consumed .* CPU time|: Terminated$|Killing process|left-over process|This usually indicates|trigger source candidates|missing, skipping' | sed -E 's/^[A-Z][a-z]{2} [0-9 ]{2} [0-9:]{8} [^ ]+ //' > /tmp/j.$$; grep '^systemd\\[' /tmp/j.$$ | sed 's/^[^:]*: //'; grep -v '^systemd\\[' /tmp/j.$$; }
show() { systemctl show "$@" | sort; }
`;

const SLEEP = '[Service]\nExecStart=sleep 1000\n';
const FALSE = '[Service]\nType=oneshot\nExecStart=false\n';

/** Title → case; the script has journal and show besides the rig's own functions. */
const CASES: Readonly<Record<string, UnitCase>> = {
  'what is required and fails': {
    units: {
      'a.service': `[Unit]\nRequires=b.service\nAfter=b.service\n${SLEEP}`,
      'b.service': FALSE,
      'c.service': `[Unit]\nWants=b.service\nAfter=b.service\n${SLEEP}`,
      'd.service': `[Unit]\nRequires=nosuch.service\n${SLEEP}`,
      'e.service': `[Unit]\nWants=nosuch.service\n${SLEEP}`,
    },
    script: `for u in a c d e; do systemctl start $u; echo $?; show $u -p ActiveState,SubState; journal $u; done; systemctl start nosuch; echo $?`,
  },
  requisite: {
    units: { 'a.service': `[Unit]\nRequisite=b.service\nAfter=b.service\n${SLEEP}`, 'b.service': SLEEP },
    script: `systemctl start a; echo $?; systemctl is-active a b; journal a; systemctl start b; systemctl start a; echo $?; systemctl is-active a b; systemctl stop b; systemctl is-active a b`,
  },
  conflicts: {
    units: {
      'a.service': `[Unit]\nConflicts=b.service\n${SLEEP}`,
      'b.service': SLEEP,
      'c.service': `[Unit]\nRequires=a.service b.service\n${SLEEP}`,
    },
    // The start of the one does not wait for the end of the other.
    script: `gone() { until_ok "systemctl is-active $1 | grep -vx deactivating"; }; systemctl start b; systemctl start a; echo $?; gone b; systemctl is-active a b; systemctl start b; gone a; systemctl is-active a b; systemctl start c 2>/dev/null; echo $?; systemctl start --job-mode=fail a; echo $?; systemctl is-active a`,
  },
  'stops and restarts go along': {
    units: {
      'a.service': `[Unit]\nRequires=b.service\nAfter=b.service\n${SLEEP}`,
      'b.service': SLEEP,
      'c.service': `[Unit]\nPartOf=b.service\n${SLEEP}`,
      'd.service': `[Unit]\nBindsTo=b.service\nAfter=b.service\n${SLEEP}`,
    },
    script: `systemctl start a c d; systemctl is-active a b c d; old=$(systemctl show -P MainPID a c d); systemctl restart b; echo $?; systemctl is-active a b c d; [ "$old" = "$(systemctl show -P MainPID a c d)" ] || echo all are new
systemctl kill -s KILL b; until_ok 'systemctl is-failed b'; until_ok '! systemctl is-active d'; systemctl is-active a b c d; systemctl start a b c d; systemctl stop b; systemctl is-active a b c d; journal d`,
  },
  'what is not needed any more': {
    units: {
      'a.service': `[Unit]\nRequires=b.service\nAfter=b.service\n${SLEEP}`,
      'b.service': `[Unit]\nStopWhenUnneeded=yes\n${SLEEP}`,
    },
    script: `systemctl start a; systemctl is-active a b; systemctl stop a; until_ok '! systemctl is-active b'; systemctl is-active a b`,
  },
  'what cannot be asked for': {
    units: {
      'a.service': `[Unit]\nRefuseManualStart=yes\n${SLEEP}`,
      'b.service': `[Unit]\nRefuseManualStop=yes\n${SLEEP}`,
      'c.service': SLEEP,
      'bad.service': '[Service]\nType=simple\n',
    },
    script: `systemctl start a; echo $?; systemctl start b; echo $?; systemctl stop b; echo $?; systemctl reload c; echo $?; systemctl start c; systemctl reload c; echo $?; systemctl start bad; echo $?; systemctl mask --runtime c >/dev/null 2>&1; systemctl restart c; echo $?; systemctl stop c; systemctl start c; echo $?; systemctl unmask --runtime c >/dev/null 2>&1; ln -s /dev/null /etc/systemd/system/m.service; systemctl daemon-reload; systemctl start m; echo $?`,
  },
  // Names of its own: systemd refuses to stop what is ordered in a circle.
  'a cycle of the order': {
    units: {
      'ring.service': `[Unit]\nRequires=chain.service\nAfter=chain.service\n${SLEEP}`,
      'chain.service': `[Unit]\nAfter=ring.service\n${SLEEP}`,
      'c.target': '[Unit]\nWants=d.service e.service\n',
      'd.service': `[Unit]\nAfter=e.service\n${SLEEP}`,
      'e.service': `[Unit]\nAfter=d.service\n${SLEEP}`,
    },
    script: `systemctl start ring; echo $?; systemctl start c.target; echo $?; systemctl is-active c.target; systemctl is-active d e | sort`,
  },
  'targets, and order of start and stop': {
    units: {
      't.target': '[Unit]\nWants=early.service late.service\n',
      'early.service':
        '[Unit]\nBefore=late.service\nPartOf=t.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=sh -c "sleep 0.3; echo early up >> /case/log"\nExecStop=sh -c "echo early down >> /case/log"\n',
      'late.service':
        '[Unit]\nPartOf=t.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=sh -c "echo late up >> /case/log"\nExecStop=sh -c "sleep 0.3; echo late down >> /case/log"\n',
    },
    // One request: of several, systemd may carry out the first before it has read the second.
    script: `systemctl start t.target; echo $?; systemctl is-active t.target early late; systemctl stop t.target; until_ok 'grep -q "early down" /case/log'; cat /case/log; systemctl is-active t.target; journal t.target`,
  },
  'jobs are replaced, cancelled and merged': {
    units: {
      'a.service': '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=sleep 1000\n',
      'b.service': `[Unit]\nAfter=a.service\n${SLEEP}`,
    },
    script: `systemctl start --no-block a b; until_ok 'systemctl show -P SubState a | grep -qx start'; systemctl list-jobs --no-legend | sed 's/^ *[0-9]* *//' | sort; systemctl is-active a b; systemctl start --no-block a; systemctl list-jobs --no-legend | wc -l; systemctl stop a; echo $?; until_ok 'systemctl is-active b'; systemctl is-active a b; journal a`,
  },
  'restart, try-restart, reload-or-restart': {
    units: { 'a.service': SLEEP, 'b.service': '[Service]\nExecStart=sleep 1000\nExecReload=echo reloaded\n' },
    script: `systemctl try-restart a; echo $?; systemctl is-active a; systemctl restart a; echo $?; systemctl is-active a; one=$(systemctl show -P MainPID a); systemctl try-restart a; two=$(systemctl show -P MainPID a); [ $one = $two ] || echo another; systemctl reload-or-restart a; [ $two = $(systemctl show -P MainPID a) ] || echo another; systemctl reload-or-restart b; systemctl is-active b; one=$(systemctl show -P MainPID b); systemctl reload-or-restart b; [ $one = $(systemctl show -P MainPID b) ] && echo the same; journal b`,
  },
  'a socket starts its service, again and again': {
    units: {
      'a.socket': '[Socket]\nListenStream=/run/case-a.sock\nSocketMode=0600\n',
      'a.service': `[Service]\nExecStart=sh -c 'echo "$LISTEN_FDS $LISTEN_FDNAMES"; [ "$LISTEN_PID" = $$$$ ] && echo mine; exec python3 /case/serve.py'\n`,
    },
    files: {
      'serve.py':
        'import socket\ns = socket.socket(fileno=3)\nc, _ = s.accept()\nprint(c.makefile().readline(), end="", flush=True)\n',
    },
    script: `systemctl start a.socket; echo $?; show a.socket -p ActiveState,SubState; stat -c %a /run/case-a.sock; echo one | socat -u STDIN UNIX:/run/case-a.sock; until_ok 'journalctl -u a.service | grep -q one'; until_ok 'systemctl show -P SubState a.socket | grep -q listening'; echo two | socat -u STDIN UNIX:/run/case-a.sock; until_ok 'journalctl -u a.service | grep -q two'; systemctl stop a.socket a.service; show a.socket -p ActiveState,SubState; journal a.service; journal a.socket`,
  },
  'a socket whose service cannot be started': {
    units: {
      'a.socket': '[Socket]\nListenStream=/run/case-a.sock\n',
      'a.service': '[Service]\nExecStart=false\n',
    },
    script: `systemctl start a.socket; echo one | socat -u STDIN UNIX:/run/case-a.sock; until_ok 'systemctl is-failed a.socket'; show a.socket -p ActiveState,SubState,Result; show a.service -p ActiveState,Result`,
  },
  'a connection each': {
    units: {
      'a.socket': '[Socket]\nListenStream=/run/case-a.sock\nAccept=yes\n',
      'a@.service': '[Service]\nStandardInput=socket\nExecStart=sed s/^/heard:/\n',
    },
    script: `systemctl start a.socket; for word in one two; do echo $word | socat -t 5 - UNIX:/run/case-a.sock; done; show a.socket -p ActiveState,SubState,NAccepted; until_ok '[ $(systemctl list-units --all --no-legend "a@*" | wc -l) = 0 ]'; systemctl stop a.socket`,
  },
  timers: {
    units: {
      'a.timer': '[Timer]\nOnActiveSec=200ms\nAccuracySec=1us\nUnit=b.service\n',
      'b.service': '[Service]\nType=oneshot\nExecStart=echo ticked\n',
      'c.timer': '[Timer]\nOnCalendar=*-*-* *:*:0/1\nAccuracySec=1us\nUnit=d.service\n',
      'd.service': '[Service]\nType=oneshot\nExecStart=sh -c "echo x >> /case/ticks"\n',
    },
    script: `systemctl start a.timer; echo $?; until_ok 'systemctl show -P SubState a.timer | grep -q elapsed'; show a.timer -p ActiveState,SubState,Result; journal b; systemctl start c.timer; until_ok '[ $(cat /case/ticks | wc -l) -ge 3 ]'; systemctl stop c.timer; show c.timer -p ActiveState,SubState; journal a.timer`,
  },
  paths: {
    units: {
      'a.path': '[Path]\nPathExists=/case/go\n',
      'a.service': '[Service]\nType=oneshot\nExecStart=rm /case/go\n',
      'b.path': '[Path]\nPathChanged=/case/conf\nUnit=b.service\n',
      'b.service': '[Service]\nType=oneshot\nExecStart=sh -c "echo seen >> /case/seen"\n',
      'c.path': '[Path]\nDirectoryNotEmpty=/case/spool\nMakeDirectory=yes\n',
      'c.service': '[Service]\nType=oneshot\nExecStart=sh -c "rm /case/spool/*"\n',
    },
    script: `systemctl start a.path b.path c.path; echo $?; show a.path -p ActiveState,SubState; touch /case/go; until_ok '! [ -e /case/go ]'; until_ok 'systemctl show -P SubState a.path | grep -q waiting'; touch /case/go; until_ok '! [ -e /case/go ]'; echo x > /case/conf; until_ok '[ -e /case/seen ]'; touch /case/spool/job; until_ok '! [ -e /case/spool/job ]'; until_ok 'systemctl show -P SubState c.path | grep -q waiting'; systemctl stop a.path b.path c.path; systemctl is-active a.path b.path c.path`,
  },
  'daemon-reload keeps what runs': {
    units: { 'a.service': SLEEP },
    script: `systemctl start a; pid=$(systemctl show -P MainPID a); sed -i 's/1000/2000/' /etc/systemd/system/a.service; systemctl daemon-reload; [ $pid = $(systemctl show -P MainPID a) ] && echo the same; systemctl restart a; tr '\\0' ' ' < /proc/$(systemctl show -P MainPID a)/cmdline; echo; rm /etc/systemd/system/a.service; systemctl daemon-reload; systemctl is-active a; show a -p LoadState; systemctl stop a; echo $?; systemctl start a; echo $?`,
  },
};

for (const [title, unitCase] of Object.entries(CASES)) {
  test(title, () => same({ ...unitCase, script: `${JOURNAL}${unitCase.script}` }));
}

test.run();
