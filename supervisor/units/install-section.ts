// `[Install]` (systemd.unit(5)): what `systemctl enable` makes links from.

import type { InstallSettings } from './model.ts';
import { readSection, type Draft, type KeyReader, type KeyReaders, type Reading } from './reading.ts';
import type { Assignment } from './unit-ini.ts';
import { splitWords } from './words.ts';

const installWords =
  (field: 'alias' | 'wantedBy' | 'requiredBy' | 'upheldBy' | 'also'): KeyReader<Draft<InstallSettings>> =>
  (draft, assignment) => {
    if (assignment.value === '') draft[field] = [];
    else {
      const { words } = splitWords(assignment.value, { unquote: true, keepEscapes: true });
      draft[field] = [...draft[field], ...words];
    }
  };

export const INSTALL_READERS: KeyReaders<Draft<InstallSettings>> = {
  Alias: installWords('alias'),
  WantedBy: installWords('wantedBy'),
  RequiredBy: installWords('requiredBy'),
  UpheldBy: installWords('upheldBy'),
  Also: installWords('also'),
  DefaultInstance(draft, assignment) {
    draft.defaultInstance = assignment.value === '' ? null : assignment.value;
  },
};

/** Reads [Install] as it is written: names keep their specifiers until they are installed. */
export function readInstall(assignments: readonly Assignment[], reading: Reading): InstallSettings {
  const draft: Draft<InstallSettings> = {
    alias: [],
    wantedBy: [],
    requiredBy: [],
    upheldBy: [],
    also: [],
    defaultInstance: null,
  };
  readSection(draft, assignments, 'Install', INSTALL_READERS, reading);
  return draft;
}
