// Units of the systemd package that have no place in a container: the supervisor does their work, or the host does.

/** Exact names, and templates by their prefix with `@`. */
const REPLACED: ReadonlySet<string> = new Set(
  // The journal is the supervisor's own.
  (
    'systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket systemd-journald-audit.socket ' +
    'systemd-journald-varlink@ systemd-journald@ systemd-journal-flush.service systemd-journal-catalog-update.service ' +
    // Nobody logs in at a console.
    'console-getty.service getty@ container-getty@ serial-getty@ autovt@ getty-static.service systemd-logind.service ' +
    'systemd-logind-varlink.socket systemd-user-sessions.service user@ user-runtime-dir@ debug-shell.service ' +
    'emergency.service rescue.service systemd-ask-password-console.path systemd-ask-password-console.service ' +
    'systemd-ask-password-wall.path systemd-ask-password-wall.service systemd-initctl.service systemd-initctl.socket ' +
    // Devices, the kernel, the clock and the network are the host's.
    'systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service ' +
    'systemd-udev-settle.service systemd-modules-load.service systemd-sysctl.service systemd-remount-fs.service ' +
    'systemd-fsck-root.service systemd-fsckd.service systemd-fsckd.socket systemd-binfmt.service systemd-hwdb-update.service ' +
    'systemd-random-seed.service systemd-boot-system-token.service systemd-boot-update.service systemd-pstore.service ' +
    'systemd-machine-id-commit.service systemd-firstboot.service systemd-timesyncd.service systemd-time-wait-sync.service ' +
    'systemd-networkd.service systemd-networkd.socket systemd-networkd-wait-online.service systemd-network-generator.service ' +
    'systemd-resolved.service systemd-oomd.service systemd-oomd.socket systemd-rfkill.service systemd-rfkill.socket ' +
    'systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-quotacheck.service quotaon.service ' +
    'systemd-repart.service systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-pcrphase-initrd.service ' +
    'kmod-static-nodes.service systemd-tmpfiles-setup-dev.service systemd-vconsole-setup.service keyboard-setup.service ' +
    'systemd-reboot.service systemd-poweroff.service systemd-halt.service systemd-kexec.service systemd-exit.service'
  ).split(' '),
);

/** Whether a container does without this unit. */
export function isReplaced(name: string): boolean {
  if (REPLACED.has(name)) return true;
  const at = name.indexOf('@');
  return at > 0 && REPLACED.has(name.slice(0, at + 1));
}

/** Whether a package has brought the file; one of the administrator's counts, whatever its name. */
export function isVendors(path: string): boolean {
  return path.startsWith('/lib/systemd/system/') || path.startsWith('/usr/lib/systemd/system/');
}
