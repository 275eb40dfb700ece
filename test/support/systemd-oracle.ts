// The same unit files under Debian's own systemd and under our PID 1, each in a container of one image, driven by one script.

import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, mustDocker, type Result } from './containers.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const INTERPRETER = '/opt/initkit/bin/node --disable-warning=ExperimentalWarning';

/** What systemd needs to be PID 1 of a container; the base's check would ask for our supervisor. */
const SYSTEMD_OPTIONS = [
  '--no-healthcheck',
  '--cap-add=SYS_ADMIN',
  '--cap-add=NET_ADMIN',
  '--cap-add=SYS_PTRACE',
  '--security-opt=seccomp=unconfined',
  '--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw',
  '--env=container=docker',
];
/** What looks for disks and for boot options at every reload, and finds none in a container. */
const IDLE_GENERATORS = [
  'bless-boot',
  'cryptsetup',
  'gpt-auto',
  'hibernate-resume',
  'integritysetup',
  'run',
  'system-update',
  'veritysetup',
];
const TMPFS = ['--tmpfs=/run', '--tmpfs=/run/lock', '--tmpfs=/tmp:exec'];

/** The supervisor in /opt/initkit: what starts it, its bundle, and V8's code of that. */
const OUR_FILES = ['initkit', 'initkit.cjs', 'initkit.cjs.cache'];

/** The programs of ours that stand in for systemd's: in the base first on the PATH, here also where scripts look for them. */
const OUR_NAMES = ['systemctl', 'journalctl'];

const PACKAGES = ['systemd', 'systemd-sysv', 'procps', 'socat', 'python3-minimal'];
const DEADLINE_SECS = 120;

/** Which of the two a text comes from. */
export type SideName = 'real' | 'ours';

export interface UnitCase {
  /** Unit name, or a path below /etc/systemd/system (`x.service.d/a.conf`), or an absolute one → text. */
  readonly units?: Readonly<Record<string, string>>;
  /** Other files; relative names are in /case, the directory in which the script runs. `#!` makes them executable. */
  readonly files?: Readonly<Record<string, string>>;
  /**
   * Run by sh; all that it writes is compared. Two functions help it: `until_ok 'COMMAND'` runs the command until it succeeds,
   * and `quietly COMMAND…` runs one without its output.
   */
  readonly script: string;
  /** Whether the manager reads its files again before the script; true by default. */
  readonly reload?: boolean;
}

export interface Both<T> {
  readonly real: T;
  readonly ours: T;
}

/** A container of one of the two, already up. */
export interface Side {
  readonly name: SideName;
  readonly id: string;
  /** Runs a script in it with sh. */
  sh(script: string): Promise<Result>;
  /** Puts the case's files in place, runs its script, and takes everything away again. The text is as it was written. */
  run(unitCase: UnitCase): Promise<string>;
  remove(): Promise<void>;
}

export interface SideOptions {
  /** Another image made from the oracle's; see oracleImage(). */
  readonly image?: string;
  /** More options of `docker run`. */
  readonly options?: readonly string[];
  /** Replaces the arguments of our PID 1. */
  readonly command?: readonly string[];
}

let shared: Promise<Both<Side>> | null = null;
const open: Side[] = [];
const folders: string[] = [];

/** Runs a case in a pair of containers that all cases of this process share, and gives what was written, normalised. */
export async function runOnBoth(unitCase: UnitCase): Promise<Both<string>> {
  shared ??= startBoth();
  const { real, ours } = await shared;
  const [first, second] = await Promise.all([real.run(unitCase), ours.run(unitCase)]);
  return { real: normalize(first), ours: normalize(second) };
}

/** A pair of its own. */
export async function startBoth(options: SideOptions = {}): Promise<Both<Side>> {
  const [real, ours] = await Promise.all([startSide('real', options), startSide('ours', options)]);
  return { real, ours };
}

