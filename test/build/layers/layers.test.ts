// build/layers/ and sizes.ts: layers made repeatable without touching what is in them, and what was written in vain.

import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clampLayer, type LayerEntry } from '../../../build/layers/clamp.ts';
import { differences } from '../../../build/layers/differences.ts';
import { repeatableConfig } from '../../../build/layers/image-config.ts';
import { readHeader, readPax } from '../../../build/layers/tar-blocks.ts';
import { sizesOf, wasteOf } from '../../../build/report/sizes.ts';

const test = suite('layers');

const EPOCH = 1_000_000_000;
const folder = mkdtempSync(join(tmpdir(), 'initkit-layer-'));
const tree = join(folder, 'tree');
const LONG = `${'d'.repeat(90)}/${'f'.repeat(150)}`;

test.before(() => {
  for (const path of ['etc', 'var/log/apt', 'var/cache/ldconfig', LONG.split('/')[0] ?? ''])
    mkdirSync(join(tree, path), { recursive: true });
  writeFileSync(join(tree, 'etc/old'), 'old');
  utimesSync(join(tree, 'etc/old'), EPOCH - 5000, EPOCH - 5000);
  writeFileSync(join(tree, 'etc/new'), 'new'.repeat(1000));
  linkSync(join(tree, 'etc/new'), join(tree, 'etc/zz-hard'));
  symlinkSync('new', join(tree, 'etc/soft'));
  writeFileSync(join(tree, 'var/log/apt/history.log'), 'today');
  writeFileSync(join(tree, 'var/log/dpkg.log'), 'today');
  writeFileSync(join(tree, 'var/cache/ldconfig/aux-cache'), 'today');
  writeFileSync(join(tree, 'var/log/mine.log'), 'kept');
  writeFileSync(join(tree, LONG), 'long');
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

function tarOf(format: string): Buffer {
  return execFileSync('tar', [`--format=${format}`, '--sort=name', '-cf', '-', '-C', tree, '.'], {
    maxBuffer: 1 << 26,
  });
}

async function clamp(bytes: Buffer, chunk = 1000): Promise<{ bytes: Buffer; entries: LayerEntry[] }> {
  const entries: LayerEntry[] = [];
  const chunks = async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  };
  const out: Buffer[] = [];
  for await (const part of clampLayer(chunks(), EPOCH, (entry) => entries.push(entry)))
    out.push(Buffer.from(part));
  return { bytes: Buffer.concat(out), entries };
}

for (const format of ['gnu', 'pax', 'ustar']) {
  test(`${format}: times are cut, logs and caches of the package manager are gone, all else is there`, async () => {
    if (format === 'ustar') rmSync(join(tree, LONG), { force: true });
    const { bytes } = await clamp(tarOf(format));
    const listing = execFileSync('tar', ['--full-time', '--utc', '-tvf', '-'], {
      input: bytes,
      encoding: 'utf8',
    });
    const times = [...listing.matchAll(/(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/g)].map(
      ([, time = '']) => Date.parse(`${time}Z`) / 1000,
    );
    assert.is(Math.max(...times), EPOCH);
    assert.ok(times.includes(EPOCH - 5000));
    assert.match(listing, 'var/log/mine.log');
    assert.match(listing, 'etc/soft -> new');
    assert.match(listing, 'etc/zz-hard link to ./etc/new');
    for (const gone of ['history.log', 'dpkg.log', 'aux-cache']) assert.not.match(listing, gone);
    if (format !== 'ustar') assert.match(listing, LONG);
    const content = execFileSync('tar', ['-xOf', '-', './etc/new'], { input: bytes, encoding: 'utf8' });
    assert.is(content, 'new'.repeat(1000));
  });
}

test('wherever the chunks end, the result is the same; twice is as once', async () => {
  const layer = tarOf('pax');
  const once = await clamp(layer, 77);
  assert.ok(once.bytes.equals((await clamp(layer, 1 << 20)).bytes));
  assert.ok((await clamp(once.bytes)).bytes.equals(once.bytes));
});

test('attributes stay as bytes: the capabilities of a program are no text', async () => {
  const value = Buffer.from([1, 0, 0, 2, 0xff, 0xfe, 0x0a, 0x3d, 0]);
  const record = (key: string, bytes: Buffer): Buffer => {
    const rest = Buffer.concat([Buffer.from(` ${key}=`), bytes, Buffer.from('\n')]);
    const digits = String(rest.length + String(rest.length + 2).length);
    return Buffer.concat([Buffer.from(digits), rest]);
  };
  const body = Buffer.concat([
    record('mtime', Buffer.from('1700000000.5')),
    record('SCHILY.xattr.security.capability', value),
  ]);
  const file = tarOf('ustar').subarray(0, 512);
  const pax = Buffer.from(file);
  pax[156] = 'x'.charCodeAt(0);
  pax.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  const padding = Buffer.alloc(512 - body.length);
  const { bytes } = await clamp(Buffer.concat([pax, body, padding, file, Buffer.alloc(1024)]));
  const header = readHeader(bytes.subarray(0, 512));
  const records = readPax(bytes.subarray(512, 512 + header.size));
  assert.equal(
    records.map(({ key }) => key),
    ['SCHILY.xattr.security.capability'],
  );
  assert.ok(records[0]?.value.equals(value));
});

test('differences are told by path, and where only one of two has it', () => {
  const entry = (path: string, fingerprint: string): LayerEntry => ({ path, size: 1, fingerprint });
  const left = [{ diffId: 'a', entries: [entry('x', '1'), entry('y', '1')] }];
  const right = [{ diffId: 'b', entries: [entry('x', '2'), entry('z', '1')] }];
  assert.equal(differences(left, left), []);
  assert.equal(differences(left, right), [
    'layer 1: /x',
    'layer 1: /y (first only)',
    'layer 1: /z (second only)',
  ]);
});

test('the configuration: fixed times, nothing of the container that built it, keys in order', () => {
  const image = (noise: string) => ({
    container: noise,
    container_config: { Hostname: noise },
    created: noise,
    config: { Hostname: noise, Image: noise, Cmd: ['x'] },
    history: [
      { created: 'base' },
      { created: noise, created_by: 'RUN x' },
      { created: noise, empty_layer: true },
    ],
    rootfs: { type: 'layers', diff_ids: ['a', 'b'] },
  });
  const made = repeatableConfig(image('one'), ['a', 'c'], 1, 'then');
  assert.is(made, repeatableConfig(image('two'), ['a', 'c'], 1, 'then'));
  assert.equal(JSON.parse(made), {
    config: { Cmd: ['x'] },
    created: 'then',
    history: [
      { created: 'base' },
      { created: 'then', created_by: 'RUN x' },
      { created: 'then', empty_layer: true },
    ],
    rootfs: { type: 'layers', diff_ids: ['a', 'c'] },
  });
});

test('waste: written again, deleted, a folder deleted or replaced as a whole', () => {
  const waste = wasteOf([
    [
      { path: 'a', size: 10 },
      { path: 'd/x', size: 20 },
      { path: 'e/y', size: 30 },
      { path: 'e/z', size: 5 },
    ],
    [
      { path: 'a', size: 11 },
      { path: '.wh.d', size: 0 },
      { path: 'e/.wh..wh..opq', size: 0 },
      { path: 'e/y', size: 1 },
    ],
  ]);
  assert.is(waste.bytes, 65);
  assert.equal(
    waste.paths.map(({ path }) => path),
    ['/e/y', '/d/x', '/a', '/e/z'],
  );
});

test('sizes: what the parent has is shared, the rest is its own', () => {
  const history = [
    { createdBy: 'base', sizeBytes: 100 },
    { createdBy: '/bin/sh -c #(nop)  ENV X=1', sizeBytes: 0 },
    { createdBy: '/bin/sh -c make', sizeBytes: 7 },
  ];
  assert.equal(sizesOf(history, 100, 90, undefined), {
    totalBytes: 107,
    ownBytes: 7,
    previousBytes: 90,
    layers: [
      { bytes: 100, createdBy: 'base', isShared: true },
      { bytes: 7, createdBy: 'make', isShared: false },
    ],
    waste: undefined,
  });
});

test.run();
