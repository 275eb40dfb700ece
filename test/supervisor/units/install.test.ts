// enable where systemd 252 is no oracle: what newer ones have, and the words of a systemctl that asks the manager.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hostFacts, unitSource } from '../../../supervisor/os/unit-source.ts';
import { afterChanges, changeText, failureText } from '../../../supervisor/units/install-changes.ts';
import type { InstallContext } from '../../../supervisor/units/install-info.ts';
import { disable, enable } from '../../../supervisor/units/install.ts';
import { contextAfter } from '../../../supervisor/units/link-writer.ts';
import { loadUnits } from '../../../supervisor/units/load.ts';
import { scanUnitFiles } from '../../../supervisor/units/search.ts';
import { unitFileState } from '../../../supervisor/units/unit-file-state.ts';
import type { UnitSource } from '../../../supervisor/units/unit-source.ts';

const test = suite('units enable and disable');
const host = hostFacts({});
const OPTIONS = { runtime: false, force: false };

/** A file system of these files alone. */
function tree(files: Readonly<Record<string, string>>): UnitSource {
  const names = Object.keys(files);
  return {
    ...unitSource('/nonexistent'),
    readText: (path) => (files[path] === undefined ? { code: 'ENOENT' } : { text: files[path] }),
    listDirectory: (path) =>
      names.filter((name) => name.startsWith(`${path}/`)).map((name) => name.slice(path.length + 1)),
    kind: (path) => (files[path] === undefined ? null : 'file'),
    size: (path) => files[path]?.length ?? null,
  };
}

function contextOf(files: Readonly<Record<string, string>>): InstallContext {
  const source = tree(files);
  return { source, files: scanUnitFiles(source), host };
}

const UPHELD = {
  '/usr/lib/systemd/system/a.service': '[Service]\nExecStart=/bin/x\n[Install]\nUpheldBy=b.service\n',
  '/usr/lib/systemd/system/b.service': '[Service]\nExecStart=/bin/x\n',
};

test('UpheldBy= links a unit to the one that keeps it running, and back', () => {
  const context = contextOf(UPHELD);
  const { changes } = enable(context, ['a.service'], OPTIONS);
  const said = changes.map((change) => changeText(change, 'enable'));
  assert.equal(said, [
    'Created symlink /etc/systemd/system/b.service.upholds/a.service → /usr/lib/systemd/system/a.service.',
  ]);
  const after = contextAfter(context, changes);
  assert.is(unitFileState(after, 'a.service'), 'enabled');
  assert.equal(loadUnits(after.source, { host }).load('b.service').dependencies.upholds, ['a.service']);
  const removed = disable(after, ['a.service'], OPTIONS);
  assert.is(unitFileState(contextAfter(after, removed.changes), 'a.service'), 'disabled');
});

test('changes are seen without being made', () => {
  const source = tree({ '/etc/systemd/system/a.service': 'x' });
  const seen = afterChanges(source, [
    { kind: 'unlink', path: '/etc/systemd/system/a.service' },
    {
      kind: 'symlink',
      path: '/etc/systemd/system/x.target.wants/a.service',
      target: '/etc/systemd/system/a.service',
    },
  ]);
  assert.equal(seen.listDirectory('/etc/systemd/system'), ['x.target.wants']);
  assert.equal(seen.listDirectory('/etc/systemd/system/x.target.wants'), ['a.service']);
  assert.is(seen.kind('/etc/systemd/system/a.service'), null);
  assert.is(source.kind('/etc/systemd/system/a.service'), 'file');
});

test('failures in the words of a systemctl that has asked the manager', () => {
  const { changes } = enable(contextOf(UPHELD), ['nope.service'], OPTIONS);
  const [failure] = changes;
  assert.is(failure?.kind, 'failed');
  if (failure?.kind !== 'failed') return;
  assert.is(failureText(failure, 'enable'), 'Failed to enable unit: Unit file nope.service does not exist.');
  assert.is(changeText(failure, 'enable'), 'Failed to enable unit, unit nope.service does not exist.');
});

test.run();
