// A working directory that was removed under us: only what is relative to it fails.

import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findConfigFile } from '../../../supervisor/fronts/search-path.ts';
import { configSource } from '../../../supervisor/os/config-source.ts';
import { resolveCommand } from '../../../supervisor/os/spawn.ts';

const test = suite('working directory');

test('commands and configurations with a whole path are found where it is gone', () => {
  const before = process.cwd();
  const directory = mkdtempSync(join(tmpdir(), 'gone-'));
  process.chdir(directory);
  rmdirSync(directory);
  try {
    assert.throws(() => process.cwd(), /ENOENT/);
    assert.is(resolveCommand('sh', '/bin', null).kind, 'found');
    assert.is(resolveCommand('./sh', '/bin', null).kind, 'failed');
    assert.not.throws(() => findConfigFile('supervisorctl'));
    assert.ok(configSource().exists('/etc/passwd'));
  } finally {
    process.chdir(before);
  }
});

test.run();
