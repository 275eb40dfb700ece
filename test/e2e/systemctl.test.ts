// systemctl and journalctl beside Debian's, each with its own manager: the same commands, the same words and exit codes.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { closeOracle, runOnBoth, type UnitCase } from '../support/systemd-oracle.ts';

const test = suite('systemctl beside systemd');
test.after(closeOracle);

const WEB = `[Unit]
Description=The web
Documentation=man:web(8) https://example.org/web
[Service]
ExecStartPre=/bin/true
ExecStart=/bin/sh -c "echo hello; exec sleep 1000"
ExecReload=/bin/kill -HUP $MAINPID
[Install]
WantedBy=multi-user.target
`;
const OLD = `#!/bin/sh
### BEGIN INIT INFO
# Provides: old
# Required-Start: $remote_fs
# Required-Stop: $remote_fs
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: Of the last century
### END INIT INFO
case "$1" in start) sleep 1234 & ;; stop) pkill -f 'sleep 1234' ;; esac
`;
const FAILS = '[Service]\nType=oneshot\nExecStart=/bin/sh -c "echo oh >&2; exit 3"\n';
const KEPT =
  '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n';
const TEMPLATE = '[Service]\nExecStart=/bin/sleep 100%i\n';

/** Says every command and its exit code. */
const RUN = `r() { echo "\\$ $*"; "$@"; echo "=> $?"; }\n`;

