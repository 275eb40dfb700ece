// `AmbientCapabilities=` (systemd.exec(5), "Capabilities"), and the capabilities by name and number (capabilities(7)).

import type { ExecSettings } from './model.ts';
import type { Draft, KeyReaders } from './reading.ts';
import { splitWords } from './words.ts';

/** In the order of their numbers. */
export const CAPABILITIES: readonly string[] = (
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service ' +
  'net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin ' +
  'sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override ' +
  'mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'
)
  .split(' ')
  .map((name) => `cap_${name}`);

export const CAPABILITY_READERS: KeyReaders<Draft<Pick<ExecSettings, 'ambientCapabilities'>>> = {
  AmbientCapabilities(draft, { value }) {
    const inverted = value.startsWith('~');
    const named = namedIn(inverted ? value.slice(1) : value);
    const before = draft.ambientCapabilities;
    const all = CAPABILITIES.keys().toArray();
    // A list that names nothing replaces what was there, and so does the first one.
    if (named.length === 0 || before.length === 0) {
      draft.ambientCapabilities = all.filter((each) => named.includes(each) !== inverted);
    } else if (inverted) draft.ambientCapabilities = before.filter((each) => !named.includes(each));
    else draft.ambientCapabilities = all.filter((each) => before.includes(each) || named.includes(each));
  },
};

/** By name or number; what nobody knows is passed over, as systemd does without a word. */
function namedIn(list: string): readonly number[] {
  return splitWords(list, { unquote: true }).words.flatMap((word) => {
    const number = /^\d+$/.test(word) ? Number(word) : CAPABILITIES.indexOf(word.toLowerCase());
    return number >= 0 && number < CAPABILITIES.length ? [number] : [];
  });
}
