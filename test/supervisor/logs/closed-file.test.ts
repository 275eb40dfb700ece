// A log file that was closed: what still comes in must not reach whoever has the descriptor by then.

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openLogFile } from '../../../supervisor/logs/file.ts';

const test = suite('logs closed file');

test('late bytes of an orphan are written nowhere, and closing twice is harmless', () => {
  const directory = mkdtempSync(join(tmpdir(), 'closed-file-'));
  try {
    const troubles: string[] = [];
    const log = openLogFile({
      path: join(directory, 'x.log'),
      maxBytes: 4,
      backups: 1,
      onTrouble: (message) => troubles.push(message),
    });
    log.write(Buffer.from('a'));
    log.close();
    const next = openSync(join(directory, 'somebody-else'), 'w');
    log.write(Buffer.from('late bytes'));
    log.reopen();
    log.close();
    closeSync(next);
    assert.is(readFileSync(join(directory, 'x.log'), 'utf8'), 'a');
    assert.is(readFileSync(join(directory, 'somebody-else'), 'utf8'), '');
    assert.equal(troubles, []);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test.run();
