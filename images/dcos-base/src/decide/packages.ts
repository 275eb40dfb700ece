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
  /** pkginfo.json and buildinfo.full.json, or null where there is none. */
  readonly info: unknown;
  readonly buildInfo: unknown;
}

export interface Activation {
  /** Link → what it points to; both absolute. */
  readonly links: ReadonlyMap<string, string>;
  readonly users: readonly Account[];
  readonly groups: readonly string[];
  /** Folders below /var/lib/dcos that the units of a package keep their state in. */
  readonly states: readonly State[];
  /** Lines NAME=value of /opt/mesosphere/environment. */
  readonly environment: readonly string[];
  readonly units: readonly string[];
  /** File below /opt/mesosphere → its text: what DC/OS's own programs read of the packages. */
  readonly files: ReadonlyMap<string, string>;
  /** Folders of packages that are left alone, because others are active. */
  readonly inactive: readonly string[];
  readonly problems: readonly string[];
}

export interface Account {
  readonly name: string;
  /** Its primary group; null makes one of its own name. */
  readonly group: string | null;
}

export interface State {
  readonly folder: string;
  readonly owner: string;
}

/**
 * `active` names the packages to take, as in a bootstrap tarball; null takes all. Of names that are not in it, pkgpanda
 * adds the packages of a cluster's configuration (`dcos-config--setup_…`) to those of the tarball, and so do we.
 */
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
  const isChosen = ({ folder }: Package): boolean =>
    active === null || (active.get(nameOf(folder)) ?? (isSetup(folder) ? folder : '')) === folder;
  const chosen = packages.filter(isChosen);
  const units = new Set<string>();
  const infos = chosen.map(({ folder, info }) => readInfo(nameOf(folder), info));
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
    users: [...new Map(infos.flatMap(({ user }) => (user === null ? [] : [[user.name, user]]))).values()],
    groups: [...new Set(infos.flatMap(({ user }) => user?.group ?? []))].toSorted(),
    states: infos.flatMap(({ state }) => state ?? []),
    environment: [
      `LD_LIBRARY_PATH=${ROOT}/lib`,
      `PATH=${ROOT}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      ...infos.flatMap(({ environment }) => environment),
    ],
    units: [...units].toSorted(),
    files: new Map([
      ['active.buildinfo.full.json', json(new Map(chosen.map((one) => [nameOf(one.folder), one.buildInfo])))],
      ['etc/dcos-service-configuration.json', json(new Map([['sysctl', sysctlsOf(infos, units)]]))],
    ]),
    inactive: packages.filter((one) => !isChosen(one)).map(({ folder }) => folder),
    problems,
  };
}

/** What asks the kernel for devices, modules or settings, which the host of a container may refuse. */
const OF_THE_KERNEL = /(?:^|[\s/])(?:modprobe|ip|sysctl|ipset|ip6?tables|setup_iptables\.sh)(?:\s|$)/;

/**
 * A drop-in that lets the unit start where what its ExecStartPre= ask of the kernel fails; null where they ask nothing.
 * The other commands stay as they are, and all in their order.
 */
export function optionalPreparations(unit: string): string | null {
  const lines = unit.replaceAll(/\\\r?\n/g, ' ').split('\n');
  const commands = lines.flatMap((line) => /^\s*ExecStartPre\s*=\s*(.+?)\s*$/.exec(line)?.[1] ?? []);
  const mustWork = (command: string): boolean => OF_THE_KERNEL.test(command) && !/^[@:+!|]*-/.test(command);
  if (!commands.some(mustWork)) return null;
  const optional = commands.map((command) => (mustWork(command) ? `-${command}` : command));
  const settings = ['', ...optional].map((command) => `ExecStartPre=${command}\n`).join('');
  return `# The host of a container may refuse what this unit asks of the kernel.\n[Service]\n${settings}`;
}

/** The unit that makes the folders of `states`, before all of DC/OS; null where there are none. */
export function stateUnit(states: readonly State[]): string | null {
  if (states.length === 0) return null;
  const commands = states.flatMap(({ folder, owner }) => [
    `ExecStart=/usr/bin/mkdir --parents ${folder}`,
    `ExecStart=/usr/bin/chown --recursive ${owner} ${folder}`,
  ]);
  const head =
    '[Unit]\nDescription=State directories of DC/OS\n[Service]\nType=oneshot\nRemainAfterExit=true\n';
  return `# From the pkginfo.json of DC/OS's packages (state_directory, username).\n${head}${commands.join('\n')}\n`;
}

function nameOf(folder: string): string {
  return folder.split('--')[0] ?? folder;
}

/** Whether the package is one of a cluster's own configuration. */
function isSetup(folder: string): boolean {
  return /--setup(?:_|$)/.test(folder);
}

function isFor(top: string, name: string, roles: readonly string[]): boolean {
  return top === name || roles.some((role) => top === `${name}_${role}`);
}

interface Info {
  readonly user: Account | null;
  readonly state: State | null;
  readonly environment: readonly string[];
  /** Service, without its suffix → settings of sysctl(8) that it wants. */
  readonly sysctls: Readonly<Record<string, unknown>>;
}

function readInfo(name: string, info: unknown): Info {
  const object = objectOf(info);
  const text = (key: string): string | null => {
    const value = object[key];
    return typeof value === 'string' && /^[a-z_][a-z0-9_-]*$/.test(value) ? value : null;
  };
  const user = text('username');
  const owner = user ?? 'root';
  return {
    user: user === null ? null : { name: user, group: text('group') },
    state: object['state_directory'] === true ? { folder: `/var/lib/dcos/${name}`, owner } : null,
    environment: Object.entries(objectOf(object['environment'])).map(
      ([key, value]) => `${key}=${String(value)}`,
    ),
    sysctls: objectOf(object['sysctl']),
  };
}

function sysctlsOf(infos: readonly Info[], units: ReadonlySet<string>): Map<string, unknown> {
  const all = infos.flatMap(({ sysctls }) => Object.entries(sysctls));
  return new Map(all.filter(([service]) => units.has(`${service}.service`)));
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function json(entries: ReadonlyMap<string, unknown>): string {
  const plain = (_: string, value: unknown): unknown =>
    value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : value;
  return `${JSON.stringify(entries, plain, 2)}\n`;
}
