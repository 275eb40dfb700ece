// Units of systemd itself that are not started: what they do, initkit does, or no container has.

/** By the beginning of their names. */
const REPLACED: readonly (readonly [prefix: string, reason: string])[] = [
  ['systemd-journal', 'initkit keeps the journal itself'],
  ['systemd-initctl.', 'systemctl talks to initkit by its own socket'],
  ['systemd-ask-password-', 'nobody can be asked for passwords in a container'],
  ['systemd-udev', 'devices are the host’s'],
  ['systemd-logind.', 'nobody logs in to a container'],
  ['systemd-update-utmp', 'nobody logs in to a container'],
  ['systemd-user-sessions.', 'nobody logs in to a container'],
  ['user@', 'nobody logs in to a container'],
  ['user-runtime-dir@', 'nobody logs in to a container'],
  ['systemd-remount-fs.', 'file systems are mounted from outside'],
  ['systemd-networkd', 'the network is made by the engine'],
  ['systemd-network-generator.', 'the network is made by the engine'],
  ['systemd-tmpfiles-setup-dev', 'devices are the host’s'],
  ['systemd-oomd', 'memory is the host’s'],
  ['systemd-timesyncd.', 'the clock is the host’s'],
  ['getty@', 'nobody logs in to a container'],
  ['serial-getty@', 'nobody logs in to a container'],
  ['console-getty.', 'nobody logs in to a container'],
  ['container-getty@', 'nobody logs in to a container'],
];

/** Why a unit is not started in a container, whatever asks for it; null for all others. */
export function whyReplaced(name: string): string | null {
  return REPLACED.find(([prefix]) => name.startsWith(prefix))?.[1] ?? null;
}
