// build/model/platform.ts: the many spellings of one platform, and what others call it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  debianArchitecture,
  nodeArchitecture,
  parsePlatform,
  platformArguments,
  platformOfNode,
  platformSuffix,
} from '../../../build/model/platform.ts';

const test = suite('platform');

/** As containerd's platforms package normalises them. */
const SPELLINGS: [text: string, name: string | undefined][] = [
  ['linux/amd64', 'linux/amd64'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/amd64/v3', 'linux/amd64/v3'],
  ['linux/x86_64', 'linux/amd64'],
  ['amd64', 'linux/amd64'],
  ['linux/arm64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/aarch64', 'linux/arm64'],
  ['Linux/ARM64', 'linux/arm64'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/v7', 'linux/arm/v7'],
  ['linux/arm/v6', 'linux/arm/v6'],
  ['linux/armhf', 'linux/arm/v7'],
  ['linux/armel', 'linux/arm/v6'],
  ['linux/i386', 'linux/386'],
  ['linux/386', 'linux/386'],
  ['linux/ppc64le', 'linux/ppc64le'],
  ['linux/s390x', 'linux/s390x'],
  ['linux/riscv64', 'linux/riscv64'],
  ['linux', undefined],
  ['', undefined],
  ['windows/amd64', undefined],
  ['linux/arm64/v8/x', undefined],
  ['linux/arm64/8', undefined],
  ['linux/a b', undefined],
];
for (const [text, name] of SPELLINGS) {
  test(`${JSON.stringify(text)} is ${name ?? 'no platform'}`, () =>
    assert.is(parsePlatform(text)?.name, name));
}

/** The names of Node's own `process.arch`, and of Debian's ports. */
const NAMES: [platform: string, node: string, debian: string][] = [
  ['linux/amd64', 'x64', 'amd64'],
  ['linux/386', 'ia32', 'i386'],
  ['linux/arm64', 'arm64', 'arm64'],
  ['linux/arm/v7', 'arm', 'armhf'],
  ['linux/arm/v6', 'arm', 'armel'],
  ['linux/ppc64le', 'ppc64', 'ppc64el'],
  ['linux/s390x', 's390x', 's390x'],
];
for (const [name, node, debian] of NAMES) {
  test(`${name} is ${node} for Node and ${debian} for Debian`, () => {
    const platform = parsePlatform(name);
    assert.ok(platform);
    assert.is(nodeArchitecture(platform), node);
    assert.is(debianArchitecture(platform), debian);
  });
}

test('a machine with Node is a platform', () => {
  assert.is(platformOfNode('x64').name, 'linux/amd64');
  assert.is(platformOfNode('arm64').name, 'linux/arm64');
});

test('a suffix can be part of a tag and of a file name', () => {
  const platform = parsePlatform('linux/arm/v7');
  assert.is(platform && platformSuffix(platform), 'linux-arm-v7');
});

test('Dockerfiles know both platforms, whole and in parts', () => {
  const values = platformArguments(platformOfNode('arm'), platformOfNode('x64'));
  assert.equal(Object.fromEntries(values), {
    TARGETPLATFORM: 'linux/arm/v7',
    TARGETOS: 'linux',
    TARGETARCH: 'arm',
    TARGETVARIANT: 'v7',
    BUILDPLATFORM: 'linux/amd64',
    BUILDOS: 'linux',
    BUILDARCH: 'amd64',
    BUILDVARIANT: '',
  });
});

test.run();