/** Removes the containers; for test.after. */
export async function closeOracle(): Promise<void> {
  shared = null;
  await Promise.all(open.splice(0).map((side) => side.remove()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Debian's systemd on the base's Debian: made once, and again when its recipe or more packages ask for it. */
export async function oracleImage(morePackages: readonly string[] = [], steps = ''): Promise<string> {
  const dockerfile = [
    'FROM base',
    // Maintainer scripts must not start anything while the image is made; Java's wants a directory that slim images have not.
    `RUN mkdir -p /usr/share/man/man1 && printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d`,
    'RUN apt-get update -qq',
    ...chunksOf(PACKAGES, morePackages).map(
      (packages) =>
        `RUN DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${packages}`,
    ),
    steps,
    `RUN rm -f /usr/sbin/policy-rc.d`,
  ].join('\n');
  const base = readFileSync(join(REPOSITORY, 'images/base/image.ini'), 'utf8');
  const hash = createHash('sha256').update(dockerfile).update(base).digest('hex').slice(0, 16);
  const reference = `initkit-test-systemd:${hash}`;
  const { code } = await docker('image', 'inspect', reference);
  if (code === 0) return reference;
  execFileSync('docker', ['build', '--quiet', '--tag', reference, '-'], {
    input: dockerfile,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  return reference;
}

const PER_LAYER = 10;

/** A layer for a few packages each: where one fails, the others need not be fetched again. */
function chunksOf(first: readonly string[], more: readonly string[]): string[] {
  const chunks = Array.from({ length: Math.ceil(more.length / PER_LAYER) }, (_, index) =>
    more.slice(index * PER_LAYER, (index + 1) * PER_LAYER),
  );
  return [first, ...chunks].map((packages) => packages.join(' '));
}

/** Starts one of the two and waits until it is up. */
export async function startSide(name: SideName, options: SideOptions = {}): Promise<Side> {
  const image = options.image ?? (await oracleImage());
  const more = options.options ?? [];
  const id =
    name === 'real'
      ? await mustDocker('run', '-d', ...SYSTEMD_OPTIONS, ...TMPFS, ...more, '--entrypoint=/sbin/init', image)
      : await startOurs(image, more, options.command ?? []);
  const side: Side = {
    name,
    id,
    sh: (script) => execIn(id, script),
    run: (unitCase) => runCase(side, unitCase),
    remove: async () => void (await docker('rm', '-f', '-v', id)),
  };
  open.push(side);
  if (name === 'real') {
    // The base has our programs by systemd's names first on the PATH.
    const ours = OUR_NAMES.map((each) => `/usr/local/bin/${each}`);
    const idle = IDLE_GENERATORS.map((each) => `/lib/systemd/system-generators/systemd-${each}-generator`);
    await side.sh(`rm -f ${[...ours, ...idle].join(' ')}`);
  }
  const { stdout, stderr, code } = await side.sh(`${PRELUDE}
until_ok 'systemctl is-system-running | grep -Eqx "running|degraded"' || { systemctl is-system-running; exit 1; }
mkdir -p /case /var/tmp/pristine && cp -a /etc/systemd/system /var/tmp/pristine/`);
  if (code === 0) return side;
  const logs = await docker('logs', id);
  throw new Error(`${name} did not come up: ${stdout}${stderr}\n${logs.stdout}${logs.stderr}`);
}

async function startOurs(
  image: string,
  options: readonly string[],
  command: readonly string[],
): Promise<string> {
  const folder = await ourFiles();
  const mounts = [
    ...OUR_FILES.map((file) => `--volume=${folder}/${file}:/opt/initkit/${file}:ro`),
    ...OUR_NAMES.map((name) => `--volume=${folder}/by-name:/usr/bin/${name}:ro`),
  ];
  return mustDocker(
    'run',
    '-d',
    ...TMPFS,
    ...mounts,
    ...options,
    '--entrypoint=/usr/bin/systemctl',
    image,
    ...command,
  );
}

let taken: Promise<string> | null = null;

/**
 * The supervisor of the base as it was built last, with the code that V8 has made of it: without that, each of the many
 * commands of a script takes half as long again.
 */
function ourFiles(): Promise<string> {
  taken ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'initkit-oracle-'));
    folders.push(folder);
    chmodSync(folder, 0o755);
    const container = await mustDocker('create', 'base');
    for (const file of OUR_FILES) await mustDocker('cp', `${container}:/opt/initkit/${file}`, folder);
    await mustDocker('rm', container);
    writeFileSync(join(folder, 'by-name'), `#!${INTERPRETER}\nrequire('/opt/initkit/initkit');\n`, {
      mode: 0o755,
    });
    return folder;
  })();
  return taken;
}

const PRELUDE = `
until_ok() { _n=0; while ! sh -c "$1" >/dev/null 2>&1; do _n=$((_n+1)); if [ $_n -gt 300 ]; then echo "waited in vain for: $1"; return 1; fi; sleep 0.05; done; }
quietly() { "$@" >/dev/null 2>&1; }
`;

/**
 * Takes away what the case before has left, its processes, its units, their links, its directory; puts this one's files in
 * place, which come as a tar archive on stdin; and runs its script. All in one `docker exec`: one costs more than most scripts.
 */
function scriptOf({ script, reload = true }: UnitCase, unitsBefore: readonly string[]): string {
  const unpack = 'tar -C / --no-overwrite-dir -x; exec </dev/null';
  return `${PRELUDE}
{ cd /; systemctl stop ${unitsBefore.map((unit) => `'${unit}'`).join(' ')}
rm -rf /etc/systemd/system /run/systemd/system/* /run/systemd/system.control /case
cp -a /var/tmp/pristine/system /etc/systemd/system; mkdir /case
${reload ? unpack : ''}
systemctl daemon-reload; systemctl reset-failed
journalctl --sync
${reload ? '' : unpack}
} >/dev/null 2>&1
cd /case
exec 2>&1
${script}
`;
}

/** Side → the units of the case that ran there last. */
const unitsOf = new WeakMap<Side, readonly string[]>();

async function runCase(side: Side, unitCase: UnitCase): Promise<string> {
  const { units = {}, files = {} } = unitCase;
  const folder = mkdtempSync(join(tmpdir(), 'initkit-case-'));
  const placed = { ...inDirectory(units, '/etc/systemd/system'), ...inDirectory(files, '/case') };
  try {
    for (const [path, text] of Object.entries(placed)) {
      const file = join(folder, path);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
    }
    const script = scriptOf(unitCase, unitsOf.get(side) ?? []);
    const names = Object.keys(units).filter((unit) => !unit.includes('/') && !unit.includes('@.'));
    const instances = Object.keys(units).flatMap((unit) =>
      unit.includes('@.') ? [unit.replace('@.', '@*.')] : [],
    );
    unitsOf.set(side, [...names, ...instances]);
    return await execWithFiles(side.id, folder, script);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inDirectory(files: Readonly<Record<string, string>>, directory: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path.startsWith('/') ? path : join(directory, path), text]),
  );
}

