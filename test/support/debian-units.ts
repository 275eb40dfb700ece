// Units that Debian's packages install: which, and what to do with each of them to see whether it is run as its author meant.

import type { Side } from './systemd-oracle.ts';

export interface DebianUnit {
  readonly unit: string;
  readonly packages: readonly string[];
  /** A client's question that succeeds while the service is up. */
  readonly check?: string;
  /** What a container needs before the first start, where the package alone is not enough. */
  readonly setup?: string;
  /** Steps that end otherwise than under systemd, and why. */
  readonly differs?: Partial<Record<Step, string>>;
}

export type Step = 'start' | 'reload' | 'kill' | 'restart' | 'stop';

/** Quick to install: tried whenever the tests run. */
export const FEW_UNITS: readonly DebianUnit[] = [
  { unit: 'nginx', packages: ['nginx-light'], check: 'ask 80' },
  { unit: 'redis-server', packages: ['redis-server'], check: 'redis-cli ping | grep PONG' },
  { unit: 'haproxy', packages: ['haproxy'] },
  { unit: 'cron', packages: ['cron'] },
  { unit: 'ssh', packages: ['openssh-server'], check: 'ask 22 | grep SSH-2.0' },
  { unit: 'ngircd', packages: ['ngircd'], check: 'ask 6667' },
];

/** The larger trial, for a person with minutes: DEBIAN_UNITS=all. */
export const MORE_UNITS: readonly DebianUnit[] = [
  { unit: 'memcached', packages: ['memcached'], check: 'ask 11211 stats' },
  {
    unit: 'rsyslog',
    packages: ['rsyslog'],
    differs: { stop: 'journald’s socket starts it again; here there is none' },
  },
  {
    unit: 'postgresql@15-main',
    packages: ['postgresql', 'postgresql-client'],
    check: 'runuser -u postgres -- psql -c "select 1"',
  },
  { unit: 'apache2', packages: ['apache2'], check: 'ask 80' },
  { unit: 'php8.2-fpm', packages: ['php8.2-fpm'] },
  { unit: 'named', packages: ['bind9'], check: 'ask 53' },
  { unit: 'dnsmasq', packages: ['dnsmasq'], setup: 'echo port=5353 > /etc/dnsmasq.d/port' },
  { unit: 'unbound', packages: ['unbound'] },
  { unit: 'lighttpd', packages: ['lighttpd'], check: 'ask 80' },
  { unit: 'etcd', packages: ['etcd-server'], check: 'ask 2379' },
  { unit: 'mosquitto', packages: ['mosquitto'], check: 'ask 1883' },
  { unit: 'squid', packages: ['squid'], check: 'ask 3128' },
  { unit: 'tinyproxy', packages: ['tinyproxy'], check: 'ask 8888' },
  { unit: 'vsftpd', packages: ['vsftpd'], check: 'ask 21 | grep 220' },
  { unit: 'prometheus-node-exporter', packages: ['prometheus-node-exporter'], check: 'ask 9100' },
  { unit: 'openntpd', packages: ['openntpd'] },
  { unit: 'tor@default', packages: ['tor'], check: 'ask 9050' },
  {
    unit: 'dbus',
    packages: ['dbus'],
    check: 'dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames',
    differs: { stop: 'its socket is asked by systemctl itself there' },
  },
  { unit: 'mariadb', packages: ['mariadb-server'], check: 'mariadb -e "select 1"' },
  { unit: 'beanstalkd', packages: ['beanstalkd'], check: 'ask 11300' },
  { unit: 'stunnel4', packages: ['stunnel4'] },
  {
    unit: 'varnish',
    packages: ['varnish'],
    check: 'ask 6081',
    differs: { stop: 'its two processes race for the signal' },
  },
  { unit: 'pgbouncer', packages: ['pgbouncer'], check: 'ask 6432' },
  { unit: 'monit', packages: ['monit'] },
  { unit: 'atd', packages: ['at'] },
  { unit: 'snmpd', packages: ['snmpd'] },
  {
    unit: 'slapd',
    packages: ['slapd'],
    check: 'ask 389',
    differs: {
      restart: 'its init script needs CAP_SYS_PTRACE to stop it',
      stop: 'its init script needs CAP_SYS_PTRACE to stop it',
    },
  },
  { unit: 'dovecot', packages: ['dovecot-imapd'], check: 'ask 143 | grep OK' },
  { unit: 'postfix@-', packages: ['postfix'], check: 'ask 25 | grep 220' },
  { unit: 'rpcbind', packages: ['rpcbind'], check: 'ask 111' },
  { unit: 'nscd', packages: ['nscd'] },
  { unit: 'prosody', packages: ['prosody'], check: 'ask 5222' },
  { unit: 'privoxy', packages: ['privoxy'], check: 'ask 8118' },
  { unit: 'smbd', packages: ['samba'], check: 'ask 445' },
  { unit: 'zookeeper', packages: ['zookeeperd'], check: 'ask 2181 ruok' },
  { unit: 'rabbitmq-server', packages: ['rabbitmq-server'], check: 'ask 5672' },
  { unit: 'containerd', packages: ['containerd'] },
  { unit: 'fail2ban', packages: ['fail2ban'], check: 'fail2ban-client ping' },
  { unit: 'keepalived', packages: ['keepalived'] },
  { unit: 'collectd', packages: ['collectd-core'] },
  { unit: 'munin-node', packages: ['munin-node'], check: 'ask 4949' },
  { unit: 'xinetd', packages: ['xinetd'] },
  { unit: 'tftpd-hpa', packages: ['tftpd-hpa'] },
];

