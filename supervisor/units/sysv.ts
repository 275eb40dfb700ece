// Scripts of /etc/init.d as units, as systemd-sysv-generator(8) makes them: for services that have no unit of their own.

import { parseUnitName } from './unit-names.ts';

export interface InitScript {
  /** Its name in /etc/init.d. */
  readonly name: string;
  readonly text: string;
  /** The levels in whose directories (`/etc/rc2.d`) it has an S link, S itself left out. */
  readonly levels: readonly number[];
}

/** A file, or a link with its target, by its name below the generator's directory. */
export type Generated = Readonly<Record<string, { readonly text: string } | { readonly link: string }>>;

/** What a host does when it starts and stops; no container has a use for it. */
const OF_THE_HOST =
  /^(rc|rcS|README|skeleton|single|halt|reboot|sendsigs|killprocs|killall5|umount\w*|mount\w*|check(fs|root)\S*|boot\w*|rmnologin|motd|hostname|hwclock|udev\S*|kmod|module-init-tools|procps|urandom|brightness|x11-common|keyboard-setup|console-setup|screen-cleanup|networking|ifupdown\S*|cryptdisks\S*|lvm2\S*|mdadm\S*|sudo)$/;

/** The facilities of the Linux Standard Base; null for those that are there before any service. */
const FACILITIES: Readonly<Record<string, string | null>> = {
  $local_fs: null,
  $syslog: null,
  $network: 'network-online.target',
  $named: 'nss-lookup.target',
  $portmap: 'rpcbind.target',
  $remote_fs: 'remote-fs.target',
  $time: 'time-sync.target',
};

/** `hasUnit` says whether a unit of that name is there already, masked ones included. */
export function sysvUnits(scripts: readonly InitScript[], hasUnit: (name: string) => boolean): Generated {
  const generated: Record<string, { text: string } | { link: string }> = {};
  for (const script of scripts) {
    const base = script.name.replace(/\.sh$/, '');
    const unit = `${base}.service`;
    if (OF_THE_HOST.test(base) || parseUnitName(unit) === null || hasUnit(unit)) continue;
    const targets = targetsOf(script.levels);
    generated[unit] = { text: unitText(script, targets) };
    for (const target of targets) generated[`${target}.wants/${unit}`] = { link: `../${unit}` };
  }
  return generated;
}

function targetsOf(levels: readonly number[]): string[] {
  const multiUser = levels.some((level) => level >= 2 && level <= 4) ? ['multi-user.target'] : [];
  return levels.includes(5) ? [...multiUser, 'graphical.target'] : multiUser;
}

function unitText({ name, text }: InitScript, targets: readonly string[]): string {
  const header = headerOf(text);
  const field = (key: string): string => header?.get(key.toLowerCase()) ?? '';
  const after = [field('Required-Start'), field('Should-Start')].flatMap((value) => unitsOf(value, name));
  const before = unitsOf(field('X-Start-Before'), name);
  const wants = after.filter((unit) => unit === 'network-online.target');
  const pidFile = /^#\s*pidfile:\s*(\S+)/m.exec(text)?.[1];
  const path = `/etc/init.d/${name}`;
  const lines = [
    '# Made from an init script, as systemd-sysv-generator does it',
    '[Unit]',
    'Documentation=man:systemd-sysv-generator(8)',
    `SourcePath=${path}`,
    ...(field('Short-Description') === '' ? [] : [`Description=LSB: ${field('Short-Description')}`]),
    ...[...targets, ...before].map((unit) => `Before=${unit}`),
    ...[...new Set(after)].map((unit) => `After=${unit}`),
    ...[...new Set(wants)].map((unit) => `Wants=${unit}`),
    '[Service]',
    'Type=forking',
    'Restart=no',
    'TimeoutSec=5min',
    'IgnoreSIGPIPE=no',
    'KillMode=process',
    'GuessMainPID=no',
    ...(pidFile === undefined ? ['RemainAfterExit=yes'] : ['RemainAfterExit=no', `PIDFile=${pidFile}`]),
    ...(header === null ? [] : ['SuccessExitStatus=5 6']),
    `ExecStart=${path} start`,
    `ExecStop=${path} stop`,
    ...(/usage.*(?:\{reload[|}"]|\|reload[|}"])/i.test(text) ? [`ExecReload=${path} reload`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** The comment between BEGIN INIT INFO and END INIT INFO by small names; null where there is none. */
function headerOf(text: string): ReadonlyMap<string, string> | null {
  const [, comment] = /^### BEGIN INIT INFO$([\s\S]*?)^### END INIT INFO$/m.exec(text) ?? [];
  if (comment === undefined) return null;
  return new Map(
    comment.split('\n').flatMap((line) => {
      const [, key, value] = /^# ([\w-]+):\s*(.*?)\s*$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key.toLowerCase(), value] as const];
    }),
  );
}

function unitsOf(value: string, self: string): string[] {
  return value.split(/\s+/).flatMap((word) => {
    // `+` marks what is optional.
    const facility = word.replace(/^\+/, '');
    if (facility === '' || facility === '$all') return [];
    if (facility.startsWith('$')) {
      const target = FACILITIES[facility];
      return target === undefined || target === null ? [] : [target];
    }
    const unit = `${facility.replace(/\.sh$/, '')}.service`;
    return facility === self || parseUnitName(unit) === null ? [] : [unit];
  });
}
