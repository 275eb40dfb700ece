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
  UNITS,
  type Package,
} from './decide/packages.ts';

const ROLES = '/etc/mesosphere/roles';
/** Its network device is there on a host that allows it; the DNS forwarder of a container does without. */
const SPARTAN = 'dcos-spartan.service';
const roles = process.argv.slice(2);

mkdirSync(ROLES, { recursive: true });
for (const role of roles) writeFileSync(join(ROLES, role), '');
const packages = readPackages(join(ROOT, 'packages'));
const plan = activate(packages, readActive(join(ROOT, 'active')), roles);
if (plan.problems.length > 0) {
  process.stderr.write(
    plan.problems.map((problem) => `activate: cannot activate DC/OS: ${problem}\n`).join(''),
  );
  process.exit(1);
}
if (packages.length > 0) {
  for (const [path, target] of plan.links) link(path, target);
  for (const unit of plan.units.filter((name) => name === SPARTAN)) makeOptional(unit);
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
    .map((name) => {
      const info = join(folder, name, 'pkginfo.json');
      return {
        folder: name,
        files: filesBelow(join(folder, name)),
        info: existsSync(info) ? (JSON.parse(readFileSync(info, 'utf8')) as unknown) : null,
      };
    });
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

function addUser(user: string): void {
  const known = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .some((line) => line.startsWith(`${user}:`));
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
    user,
  ]);
}

function run(file: string, parameters: readonly string[]): void {
  // The password's date in /etc/shadow is this day, unless it is said: an image of one commit is always the same.
  execFileSync(file, parameters, {
    stdio: 'inherit',
    env: { SOURCE_DATE_EPOCH: '1686355200', ...process.env },
  });
}
