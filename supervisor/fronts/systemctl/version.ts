// Which systemd systemctl and journalctl speak like: scripts read the number in `--version`.

import { VERSION } from '../../version.ts';

/** Debian bookworm's, which the tests compare with. */
export const SYSTEMD_VERSION = '252';

export const VERSION_TEXT = `systemd ${SYSTEMD_VERSION} (initkit ${VERSION})
+initkit -PAM -SELINUX default-hierarchy=unified
`;