const CASES: Readonly<Record<string, UnitCase>> = {
  'what is not there, not loaded, or cannot be': {
    units: { 'web.service': WEB, 't@.service': TEMPLATE, 'bad.service': '[Service]\nType=nonsense\n' },
    script: `
r systemctl stop bad; r systemctl start bad; r journalctl -u bad -o cat --no-pager -n 1
for verb in start stop restart try-restart reload reload-or-restart; do r systemctl $verb nope; done
r systemctl is-active nope web; r systemctl is-failed nope; r systemctl is-enabled nope; r systemctl status nope
r systemctl kill nope; r systemctl reset-failed nope; r systemctl cat nope; r systemctl cancel 4711
r systemctl show nope -p LoadState,ActiveState,SubState; r systemctl start 'a b'; r systemctl start t@.service
r systemctl reload web; r systemctl isolate web; r systemctl set-environment nothing; r systemctl list-dependencies nope
r systemctl start web nope; r systemctl is-active web; r systemctl stop 'nope*'; r systemctl start 'nope*'
for type in socket timer path target; do r systemctl status nope.$type; r systemctl show nope.$type -p LoadState; done
r systemctl status t@; r systemctl show t@; r systemctl is-active t@; r systemctl is-failed t@`,
  },
  'unit files that come, change and go without a daemon-reload': {
    units: { 'web.service': WEB, 'job.service': '[Service]\nType=oneshot\nExecStart=/bin/echo one\n' },
    script: `
D=/etc/systemd/system; r systemctl is-active new; cp $D/job.service $D/new.service; r systemctl start new; r systemctl is-active new
r systemctl start job; sleep 1; sed -i s/one/two/ $D/job.service; r systemctl start job; journalctl -u job -o cat --no-pager | grep -E '^(one|two)$'
for i in 1 2 3 4 5 6 7; do systemctl start job || echo too often; done
r systemctl start web; r systemctl show web -p NeedDaemonReload; sleep 1; echo '# more' >> $D/web.service; r systemctl show web -p NeedDaemonReload
r systemctl restart web; r systemctl is-active web; r systemctl daemon-reload; r systemctl show web -p NeedDaemonReload
r systemctl stop web
rm $D/new.service; r systemctl start new`,
  },
  'the life of a service in exit codes': {
    units: { 'web.service': WEB, 'fails.service': FAILS, 'kept.service': KEPT },
    script: `
r systemctl is-active web; r systemctl start web; r systemctl is-active web; r systemctl start web; r systemctl reload web
r systemctl is-active web
r systemctl condrestart web; r systemctl try-reload-or-restart web; r systemctl -q is-active web
r systemctl stop web; r systemctl stop web; r systemctl is-active web; r systemctl condrestart web; r systemctl is-active web
r systemctl start fails; r systemctl is-active fails; r systemctl is-failed fails web; r systemctl status fails -n 0
r systemctl reset-failed fails; r systemctl is-failed fails
r systemctl start kept; r systemctl is-active kept; r systemctl start --no-block web
until_ok 'systemctl is-active web'; r systemctl stop web kept`,
  },
  'status, as a person sees it': {
    units: {
      'web.service': WEB,
      'web.service.d/more.conf': '[Service]\nEnvironment=A=1\n',
      'web.service.d/post.conf': '[Service]\nExecStartPost=/bin/true\n',
      'fails.service': FAILS,
      'kept.service': KEPT,
      'skipped.service':
        '[Unit]\nConditionPathExists=/nope\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n',
      'again.service': '[Service]\nExecStart=/bin/sh -c "exit 7"\nRestart=always\nRestartSec=100\n',
      'says.service':
        '[Service]\nType=notify\nExecStart=/bin/sh -c "systemd-notify --ready --status=at\\\\ work; exec sleep 1000"\n',
      'bad.service': '[Service]\nType=nonsense\n',
    },
    script: `
systemctl enable -q skipped web; systemctl start web kept says again 2>/dev/null; quietly systemctl start fails skipped bad
until_ok 'systemctl show -P SubState again | grep auto-restart'
for unit in web kept says again fails skipped bad; do r systemctl status --no-pager -n 0 $unit; done
r systemctl status -n 0 web kept
quietly systemctl stop web; r systemctl status -n 0 web`,
  },
  'enable, disable and mask, with a manager': {
    units: { 'web.service': WEB, 'static.service': FAILS, 'off.service': KEPT },
    script: `
r systemctl enable web; r systemctl enable web; r systemctl is-enabled web; r systemctl enable --now off; r systemctl is-active off
r systemctl disable --now off; r systemctl is-active off; r systemctl disable web; r systemctl is-enabled web static
r systemctl enable static; r systemctl enable nope; r systemctl disable nope; r systemctl mask nope; r systemctl is-enabled nope
r systemctl start nope; r systemctl unmask nope; r systemctl mask web; r systemctl list-unit-files web.service static.service
r systemctl preset web; r systemctl reenable web; r systemctl get-default; r systemctl set-default nope.target
r systemctl add-wants multi-user.target static; r systemctl add-wants multi-user.target nope; ls /etc/systemd/system/multi-user.target.wants`,
  },
  'an init script without a unit is enabled by its links': {
    units: {
      'web.service': WEB,
      'alias.service':
        '[Service]\nExecStart=/bin/true\n[Install]\nAlias=nosuffix\nWantedBy=multi-user.target\n',
      't@.service': `${TEMPLATE}[Install]\nWantedBy=multi-user.target\n`,
    },
    files: { '/etc/init.d/old': OLD },
    script: `
systemctl daemon-reload; r systemctl enable old web; ls /etc/rc?.d | grep -c 'S..old'; r systemctl is-enabled -q old
r systemctl show old -p UnitFileState,SourcePath; r systemctl start old; r systemctl status -n 0 old | sed -n 1,3p
r systemctl stop old; r systemctl disable old; r systemctl is-enabled -q old; r systemctl reenable old
r systemctl enable alias; ls /etc/systemd/system/multi-user.target.wants; r systemctl enable t@; rm -f /etc/init.d/old /etc/rc?.d/*old`,
  },
  'show, for programs': {
    units: { 'web.service': WEB, 'fails.service': FAILS },
    script: `
systemctl start web; quietly systemctl start fails
r systemctl show web -p Id,Names,Description,LoadState,ActiveState,SubState,FragmentPath,UnitFileState,UnitFilePreset
r systemctl show web -p Type,Restart,NRestarts,Result,ExecMainCode,ExecMainStatus,RemainAfterExit,KillMode,CanReload,StatusText
r systemctl show -P ActiveState web fails; r systemctl show --value -p SubState web; r systemctl show -p Nonsense web
r systemctl show fails -p Result,ExecMainStatus,ExecMainCode,TimeoutStartUSec,TimeoutStopUSec,RestartUSec,WorkingDirectory,User
r systemctl show web.service -p Conflicts -p TriggeredBy -p DropInPaths
systemctl show web -p ExecStartPre,ExecReload | sed -E 's/\\[[^]]*\\]/[TIME]/g; s/pid=[1-9][0-9]*/pid=PID/'`,
  },
  lists: {
    units: {
      'web.service': WEB,
      'fails.service': FAILS,
      't@.service': TEMPLATE,
      'our.target': '[Unit]\nWants=web.service t@2.service our-other.target\n',
      'our-other.target': '[Unit]\nRequires=web.service\n',
      'tick.timer': '[Timer]\nOnActiveSec=5h\nUnit=web.service\n',
      'door.socket':
        '[Socket]\nListenStream=/run/door\nListenStream=127.0.0.1:7999\n[Install]\nWantedBy=sockets.target\n',
      'door.service': '[Service]\nExecStart=/bin/sleep 1000\n',
    },
    script: `
systemctl start web t@2 tick.timer door.socket our.target; quietly systemctl start fails
r systemctl list-units --no-pager 'web*' 'fails*' 't@*' our.target tick.timer; r systemctl list-units --plain --no-legend 't@*'
r systemctl list-units --state=failed 'fails*'; r systemctl list-units --type=timer,socket 'tick*' 'door*'; r systemctl -o json list-units web.service
r systemctl list-unit-files 'web*' 't@*' 'door*' 'our*'; r systemctl -o json-pretty list-unit-files 'web*'
r systemctl list-dependencies our.target; r systemctl list-dependencies --plain our.target; r systemctl list-dependencies --before tick.timer
r systemctl list-timers --no-legend 'tick*' | sed -E 's/^.* left/LEFT/'; r systemctl list-sockets --no-legend 'door*'
r systemctl list-jobs; r systemctl stop 'door*' tick.timer our.target 't@*' web; r systemctl is-active t@2 door.socket`,
  },
  signals: {
    units: {
      'traps.service':
        '[Service]\nExecStart=/bin/sh -c \'trap "echo usr1 >> /case/out" USR1; echo up > /case/out; while :; do sleep 0.1; done\'\n',
    },
    script: `
systemctl start traps; until_ok 'test -e /case/out'; r systemctl kill -s USR1 --kill-who=main traps; until_ok 'grep usr1 /case/out'; cat /case/out
r systemctl kill -s FOO traps; r systemctl kill --kill-who=nobody traps; r systemctl kill --kill-who=control traps
r systemctl kill -s KILL traps; until_ok 'systemctl is-failed traps'; systemctl show -p Result,ExecMainCode,ExecMainStatus traps`,
  },
  'variables for all units': {
    units: {
      'env.service': '[Service]\nType=oneshot\nExecStart=/bin/sh -c "echo $GREETING-$OTHER >> /case/out"\n',
    },
    script: `
r systemctl set-environment GREETING=hi OTHER='two words'; systemctl start env; r systemctl unset-environment OTHER; systemctl start env
systemctl show-environment | grep -E 'GREETING|OTHER'; OTHER=mine r systemctl import-environment OTHER NOT_SET; systemctl start env; cat /case/out
systemctl unset-environment GREETING OTHER; systemctl show-environment | grep -cE 'GREETING|OTHER'`,
  },
  'cat and drop-ins; a daemon-reload sees what has changed': {
    units: { 'web.service': WEB, 'web.service.d/a.conf': '[Service]\nEnvironment=A=1\n' },
    script: `
r systemctl cat web; r systemctl cat nope web; r systemctl show -p Environment web
printf '[Service]\\nEnvironment=B=2\\n' > /etc/systemd/system/web.service.d/b.conf; systemctl daemon-reload; r systemctl show -p Environment,DropInPaths web
systemctl start web; printf '[Unit]\\nDescription=Another\\n' > /etc/systemd/system/web.service.d/c.conf; systemctl daemon-reload
r systemctl show -p Description,ActiveState web; systemctl stop web`,
  },
  'the journal of a unit': {
    units: {
      'talks.service':
        '[Unit]\nDescription=Talks\n[Service]\nSyslogIdentifier=talker\nType=oneshot\nExecStart=/bin/sh -c "sleep 0.3; echo one; echo \'<3>two\'; echo Three >&2; sleep 0.3"\n',
    },
    script: `
SINCE=@$(date +%s); systemctl start talks; until_ok 'journalctl --sync; journalctl -u talks | grep Finished'
j() { echo "\\$ journalctl $*"; journalctl --no-pager --since=$SINCE "$@"; echo "=> $?"; }
j -u talks -o cat; j -u talks; j -u talks -o cat -r; j -u talks -p err -o cat; j -u talks -t talker -o cat; j -u talks -t nobody
r journalctl -u never-heard-of; r journalctl -u talks -o cat -n 2; r journalctl -u talks -n 1 --no-hostname -q -o cat
r journalctl -u talks -p nonsense; r journalctl --since nonsense; r journalctl -o nonsense; r journalctl -u talks --until=2001-01-01 -q
j -u talks -o json | grep -c '"MESSAGE":"one"'; r journalctl -u 'talk*' -o cat -n 1`,
  },
};

/** Lines whose order or presence differs from run to run. */
const UNSTEADY = /Consumed .* CPU time/;

for (const [title, unitCase] of Object.entries(CASES)) {
  test(title, async () => {
    const { real, ours } = await runOnBoth({ ...unitCase, script: RUN + unitCase.script });
    const steady = (text: string): string =>
      text
        .split('\n')
        .filter((line) => !UNSTEADY.test(line))
        .join('\n');
    assert.snapshot(steady(ours), steady(real));
  });
}

test.run();
