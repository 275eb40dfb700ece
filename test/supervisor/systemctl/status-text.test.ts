// fronts/systemctl/status-text.ts: properties as Debian's `systemctl show` printed them → what its `status` printed.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StatusInput } from '../../../supervisor/fronts/systemctl/status-fields.ts';
import { statusText } from '../../../supervisor/fronts/systemctl/status-text.ts';

const test = suite('systemctl status');

const AT = 'Sat 2026-11-21 21:01:36 UTC';

function input(properties: Readonly<Record<string, string>>, rest: Partial<StatusInput> = {}): StatusInput {
  return {
    properties: new Map(Object.entries(properties)),
    states: new Map(),
    processes: [],
    unmet: null,
    monotonicUs: 105_000_000,
    nowMs: Date.UTC(2026, 10, 21, 21, 1, 41),
    glyphs: {
      active: '●',
      inactive: '○',
      failed: '×',
      reloading: '↻',
      branch: '├─',
      last: '└─',
      trunk: '│ ',
      arrow: '→',
      ellipsis: '…',
    },
    paint: (_color, text) => text,
    ...rest,
  };
}

const run = (path: string, argv: string, pid: number, end: string): string =>
  `{ path=${path} ; argv[]=${argv} ; ignore_errors=no ; start_time=[${AT}] ; stop_time=[${AT}] ; pid=${pid} ; ${end} }`;

const CASES: Readonly<Record<string, readonly [StatusInput, string]>> = {
  'a service that runs': [
    input(
      {
        Id: 'x.service',
        Description: 'The X',
        Documentation: '"man:x(1)" http://x',
        LoadState: 'loaded',
        ActiveState: 'active',
        SubState: 'running',
        Result: 'success',
        FragmentPath: '/etc/systemd/system/x.service',
        DropInPaths: '/etc/systemd/system/x.service.d/a.conf /etc/systemd/system/x.service.d/b.conf',
        UnitFileState: 'disabled',
        UnitFilePreset: 'enabled',
        ActiveEnterTimestamp: AT,
        ActiveEnterTimestampMonotonic: '100000000',
        TriggeredBy: 'tt.timer',
        MainPID: '116',
        ExecMainPID: '116',
        ExecStartPre: run('/bin/true', '/bin/true', 113, 'code=exited ; status=0'),
        ExecStart: run('/bin/sh', '/bin/sh -c echo hello; exec sleep 1000', 116, 'code=(null) ; status=0/0'),
        ControlGroup: '/system.slice/x.service',
        StatusText: 'at work',
      },
      {
        states: new Map([['tt.timer', 'active']]),
        processes: [{ pid: 116, comm: 'sleep', commandLine: 'sleep 1000' }],
      },
    ),
    `● x.service - The X
     Loaded: loaded (/etc/systemd/system/x.service; disabled; preset: enabled)
    Drop-In: /etc/systemd/system/x.service.d
             └─a.conf, b.conf
     Active: active (running) since ${AT}; 5s ago
TriggeredBy: ● tt.timer
       Docs: man:x(1)
             http://x
    Process: 113 ExecStartPre=/bin/true (code=exited, status=0/SUCCESS)
   Main PID: 116 (sleep)
     Status: "at work"
     CGroup: /system.slice/x.service
             └─116 sleep 1000
`,
  ],
  'a oneshot that has failed': [
    input({
      Id: 'f.service',
      Description: 'f.service',
      LoadState: 'loaded',
      ActiveState: 'failed',
      SubState: 'failed',
      Result: 'exit-code',
      FragmentPath: '/etc/systemd/system/f.service',
      UnitFileState: 'static',
      UnitFilePreset: 'enabled',
      InactiveEnterTimestamp: AT,
      InactiveEnterTimestampMonotonic: '104963000',
      ExecMainPID: '94',
      ExecMainCode: '1',
      ExecMainStatus: '1',
      ExecStart: run('/bin/false', '/bin/false', 94, 'code=exited ; status=1'),
    }),
    `× f.service
     Loaded: loaded (/etc/systemd/system/f.service; static)
     Active: failed (Result: exit-code) since ${AT}; 37ms ago
    Process: 94 ExecStart=/bin/false (code=exited, status=1/FAILURE)
   Main PID: 94 (code=exited, status=1/FAILURE)
`,
  ],
  'a service that was killed, with how long it was up': [
    input({
      Id: 'k.service',
      LoadState: 'loaded',
      ActiveState: 'failed',
      SubState: 'failed',
      Result: 'signal',
      InactiveEnterTimestamp: AT,
      InactiveEnterTimestampMonotonic: '104990000',
      ActiveEnterTimestampMonotonic: '43488000',
      ActiveExitTimestampMonotonic: '104990000',
      ExecMainPID: '119',
      ExecMainCode: '2',
      ExecMainStatus: '9',
      ExecStart: run('/bin/sh', '/bin/sh -c a ; b', 119, 'code=killed ; status=9'),
    }),
    `× k.service
     Loaded: loaded
     Active: failed (Result: signal) since ${AT}; 10ms ago
   Duration: 1min 1.502s
    Process: 119 ExecStart=/bin/sh -c a ; b (code=killed, signal=KILL)
   Main PID: 119 (code=killed, signal=KILL)
`,
  ],
  'a condition that was not met': [
    input(
      {
        Id: 'c.service',
        LoadState: 'loaded',
        ActiveState: 'inactive',
        SubState: 'dead',
        ConditionResult: 'no',
        ConditionTimestamp: AT,
        ConditionTimestampMonotonic: '104000000',
      },
      { unmet: 'ConditionPathExists=/nope' },
    ),
    `○ c.service
     Loaded: loaded
     Active: inactive (dead)
  Condition: start condition failed at ${AT}; 1s ago
             └─ ConditionPathExists=/nope was not met
`,
  ],
  'a unit that is masked': [
    input({
      Id: 'm.service',
      LoadState: 'masked',
      ActiveState: 'inactive',
      SubState: 'dead',
      LoadError: 'org.freedesktop.systemd1.UnitMasked "Unit m.service is masked."',
      UnitFileState: 'masked',
    }),
    `○ m.service
     Loaded: masked (Reason: Unit m.service is masked.)
     Active: inactive (dead)
`,
  ],
  'a timer, by the sooner of its two clocks': [
    input(
      {
        Id: 'tt.timer',
        LoadState: 'loaded',
        ActiveState: 'active',
        SubState: 'waiting',
        ActiveEnterTimestamp: AT,
        ActiveEnterTimestampMonotonic: '104000000',
        NextElapseUSecRealtime: 'Sun 2026-11-22 00:00:00 UTC',
        NextElapseUSecMonotonic: '1h 1min 45s',
        Triggers: 'x.service',
      },
      { nowMs: Date.UTC(2026, 10, 21, 21, 1, 41) },
    ),
    `● tt.timer
     Loaded: loaded
     Active: active (waiting) since ${AT}; 1s ago
    Trigger: Sat 2026-11-21 22:01:41 UTC; 1h 0min left
   Triggers: ○ x.service
`,
  ],
};

for (const [title, [given, text]] of Object.entries(CASES)) {
  test(title, () => assert.snapshot(statusText(given), text));
}

test.run();
