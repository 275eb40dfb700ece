// Every key of a unit file that systemd (252 to 258) knows, and what becomes of it in a container.

/**
 * `works`: as systemd documents it. `harmless`: nothing in a container depends on it, so nothing is said. `sandbox`: it
 * would fence the service in; the container is the fence, and one warning names all such keys of a unit. `missing`: the
 * program, or who wrote the unit, may rely on it: a warning of its own. `gone`: systemd itself ignores it by now.
 */
export type Support = 'works' | 'harmless' | 'sandbox' | 'missing' | 'gone';

type Group = 'unit' | 'service' | 'socket' | 'timer' | 'path' | 'install' | 'exec' | 'kill' | 'cgroup';
/** Keys by what becomes of them, as words. */
type Table = Readonly<Partial<Record<Support, string>>>;

const CONDITIONS =
  'PathExists PathExistsGlob PathIsDirectory PathIsSymbolicLink PathIsMountPoint PathIsReadWrite PathIsEncrypted ' +
  'DirectoryNotEmpty FileNotEmpty FileIsExecutable NeedsUpdate FirstBoot Architecture Firmware Virtualization Host ' +
  'KernelCommandLine KernelVersion Version Credential Security Capability ACPower Memory CPUFeature CPUs Environment User ' +
  'Group ControlGroupController OSRelease MemoryPressure CPUPressure IOPressure KernelModuleLoaded';
const conditions = (prefix: string): string =>
  CONDITIONS.split(' ')
    .map((kind) => prefix + kind)
    .join(' ');

