// The npm package: packed, laid below a node_modules of another repository, and run there by whatever node there is.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { docker, makeRepository } from '../support/build.ts';

const test = suite('package');

const root = mkdtempSync(join(tmpdir(), 'initkit-package-'));
const own = join(import.meta.dirname, '../..');
const command = join(root, 'node_modules/initkit/dist/initkit.cjs');
const repository = makeRepository({
  'images/web/Dockerfile': 'FROM @base\nRUN --mount=type=bind,source=software,target=/mnt sh /mnt/install\n',
  'images/web/image.ini': '[image]\nname = @web\n[software:thing]\n',
});
test.after(() => {
  rmSync(root, { recursive: true, force: true });
  repository.remove();
});

test('npm pack makes what runs below node_modules', () => {
  const output = execFileSync('npm', ['pack', '--json', '--pack-destination', root], {
    cwd: own,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(output) as {
    filename: string;
    files: { path: string }[];
  }[];
  assert.ok(packed?.files.every(({ path }) => !path.endsWith('.ts')));
  const place = join(root, 'node_modules/initkit');
  mkdirSync(place, { recursive: true });
  execFileSync('tar', ['-xzf', join(root, packed?.filename ?? ''), '-C', place, '--strip-components=1']);
  for (const name of readdirSync(join(own, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(own, 'node_modules', name), join(root, 'node_modules', name));
  assert.ok(existsSync(command));
});

test('it builds a folder of images outside of this repository', () => {
  const output = execFileSync(command, ['build', repository.name('web'), '--dir', repository.root], {
    encoding: 'utf8',
    cwd: root,
    // Without the pinned node in front.
    env: { ...process.env, PATH: '/usr/local/bin:/usr/bin:/bin' },
  });
  assert.match(output, 'thing absent');
  assert.is(docker('run', '--rm', repository.name('web'), 'echo', 'there'), 'there\n');
});

test('its exit code comes through', () => {
  try {
    execFileSync(command, ['build', 'nonsense', '--dir', repository.root], { stdio: 'ignore' });
    assert.unreachable();
  } catch (error) {
    assert.is((error as { status?: number }).status, 2);
  }
});

test.run();
