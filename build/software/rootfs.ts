// Makes a root file system from Debian's packages with mmdebstrap, for machines that no registry answers.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { load } from '../layers/archive.ts';
import { rootfsConfig } from '../layers/image-config.ts';
import { installDebianPackages } from '../machine/apt.ts';
import { runProgram, runProgramGroup } from '../machine/programs.ts';
import { sha256Of } from '../model/context.ts';
import type { Engine, LocalImage } from '../model/engine.ts';
import { codeOf, messageOf, ToolError } from '../model/errors.ts';
import { debianArchitecture, type Platform } from '../model/platform.ts';
import { sourcesFor, type SourceFile } from '../read/apt-sources.ts';
import type { BaseFallback } from '../read/image-ini.ts';

/** Raised when the steps below change what comes out. */
const RECIPE = '3';

/** What debian:*-slim leaves out, too: documentation, manuals, translations. */
const DPKG_OPTIONS = [
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/groff/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/lintian/*',
  'path-exclude=/usr/share/linda/*',
  'path-exclude=/usr/share/locale/*',
  'path-include=/usr/share/locale/locale.alias',
];

/** Files that differ from run to run and that no program needs. */
const LEFTOVERS = [
  'var/cache/apt/*',
  'var/cache/ldconfig/aux-cache',
  'var/cache/debconf/*-old',
  'var/lib/dpkg/*-old',
  'var/lib/apt/lists/*',
  'var/log/*',
  'etc/machine-id',
  'etc/hostname',
  'etc/resolv.conf',
  'etc/apt/apt.conf.d/99mmdebstrap',
];

export interface RootfsTools {
  readonly engine: Engine;
  readonly platform: Platform;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

export interface Rootfs {
  readonly reference: string;
  readonly image: LocalImage;
}

/** What the recipe made before, if the engine still has it. */
export async function knownRootfs(recipe: BaseFallback, tools: RootfsTools): Promise<Rootfs | undefined> {
  const { repository, tag } = nameRootfs(recipe, tools.platform, await packageSources(recipe));
  const reference = `${repository}:${tag}`;
  const image = await tools.engine.inspect(reference);
  return image === undefined ? undefined : { reference, image };
}

export async function makeRootfs(recipe: BaseFallback, tools: RootfsTools): Promise<Rootfs> {
  const sources = await packageSources(recipe);
  const { repository, tag, hash } = nameRootfs(recipe, tools.platform, sources);
  await ensureMmdebstrap(tools);
  tools.note(
    `making the root file system of ${recipe.suite} from Debian's packages (about half a minute, once)`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'initkit-rootfs-'));
  try {
    const tar = join(folder, 'rootfs.tar');
    await runMmdebstrap(recipe, sources, folder, tar, tools);
    const labels = {
      'initkit.rootfs': hash,
      'org.opencontainers.image.title': `Debian ${recipe.suite}, made by mmdebstrap`,
    };
    // Loaded, not imported: an import has the present time in its id.
    const created = new Date(recipe.epoch * 1000).toISOString();
    const config = rootfsConfig(`sha256:${await sha256OfFile(tar)}`, {
      arch: tools.platform.arch,
      variant: tools.platform.variant,
      created,
      command: ['bash'],
      labels,
    });
    await load(tools.engine, config, [tar], tools.signal);
    await tools.engine.tag(`sha256:${sha256Of(config)}`, `${repository}:${tag}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const made = await knownRootfs(recipe, tools);
  if (made === undefined)
    throw new ToolError('engine', {
      message: `the engine imported ${repository}:${tag} but does not have it`,
    });
  return made;
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

function nameRootfs(
  recipe: BaseFallback,
  { arch, variant }: Platform,
  sources: readonly string[],
): { repository: string; tag: string; hash: string } {
  const hash = sha256Of(
    JSON.stringify({
      RECIPE,
      DPKG_OPTIONS,
      LEFTOVERS,
      ...recipe,
      line: undefined,
      arch: `${arch}${variant}`,
      sources,
    }),
  );
  return { repository: 'initkit-rootfs', tag: `${recipe.suite}-${hash.slice(0, 12)}`, hash };
}

/** What image.ini says, else what this machine's apt uses; none leaves it to mmdebstrap. They stay in the image. */
async function packageSources(recipe: BaseFallback): Promise<string[]> {
  const { suite, components, mirror, securityMirror } = recipe;
  if (mirror === undefined) return sourcesFor(suite, components, await aptSourceFiles());
  const main = `deb ${mirror} ${suite} ${components}`;
  if (securityMirror === undefined) return [main];
  return [
    main,
    `deb ${mirror} ${suite}-updates ${components}`,
    `deb ${securityMirror} ${suite}-security ${components}`,
  ];
}

async function aptSourceFiles(): Promise<SourceFile[]> {
  const folder = '/etc/apt/sources.list.d';
  const names = await readdir(folder).catch(() => []);
  const paths = [
    '/etc/apt/sources.list',
    ...names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(folder, name)),
  ];
  return await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(path, 'utf8').catch(() => '') })),
  );
}

async function runMmdebstrap(
  recipe: BaseFallback,
  sources: readonly string[],
  folder: string,
  tar: string,
  tools: RootfsTools,
): Promise<void> {
  const { suite } = recipe;
  const remove = LEFTOVERS.map((path) => `rm -rf "$1"/${path}`).join('; ');
  const options = [
    '--variant=minbase',
    `--architectures=${debianArchitecture(tools.platform)}`,
    // usr-is-merged in place of usrmerge, which would bring all of perl with it.
    `--include=${['usr-is-merged', ...recipe.packages].join(',')}`,
    '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
    ...DPKG_OPTIONS.map((option) => `--dpkgopt=${option}`),
    '--aptopt=Apt::Install-Recommends "false"',
    // Both ways of apt to keep its lists and packages small, as the official images set them.
    `--customize-hook=printf 'Acquire::Languages "none";\\nAcquire::GzipIndexes "true";\\n' > "$1"/etc/apt/apt.conf.d/90small`,
    `--customize-hook=${remove}`,
    suite,
    tar,
    ...sources,
  ];
  try {
    const env = {
      SOURCE_DATE_EPOCH: String(recipe.epoch),
      LC_ALL: 'C.UTF-8',
      DEBIAN_FRONTEND: 'noninteractive',
      // Its half-made tree goes with our folder, also when it has no time left to remove it.
      TMPDIR: folder,
    };
    await runProgramGroup('mmdebstrap', options, { env }, tools.signal);
  } catch (error) {
    if (tools.signal.aborted) throw new ToolError('interrupted', { message: 'interrupted' }, error);
    const stderr =
      typeof error === 'object' && error !== null && 'stderr' in error
        ? String(error.stderr)
        : messageOf(error);
    const lines = stderr.split('\n').filter((line) => /^(E:|Err:|W:)/.test(line));
    throw new ToolError(
      'build',
      {
        message: `cannot make the root file system: ${(lines.length > 0 ? lines : stderr.trim().split('\n').slice(-3)).slice(0, 3).join(' / ')}`,
        remedy: `is ${sources[0]?.split(' ')[1] ?? "Debian's mirror"} in reach? Another base: --base REFERENCE`,
      },
      error,
    );
  }
}

async function ensureMmdebstrap(tools: RootfsTools): Promise<void> {
  try {
    await runProgram('mmdebstrap', ['--version']);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    await access('/etc/debian_version').catch(() => {
      throw new ToolError('usage', {
        message: 'no registry answers, and mmdebstrap is not installed to make the base from Debian packages',
        remedy: 'install mmdebstrap, or choose an image that this machine has with --base REFERENCE',
      });
    });
    await installDebianPackages(['mmdebstrap'], tools.note, tools.signal);
  }
}