const GROUPS: Readonly<Record<Group, Table>> = {
  unit: {
    works:
      'Description Documentation Requires Requisite Wants BindsTo BindTo Upholds Conflicts Before After OnSuccess OnFailure ' +
      'PropagatesReloadTo PropagateReloadTo ReloadPropagatedFrom PropagateReloadFrom PropagatesStopTo StopPropagatedFrom ' +
      'PartOf RequiresOverridable RequisiteOverridable StopWhenUnneeded RefuseManualStart RefuseManualStop AllowIsolate ' +
      'DefaultDependencies OnFailureJobMode OnFailureIsolate IgnoreOnIsolate JobTimeoutSec StartLimitIntervalSec ' +
      'StartLimitInterval StartLimitBurst StartLimitAction FailureAction SuccessAction FailureActionExitStatus ' +
      `SuccessActionExitStatus SourcePath ${conditions('Condition')} ${conditions('Assert')}`,
    harmless:
      'JoinsNamespaceOf RequiresMountsFor WantsMountsFor OnSuccessJobMode JobRunningTimeoutSec JobTimeoutAction ' +
      'JobTimeoutRebootArgument RebootArgument CollectMode SurviveFinalKillSignal DebugInvocation',
    gone: 'IgnoreOnSnapshot',
  },
  install: {
    works: 'Alias WantedBy RequiredBy UpheldBy Also DefaultInstance',
  },
  service: {
    works:
      'Type ExitType RemainAfterExit GuessMainPID PIDFile ExecCondition ExecStartPre ExecStart ExecStartPost ' +
      'ExecReload ExecStop ExecStopPost Restart RestartSec RestartSteps RestartMaxDelaySec RestartMode ReloadSignal ' +
      'RestartPreventExitStatus RestartForceExitStatus SuccessExitStatus TimeoutSec TimeoutStartSec TimeoutStopSec ' +
      'TimeoutAbortSec TimeoutStartFailureMode TimeoutStopFailureMode RuntimeMaxSec WatchdogSec NotifyAccess ' +
      'PermissionsStartOnly Sockets FileDescriptorStoreMax StartLimitInterval ' +
      'StartLimitBurst StartLimitAction FailureAction',
    harmless:
      'RebootArgument BusName OOMPolicy RuntimeRandomizedExtraSec NonBlocking FileDescriptorStorePreserve ExecReloadPost',
    missing: 'RootDirectoryStartOnly OpenFile USBFunctionDescriptors USBFunctionStrings RefreshOnReload',
    gone: 'SysVStartPriority BusPolicy',
  },
  socket: {
    works:
      'ListenStream ListenDatagram ListenSequentialPacket ListenFIFO Accept SocketUser SocketGroup SocketMode DirectoryMode ' +
      'Backlog BindIPv6Only MaxConnections MaxConnectionsPerSource FileDescriptorName RemoveOnStop Symlinks Service ReusePort ' +
      'FreeBind KeepAlive NoDelay PassCredentials TriggerLimitIntervalSec TriggerLimitBurst TimeoutSec ExecStartPre ' +
      'ExecStartPost ExecStopPre ExecStopPost',
    harmless:
      'FlushPending Writable KeepAliveTimeSec KeepAliveIntervalSec KeepAliveProbes DeferAcceptSec Priority ReceiveBuffer ' +
      'SendBuffer IPTOS IPTTL Mark PipeSize Transparent Broadcast PassSecurity PassPacketInfo PassPIDFD ' +
      'AcceptFileDescriptors Timestamping TCPCongestion PollLimitIntervalSec PollLimitBurst DeferTrigger ' +
      'DeferTriggerMaxSec PassFileDescriptorsToExec XAttrEntryPoint XAttrListen XAttrAccept SmackLabel SmackLabelIPIn ' +
      'SmackLabelIPOut SELinuxContextFromNet MessageQueueMaxMessages MessageQueueMessageSize',
    missing: 'ListenNetlink ListenSpecial ListenMessageQueue ListenUSBFunction SocketProtocol BindToDevice',
  },
  timer: {
    works:
      'OnActiveSec OnBootSec OnStartupSec OnUnitActiveSec OnUnitInactiveSec OnCalendar ' +
      'AccuracySec RandomizedDelaySec FixedRandomDelay Persistent RemainAfterElapse Unit',
    harmless: 'WakeSystem DeferReactivation RandomizedOffsetSec',
    missing: 'OnClockChange OnTimezoneChange',
  },
  path: {
    works:
      'PathExists PathExistsGlob PathChanged PathModified DirectoryNotEmpty Unit MakeDirectory DirectoryMode ' +
      'TriggerLimitIntervalSec TriggerLimitBurst',
  },
  kill: {
    works: 'KillMode KillSignal RestartKillSignal FinalKillSignal WatchdogSignal SendSIGKILL SendSIGHUP',
  },
  exec: {
    works:
      'User Group SupplementaryGroups DynamicUser WorkingDirectory UMask Nice OOMScoreAdjust Environment ' +
      'EnvironmentFile PassEnvironment UnsetEnvironment StandardInput StandardOutput StandardError StandardInputText ' +
      'StandardInputData SyslogIdentifier SyslogLevel SyslogLevelPrefix IgnoreSIGPIPE LimitCPU LimitFSIZE LimitDATA LimitSTACK LimitCORE LimitRSS ' +
      'LimitNOFILE LimitAS LimitNPROC LimitMEMLOCK LimitLOCKS LimitSIGPENDING LimitMSGQUEUE LimitNICE LimitRTPRIO ' +
      'LimitRTTIME RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve StateDirectory StateDirectoryMode ' +
      'CacheDirectory CacheDirectoryMode LogsDirectory LogsDirectoryMode ConfigurationDirectory ConfigurationDirectoryMode ' +
      'ExecSearchPath AmbientCapabilities SetCredential LoadCredential',
    harmless:
      'SetLoginEnvironment CoredumpFilter IOSchedulingClass IOSchedulingPriority CPUSchedulingPolicy CPUSchedulingPriority ' +
      'CPUSchedulingResetOnFork CPUAffinity NUMAPolicy NUMAMask RemoveIPC TTYPath TTYReset TTYVHangup TTYVTDisallocate ' +
      'TTYRows TTYColumns SyslogFacility LogLevelMax LogRateLimitIntervalSec ' +
      'LogRateLimitBurst LogExtraFields LogFilterPatterns LogNamespace TimerSlackNSec KeyringMode MountFlags MountAPIVFS ' +
      'BindLogSockets TimeoutCleanSec PAMName UtmpIdentifier UtmpMode MemoryKSM StateDirectoryAccounting ' +
      'StateDirectoryQuota CacheDirectoryAccounting CacheDirectoryQuota LogsDirectoryAccounting LogsDirectoryQuota ' +
      'RootImagePolicy ExtensionImagePolicy MountImagePolicy MemoryTHP',
    sandbox:
      'SecureBits CapabilityBoundingSet NoNewPrivileges ProtectProc ProcSubset PrivateBPF BPFDelegateCommands ' +
      'BPFDelegateMaps BPFDelegatePrograms BPFDelegateAttachments SystemCallFilter SystemCallArchitectures ' +
      'SystemCallErrorNumber SystemCallLog MemoryDenyWriteExecute RestrictNamespaces RestrictRealtime RestrictSUIDSGID ' +
      'RestrictAddressFamilies LockPersonality DelegateNamespaces RestrictFileSystems LandlockConfig ReadWriteDirectories ' +
      'ReadOnlyDirectories InaccessibleDirectories ReadWritePaths ReadOnlyPaths InaccessiblePaths ExecPaths NoExecPaths ' +
      'PrivateTmp PrivateDevices PrivateNetwork ProtectKernelTunables ProtectKernelModules ProtectKernelLogs ProtectClock ' +
      'ProtectControlGroups PrivateMounts PrivateIPC PrivateUsers PrivatePIDs ProtectSystem ProtectHome ProtectHostname ' +
      'SELinuxContext AppArmorProfile SmackProcessLabel',
    missing:
      'RootDirectory RootImage RootImageOptions RootHash RootHashSignature RootVerity RootEphemeral RootMStack ExtensionDirectories ' +
      'ExtensionImages MountImages BindPaths BindReadOnlyPaths TemporaryFileSystem ' +
      'NetworkNamespacePath IPCNamespacePath UserNamespacePath Personality ' +
      'SetCredentialEncrypted LoadCredentialEncrypted ImportCredential',
    gone: 'Capabilities',
  },
  cgroup: {
    harmless:
      'Slice CPUAccounting CPUWeight StartupCPUWeight CPUQuotaPeriodSec MemoryAccounting MemoryMin DefaultMemoryMin ' +
      'DefaultMemoryLow DefaultStartupMemoryLow MemoryLow StartupMemoryLow IOAccounting IOWeight StartupIOWeight ' +
      'IODeviceWeight IODeviceLatencyTargetSec TasksAccounting DisableControllers DelegateSubgroup IPAccounting ' +
      'ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit ManagedOOMMemoryPressureDurationSec ' +
      'ManagedOOMPreference MemoryPressureThresholdSec MemoryPressureWatch CPUPressureThresholdSec CPUPressureWatch ' +
      'IOPressureThresholdSec IOPressureWatch NFTSet CoredumpReceive MemoryZSwapWriteback',
    sandbox:
      'DeviceAllow DevicePolicy IPAddressAllow IPAddressDeny IPIngressFilterPath IPEgressFilterPath BPFProgram ' +
      'SocketBindAllow SocketBindDeny RestrictNetworkInterfaces BindNetworkInterface TasksMax',
    missing:
      'AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes StartupAllowedMemoryNodes CPUQuota MemoryHigh StartupMemoryHigh ' +
      'MemoryMax StartupMemoryMax MemorySwapMax StartupMemorySwapMax MemoryZSwapMax StartupMemoryZSwapMax IOReadBandwidthMax ' +
      'IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax Delegate',
    gone:
      'CPUShares StartupCPUShares MemoryLimit BlockIOAccounting BlockIOWeight StartupBlockIOWeight BlockIODeviceWeight ' +
      'BlockIOReadBandwidth BlockIOWriteBandwidth NetClass',
  },
};

const SECTIONS: Readonly<Record<string, readonly Group[]>> = {
  Unit: ['unit'],
  Install: ['install'],
  Service: ['service', 'exec', 'kill', 'cgroup'],
  Socket: ['socket', 'exec', 'kill', 'cgroup'],
  Timer: ['timer'],
  Path: ['path'],
};

/** Sections whose keys are in the table; the others belong to units that no container runs. */
export const KNOWN_SECTIONS: readonly string[] = Object.keys(SECTIONS);

const tables = new Map<string, ReadonlyMap<string, Support>>();

/** All keys of a section, in the order of the table. */
export function keysOf(section: string): ReadonlyMap<string, Support> {
  const known = tables.get(section);
  if (known !== undefined) return known;
  const keys = new Map<string, Support>();
  for (const group of SECTIONS[section] ?? []) {
    for (const [support, words] of Object.entries(GROUPS[group]) as [Support, string][]) {
      for (const key of words.split(' ')) if (!keys.has(key)) keys.set(key, support);
    }
  }
  tables.set(section, keys);
  return keys;
}
