// Fetches what was given for a software slot and lays it out for the context: software/<slot>/…

import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createWriteStream } from 'node:fs';
import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { fileEntry, hashFile, walkContext } from '../context/walk.ts';
import { runProgram } from '../machine/programs.ts';
import type { State } from '../machine/state.ts';
import { hashEntries, memoryFile, type Entry } from '../model/context.ts';
import type { Engine } from '../model/engine.ts';
import { codeOf, messageOf, ToolError, type Problem } from '../model/errors.ts';
import type { SoftwareSlot } from '../read/image-ini.ts';
import { classifyGift, redactSource, redactUrl, type Gift } from '../read/slots.ts';

export interface Software {
  readonly entries: readonly Entry[];
  /** The version of a package, or else the beginning of the checksum: for the label and the table. */
  readonly version: string;
  readonly hash: string;
}

export interface SoftwareTools {
  readonly root: string;
  readonly state: State;
  readonly engine: Engine | undefined;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

const DOWNLOAD_DEADLINE_MS = 600_000;

/** All slots that something was given for; every mistake is reported, not the first alone. */
export async function fetchAllSoftware(
  slots: readonly SoftwareSlot[],
  gifts: ReadonlyMap<string, Gift>,
  tools: SoftwareTools,
): Promise<Map<string, Software>> {
  const wanted = [...new Map(slots.map((slot) => [slot.name, slot])).values()];
  const found = new Map<string, Software>();
  const problems: Problem[] = [];
  for (const slot of wanted) {
    const gift = gifts.get(slot.name);
    if (gift === undefined) continue;
    try {
      found.set(slot.name, await fetchSoftware(slot, gift, tools));
    } catch (error) {
      if (!(error instanceof ToolError) || error.kind !== 'usage') throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ToolError('usage', problems);
  return found;
}

async function fetchSoftware(slot: SoftwareSlot, gift: Gift, tools: SoftwareTools): Promise<Software> {
  const place = classifyGift(gift.source);
  const fail = (message: string, remedy?: string): ToolError =>
    new ToolError('usage', { message: `${gift.from}=${redactSource(gift.source)}: ${message}`, remedy });
  if (place.kind === 'image') return await fromImage(slot, place, tools, fail);
  const path =
    place.kind === 'url'
      ? await download(place.url, slot, tools, fail)
      : resolve(gift.isInRepository ? tools.root : process.cwd(), place.path);
  const stats = await stat(path).catch((error: unknown) => {
    throw codeOf(error) === 'ENOENT' ? fail('is not there') : fail(messageOf(error));
  });
  if (stats.isDirectory()) return await fromFolder(slot, path, tools);
  const sha256 = await hashFile(path, tools.state.hashes);
  if (slot.sha256 !== undefined && slot.sha256 !== sha256) {
    throw fail(
      `its sha256 is ${sha256}, image.ini expects ${slot.sha256}`,
      'get the file again, or correct image.ini',
    );
  }
  const folder = `software/${slot.name}`;
  const name = place.kind === 'url' ? basename(new URL(place.url).pathname) : basename(path);
  const version = sha256.slice(0, 12);
  if (name.endsWith('.deb')) {
    const entry = await fileEntry(`${folder}/package.deb`, path, tools.state.hashes);
    return finished(slot, [{ ...entry, mode: 0o644 }], await debVersion(path, fail));
  }
  const unpacked = await unpackedTar(path, name, sha256, tools.state, fail);
  if (unpacked !== undefined) {
    const entry = await fileEntry(`${folder}/archive.tar`, unpacked, tools.state.hashes);
    const target = slot.target === undefined ? [] : [memoryFile(`${folder}/target`, `${slot.target}\n`)];
    return finished(slot, [{ ...entry, mode: 0o644 }, ...target], `sha256:${version}`);
  }
  const target = slot.path ?? `/usr/local/bin/${slot.commands[0] ?? slot.name}`;
  const entry = await fileEntry(`${folder}/files${target}`, path, tools.state.hashes);
  return finished(slot, [{ ...entry, mode: 0o755 }], `sha256:${version}`);
}

type Fail = (message: string, remedy?: string) => ToolError;

/** A folder of .deb files is a set of packages; any other folder is laid onto the slot's target, or onto /. */
async function fromFolder(slot: SoftwareSlot, path: string, tools: SoftwareTools): Promise<Software> {
  const names = await readdir(path);
  const isPackages = names.length > 0 && names.every((name) => name.endsWith('.deb'));
  const { entries } = await walkContext(path, tools.root, tools.state.hashes);
  const prefix = `software/${slot.name}/${isPackages ? '' : `files${slot.target ?? ''}/`}`;
  const moved = [...entries].map((entry): Entry => ({ ...entry, path: `${prefix}${entry.path}` }));
  return finished(slot, moved, `sha256:${hashEntries(entries).slice(0, 12)}`);
}

async function fromImage(
  slot: SoftwareSlot,
  place: { reference: string; path: string },
  tools: SoftwareTools,
  fail: Fail,
): Promise<Software> {
  if (tools.engine === undefined) throw fail('needs an engine to be looked at');
  const found = await tools.engine.inspect(place.reference);
  if (found === undefined) await tools.engine.pull(place.reference, undefined, tools.signal);
  const bytes = await tools.engine.copyOut(place.reference, place.path, tools.signal);
  // The archive's names begin with the last part of the path; `target` says where that belongs.
  const entries = [
    memoryFile(`software/${slot.name}/archive.tar`, bytes),
    memoryFile(`software/${slot.name}/target`, `${dirname(place.path)}\n`),
  ];
  return finished(slot, entries, `sha256:${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`);
}

function finished(slot: SoftwareSlot, entries: readonly Entry[], version: string): Software {
  // What must be there after the installation: the file, where it has a fixed place, or else the commands.
  const promised = slot.path === undefined ? slot.commands : [slot.path];
  const all = [
    ...entries,
    memoryFile(`software/${slot.name}/commands`, promised.map((command) => `${command}\n`).join('')),
  ];
  return { entries: all, version, hash: hashEntries(all) };
}

async function debVersion(path: string, fail: Fail): Promise<string> {
  try {
    const { stdout } = await runProgram('dpkg-deb', ['--field', path, 'Version']);
    return stdout.trim();
  } catch (error) {
    // Without dpkg on the building machine the file's own name is all there is to know.
    if (codeOf(error) === 'ENOENT') return basename(path).split('_')[1] ?? 'unknown';
    throw fail('is no Debian package that dpkg-deb can read');
  }
}

/** A plain tar, whatever it was compressed with: the image need not have the program for it. */
async function unpackedTar(
  path: string,
  name: string,
  sha256: string,
  state: State,
  fail: Fail,
): Promise<string | undefined> {
  const [, suffix] = /\.(tar|tgz|tar\.gz|tar\.zst|tar\.br|txz|tar\.xz|tbz2?|tar\.bz2)$/.exec(name) ?? [];
  if (suffix === undefined) return undefined;
  if (suffix === 'tar') return path;
  const target = state.cachePath('archives', `${sha256}.tar`);
  if ((await lstat(target).catch(() => undefined)) !== undefined) return target;
  await mkdir(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}.part`;
  try {
    if (/xz$|bz2?$/.test(suffix)) {
      await runProgram(suffix.endsWith('xz') ? 'xz' : 'bzip2', ['-dc', path], {
        stdout: { file: draft },
      });
    } else {
      const decompress = suffix.endsWith('zst')
        ? createZstdDecompress()
        : suffix.endsWith('br')
          ? createBrotliDecompress()
          : createGunzip();
      await pipeline(Readable.from(await readFile(path)), decompress, createWriteStream(draft));
    }
    await rename(draft, target);
    return target;
  } catch (error) {
    throw fail(`cannot be unpacked: ${messageOf(error)}`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Kept by URL; a file whose checksum is known is not fetched again, others are asked for with their ETag. */
async function download(url: string, slot: SoftwareSlot, tools: SoftwareTools, fail: Fail): Promise<string> {
  const key = createHash('sha256').update(url).digest('hex');
  const target = tools.state.cachePath('downloads', key, basename(new URL(url).pathname) || 'file');
  const etagPath = `${dirname(target)}/etag`;
  const isHere = (await lstat(target).catch(() => undefined)) !== undefined;
  if (isHere && slot.sha256 !== undefined && (await hashFile(target, tools.state.hashes)) === slot.sha256)
    return target;
  const etag = isHere ? await readFile(etagPath, 'utf8').catch(() => undefined) : undefined;
  await mkdir(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}.part`;
  tools.note(`downloading ${redactUrl(url)}`);
  try {
    const { username, password } = new URL(url);
    const plain = Object.assign(new URL(url), { username: '', password: '' });
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const response = await fetch(plain, {
      headers: {
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
        ...(username === '' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
      },
      signal: AbortSignal.any([tools.signal, AbortSignal.timeout(DOWNLOAD_DEADLINE_MS)]),
    });
    if (response.status === 304) return target;
    if (!response.ok || response.body === null)
      throw fail(`the server answers ${response.status} ${response.statusText}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(draft), { signal: tools.signal });
    await rename(draft, target);
    await rm(etagPath, { force: true });
    const newTag = response.headers.get('etag');
    if (newTag !== null) await writeFile(etagPath, newTag);
    return target;
  } catch (error) {
    if (error instanceof ToolError) throw error;
    const cause =
      error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw fail(`cannot download ${redactUrl(url)}: ${cause}`);
  } finally {
    await rm(draft, { force: true });
  }
}
