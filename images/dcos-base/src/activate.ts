// activate ROLE…: run while an image is built; puts the packages of DC/OS below /opt/mesosphere to work. Without any it
// leaves the roles, and nothing else.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import {
  activate,
  FALLBACK_FILES,
  optionalPreparations,
  ROOT,
  stateUnit,
  UNITS,
  type Account,
  type Package,
} from './decide/packages.ts';

const ROLES = '/etc/mesosphere/roles';
/** All of DC/OS starts after it (skel/etc/systemd/system/dcos-.service.d). */
const STATE_UNIT = 'mesosphere-state.service';
const roles = process.argv.slice(2);

mkdirSync(ROLES, { recursive: true });
for (const role of roles) writeFileSync(join(ROLES, role), '');
const packages = readPackages(join(ROOT, 'packages'));
const plan = activate(packages, readActive(join(ROOT, 'active')), roles);
if (plan.problems.length > 0) fail(plan.problems);
for (const folder of plan.inactive) {
  process.stdout.write(`left packages/${folder} alone: it is not in active/\n`);
}
if (packages.length > 0) {
  for (const [path, target] of plan.links) link(path, target);
  for (const unit of plan.units.filter((name) => name.endsWith('.service'))) makeOptional(unit);
  for (const [path, text] of plan.files) writeFileSync(join(ROOT, path), text);
  const state = stateUnit(plan.states);
  if (state !== null) writeFileSync(join(UNITS, STATE_UNIT), state);
  for (const [path, text] of FALLBACK_FILES) if (!existsSync(path)) writeFileSync(path, text);
  for (const group of plan.groups) run('groupadd', ['--system', '--force', group]);
  for (const user of plan.users) addUser(user);
  const exported = plan.environment.map((line) => `export ${line}`);
  writeFileSync(join(ROOT, 'environment'), `${plan.environment.join('\n')}\n`);
  writeFileSync(join(ROOT, 'environment.export'), `${exported.join('\n')}\n`);
  process.stdout.write(`activated ${packages.length} packages with ${plan.units.length} units\n`);
}

function readPackages(folder: string): Package[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => lstatSync(join(folder, name)).isDirectory())
    .toSorted()
    .map((name) => ({
      folder: name,
      files: filesBelow(join(folder, name)),
      info: readJson(join(folder, name, 'pkginfo.json')),
      buildInfo: readJson(join(folder, name, 'buildinfo.full.json')),
    }));
}

function readJson(path: string): unknown {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    return fail([`${path}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function fail(problems: readonly string[]): never {
  const lines = problems.map((problem) => `activate: cannot activate DC/OS: ${problem}\n`);
  process.stderr.write(lines.join(''));
  process.exit(1);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** The packages that an earlier activation has chosen, as in a bootstrap tarball; null where there was none. */
function readActive(folder: string): Map<string, string> | null {
  if (!existsSync(folder)) return null;
  const names = readdirSync(folder).filter((name) => lstatSync(join(folder, name)).isSymbolicLink());
  return new Map(names.map((name) => [name, basename(readlinkSync(join(folder, name)))]));
}

/** A link made before, or what is in the tarball at its place, gives way; a folder does not. */
function link(path: string, target: string): void {
  // Below a link to a folder of the package, the path is the target already.
  if (existsSync(path) && realpathSync(path) === realpathSync(target)) return;
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

function makeOptional(unit: string): void {
  const text = optionalPreparations(readFileSync(join(UNITS, unit), 'utf8'));
  if (text === null) return;
  mkdirSync(join(UNITS, `${unit}.d`), { recursive: true });
  writeFileSync(join(UNITS, `${unit}.d`, '40-optional.conf'), text);
}

function addUser({ name, group }: Account): void {
  const known = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .some((line) => line.startsWith(`${name}:`));
  if (known) return;
  run('useradd', [
    '--system',
    '--no-log-init',
    '--home-dir',
    ROOT,
    '--shell',
    '/usr/sbin/nologin',
    '--comment',
    'DC/OS',
    ...(group === null ? [] : ['--gid', group]),
    name,
  ]);
}

function run(file: string, parameters: readonly string[]): void {
  // The password's date in /etc/shadow is this day, unless it is said: an image of one commit is always the same.
  execFileSync(file, parameters, {
    stdio: 'inherit',
    env: { SOURCE_DATE_EPOCH: '1686355200', ...process.env },
  });
}