/** In the image, nothing of what the packages enable is wanted by anything: the trial starts one at a time. */
export const NOTHING_ENABLED =
  'RUN find /etc/systemd/system -mindepth 1 -maxdepth 1 -name "*.wants" -exec rm -r {} + && rm -f /etc/rc?.d/S*';

/** What a trial has seen, a line for each step. */
export type Trial = Readonly<Record<Step, string>>;

/** Starts, reloads, kills (-9), restarts and stops a unit by systemctl, and tells what became of it after each step. */
export async function tryUnit(side: Side, { unit, check = 'true', setup = ':' }: DebianUnit): Promise<Trial> {
  const script = `
ask() { printf '%s\\r\\n\\r\\n' "\${2:-}" | timeout 5 socat -T 2 - TCP:127.0.0.1:$1,connect-timeout=2; }
state() { systemctl show -P "$1" ${unit}; }
seen() { systemctl show -p ActiveState,SubState,Result,NRestarts ${unit} | sort | sed 's/.*=//' | tr '\n' ' '; }
settled() { for _ in $(seq 100); do case "$(seen)" in activating*|deactivating*|reloading*) sleep 0.2 ;; *) return ;; esac; done; }
checked() { for _ in $(seq 40); do (${check}) >/dev/null 2>&1 && { echo yes; return; }; sleep 0.25; done; echo no; }
told() { settled; echo "$1: exit $2, $(seen)answers $3"; }
${setup}
systemctl start ${unit} >/dev/null 2>&1; code=$?; told start $code $(checked)
before=$(state MainPID)
systemctl reload ${unit} >/dev/null 2>&1; code=$?; told reload $code $(checked)
pid=$(state MainPID)
if [ "\${pid:-0}" -gt 0 ]; then
  kill -9 $pid
  for _ in $(seq 100); do [ "$(state MainPID)" != "$pid" ] && break; sleep 0.1; done
fi
sleep 1; told kill 0 -
systemctl reset-failed ${unit} >/dev/null 2>&1
systemctl restart ${unit} >/dev/null 2>&1; code=$?; told restart $code $(checked)
systemctl stop ${unit} >/dev/null 2>&1; code=$?; told stop $code -
systemctl reset-failed ${unit} >/dev/null 2>&1; true
`;
  const { stdout, stderr } = await side.sh(script);
  const line = (step: string): string =>
    new RegExp(`^${step}: (.*)$`, 'm').exec(stdout)?.[1] ?? `nothing was told: ${stderr}`;
  return {
    start: line('start'),
    reload: line('reload'),
    kill: line('kill'),
    restart: line('restart'),
    stop: line('stop'),
  };
}
