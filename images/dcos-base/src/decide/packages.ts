// What activating DC/OS's packages for the roles of an image means: links, units, users, environment files. It follows
// pkgpanda's documented layout (packages/NAME--ID with bin, etc, include, lib, dcos.target.wants, each with _ROLE).

export const ROOT = '/opt/mesosphere';
export const UNITS = '/etc/systemd/system';
const WANTS = 'dcos.target.wants';
const FOLDERS = ['bin', 'etc', 'include', 'lib'];

/**
 * Files that DC/OS's units cannot do without and that a package of one's own configuration has; where there is none, they
 * are as in the original's packages: a master keeps Exhibitor's configuration to itself, and asks itself for its peers.
 */
export const FALLBACK_FILES: ReadonlyMap<string, string> = new Map([
  [`${ROOT}/etc/exhibitor`, 'EXHIBITOR_BACKEND=file\n'],
  [`${ROOT}/etc/dns_config`, 'MASTER_SOURCE=exhibitor\nEXHIBITOR_ADDRESS=localhost\n'],
]);

/** A package as it lies in packages/. */
export interface Package {
  /** `name--id`. */
  readonly folder: string;
  /** All files and links in it, relative to it. */
  readonly files: readonly string[];
  /** pkginfo.json, or null where there is none. */
  readonly info: unknown;
}

export interface Activation {
  /** Link → what it points to; both absolute. */
  readonly links: ReadonlyMap<string, string>;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Lines NAME=value of /opt/mesosphere/environment. */
  readonly environment: readonly string[];
  readonly units: readonly string[];
  readonly problems: readonly string[];
}

/** `active` names the packages to take where a folder holds several of one name; null takes all. */
export function activate(
  packages: readonly Package[],
  active: ReadonlyMap<string, string> | null,
  roles: readonly string[],
): Activation {
  const problems: string[] = [];
  const links = new Map<string, string>();
  const link = (path: string, target: string): void => {
    const before = links.get(path);
    if (before === undefined || before === target) links.set(path, target);
    else problems.push(`${target} and ${before} both want to be ${path}`);
  };
  const chosen = packages.filter(({ folder }) => active === null || active.get(nameOf(folder)) === folder);
  const units = new Set<string>();
  const infos = chosen.map(({ info }) => readInfo(info));
  for (const { folder, files } of chosen) {
    const home = `${ROOT}/packages/${folder}`;
    link(`${ROOT}/active/${nameOf(folder)}`, home);
    for (const file of files) {
      const [top = '', ...rest] = file.split('/');
      const kind = FOLDERS.find((name) => isFor(top, name, roles));
      if (kind !== undefined && rest.length > 0) link(`${ROOT}/${kind}/${rest.join('/')}`, `${home}/${file}`);
      if (!isFor(top, WANTS, roles) || rest.length !== 1) continue;
      const unit = rest.join('/');
      units.add(unit);
      link(`${UNITS}/${unit}`, `${home}/${file}`);
      link(`${UNITS}/${WANTS}/${unit}`, `${UNITS}/${unit}`);
    }
  }
  return {
    links,
    users: unique(infos.map(({ user }) => user)),
    groups: unique(infos.map(({ group }) => group)),
    environment: [
      `LD_LIBRARY_PATH=${ROOT}/lib`,
      `PATH=${ROOT}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      ...infos.flatMap(({ environment }) => environment),
    ],
    units: [...units].toSorted(),
    problems,
  };
}

/** A drop-in that lets the unit start where its ExecStartPre= fail; null where it has none. */
export function optionalPreparations(unit: string): string | null {
  const lines = unit.replaceAll('\\\n', ' ').split('\n');
  const commands = lines.flatMap((line) => /^\s*ExecStartPre\s*=\s*-?(.+)$/.exec(line)?.[1] ?? []);
  if (commands.length === 0) return null;
  const optional = commands.map((command) => `ExecStartPre=-${command}\n`);
  return `# What prepares this unit may fail in a container.\n[Service]\nExecStartPre=\n${optional.join('')}`;
}

function nameOf(folder: string): string {
  return folder.split('--')[0] ?? folder;
}

function isFor(top: string, name: string, roles: readonly string[]): boolean {
  return top === name || roles.some((role) => top === `${name}_${role}`);
}

interface Info {
  readonly user: string | null;
  readonly group: string | null;
  readonly environment: readonly string[];
}

function readInfo(info: unknown): Info {
  const object = typeof info === 'object' && info !== null ? (info as Record<string, unknown>) : {};
  const text = (key: string): string | null => {
    const value = object[key];
    return typeof value === 'string' && /^[a-z_][a-z0-9_-]*$/.test(value) ? value : null;
  };
  const environment = object['environment'];
  const entries = typeof environment === 'object' && environment !== null ? Object.entries(environment) : [];
  return {
    user: text('username'),
    group: text('group'),
    environment: entries.map(([name, value]) => `${name}=${String(value)}`),
  };
}

function unique(names: readonly (string | null)[]): string[] {
  return [...new Set(names.filter((name) => name !== null))].toSorted();
}
