// Units of systemd.special(7) that every system has, for images that have programs with units but not the systemd package.

const TARGETS: Readonly<Record<string, readonly string[]>> = {
  'basic.target': [
    'Description=Basic System',
    'Requires=sysinit.target',
    'Wants=sockets.target timers.target paths.target slices.target',
    'After=sysinit.target sockets.target paths.target slices.target',
  ],
  'cryptsetup.target': ['Description=Local Encrypted Volumes'],
  'emergency.target': ['Description=Emergency Mode', 'AllowIsolate=yes'],
  'exit.target': [
    'Description=Exit the container',
    'DefaultDependencies=no',
    'AllowIsolate=yes',
    'Requires=shutdown.target',
    'After=shutdown.target',
  ],
  'final.target': [
    'Description=Late Shutdown Services',
    'DefaultDependencies=no',
    'RefuseManualStart=yes',
    'After=shutdown.target umount.target',
  ],
  'first-boot-complete.target': ['Description=First Boot Complete', 'RefuseManualStart=yes'],
  'getty.target': ['Description=Login Prompts'],
  'graphical.target': [
    'Description=Graphical Interface',
    'Requires=multi-user.target',
    'After=multi-user.target',
    'AllowIsolate=yes',
  ],
  'halt.target': ending('System Halt'),
  'local-fs-pre.target': ['Description=Preparation for Local File Systems', 'RefuseManualStart=yes'],
  'local-fs.target': [
    'Description=Local File Systems',
    'DefaultDependencies=no',
    'After=local-fs-pre.target',
  ],
  'multi-user.target': [
    'Description=Multi-User System',
    'Requires=basic.target',
    'Conflicts=rescue.service rescue.target',
    'After=basic.target rescue.service rescue.target',
    'AllowIsolate=yes',
  ],
  'network-online.target': ['Description=Network is Online', 'After=network.target'],
  'network-pre.target': ['Description=Preparation for Network', 'RefuseManualStart=yes'],
  'network.target': ['Description=Network', 'After=network-pre.target', 'RefuseManualStart=yes'],
  'nss-lookup.target': ['Description=Host and Network Name Lookups', 'RefuseManualStart=yes'],
  'nss-user-lookup.target': ['Description=User and Group Name Lookups', 'RefuseManualStart=yes'],
  'paths.target': early('Path Units'),
  'poweroff.target': ending('System Power Off'),
  'reboot.target': ending('System Reboot'),
  'remote-fs-pre.target': ['Description=Preparation for Remote File Systems', 'RefuseManualStart=yes'],
  'remote-fs.target': ['Description=Remote File Systems', 'After=remote-fs-pre.target'],
  'rescue.target': ['Description=Rescue Mode', 'AllowIsolate=yes'],
  'rpcbind.target': ['Description=RPC Port Mapper', 'RefuseManualStart=yes'],
  'shutdown.target': ['Description=System Shutdown', 'DefaultDependencies=no', 'RefuseManualStart=yes'],
  'slices.target': early('Slice Units'),
  'sockets.target': early('Socket Units'),
  'swap.target': ['Description=Swaps', 'DefaultDependencies=no'],
  'sysinit.target': [
    'Description=System Initialization',
    'DefaultDependencies=no',
    'Wants=local-fs.target swap.target',
    'After=local-fs.target swap.target',
    'Conflicts=shutdown.target',
    'Before=shutdown.target',
  ],
  'time-set.target': ['Description=System Time Set', 'RefuseManualStart=yes'],
  'time-sync.target': [
    'Description=System Time Synchronized',
    'RefuseManualStart=yes',
    'After=time-set.target',
    'Wants=time-set.target',
  ],
  'timers.target': early('Timer Units'),
  'umount.target': ['Description=Unmount All Filesystems', 'DefaultDependencies=no', 'RefuseManualStart=yes'],
};

function early(description: string): readonly string[] {
  return [
    `Description=${description}`,
    'DefaultDependencies=no',
    'Conflicts=shutdown.target',
    'Before=shutdown.target',
  ];
}

function ending(description: string): readonly string[] {
  return [
    `Description=${description}`,
    'DefaultDependencies=no',
    'AllowIsolate=yes',
    'Requires=shutdown.target umount.target final.target',
    'After=shutdown.target umount.target final.target',
  ];
}

/** rsyslog and its kin require it, and take their socket from it; programs write to /dev/log. */
const SYSLOG_SOCKET = [
  '[Unit]',
  'Description=Syslog Socket',
  'DefaultDependencies=no',
  'Before=sockets.target shutdown.target',
  'Conflicts=shutdown.target',
  '[Socket]',
  'ListenDatagram=/run/systemd/journal/syslog',
  'Symlinks=/dev/log',
  'SocketMode=0666',
  'PassCredentials=yes',
  'ReceiveBuffer=8M',
];

/** The text of a unit that every system has; undefined for all others. */
export function builtinUnit(name: string): string | undefined {
  if (name === 'syslog.socket') return `${SYSLOG_SOCKET.join('\n')}\n`;
  const lines = TARGETS[name];
  return lines === undefined ? undefined : `[Unit]\n${lines.join('\n')}\n`;
}

export const BUILTIN_UNITS: readonly string[] = [...Object.keys(TARGETS), 'syslog.socket'];

/** Names that stand for one of them where no link says otherwise. */
export const BUILTIN_ALIASES: Readonly<Record<string, string>> = {
  'default.target': 'multi-user.target',
  'ctrl-alt-del.target': 'reboot.target',
  'runlevel0.target': 'poweroff.target',
  'runlevel1.target': 'rescue.target',
  'runlevel2.target': 'multi-user.target',
  'runlevel3.target': 'multi-user.target',
  'runlevel4.target': 'multi-user.target',
  'runlevel5.target': 'graphical.target',
  'runlevel6.target': 'reboot.target',
};