/** Runs a script with a folder as a tar archive on its stdin. Not `docker cp`: it does not see what is mounted on /run and /tmp. */
function execWithFiles(id: string, folder: string, script: string): Promise<string> {
  const tar = execFileSync('tar', ['-C', folder, '--owner=0', '--group=0', '-c', '.'], {
    maxBuffer: 64 << 20,
  });
  return new Promise((resolve) => {
    const child = execFile('docker', ['exec', '-i', ...inContainer(id, script)], (_, stdout) =>
      resolve(stdout),
    );
    child.stdin?.end(tar);
  });
}

function execIn(id: string, script: string): Promise<Result> {
  return docker('exec', ...inContainer(id, script));
}

function inContainer(id: string, script: string): string[] {
  return [id, 'timeout', '-k', '1', String(DEADLINE_SECS), 'sh', '-c', script];
}

const REPLACEMENTS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b\w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [A-Z]+\b/g, 'TIME'],
  [/^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [\w.-]+ /gm, 'TIME HOST '],
  [/TIME; .*? (ago|left)/g, 'TIME; $1'],
  [/^(Duration:|.*duration=).*$/gm, '$1 SPAN'],
  [/(\bDuration: ).*/g, '$1SPAN'],
  [/\[\d+\]:/g, '[PID]:'],
  [/(Main PID: |Process: |Control PID: |[├└]─ *)\d+/g, '$1PID'],
  [/\b(\w*PID=)[1-9]\d*/g, '$1PID'],
  [/(Main )?process (\d+) /gi, '$1process PID '],
  [/\bpid[= ][1-9]\d*/g, 'pid=PID'],
  [/\b(InvocationID=|_ID=)[0-9a-f]{32}/g, '$1ID'],
  [/^(\w*Timestamp\w*=)[1-9]\d*$/gm, '$1USEC'],
  // What systemd reads from the control group.
  [/^ *(Memory|CPU|Tasks|CGroup): .*\n/gm, ''],
];

/** Without times, pids, the host's name, and what only the kernel's accounting tells. */
export function normalize(text: string): string {
  return REPLACEMENTS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}
