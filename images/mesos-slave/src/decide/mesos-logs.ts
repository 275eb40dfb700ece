// Which of Mesos's log files are old: glog begins a new one at each start and never removes any. Pure.

/** glog's name of a file: program, host, user, severity, when it was begun, and by which process. */
const GLOG_NAME = /^([^.]+)\..*\.log\.([A-Z]+)\.(\d{8}-\d{6})\.(\d+)$/;

/**
 * The names to remove so that the newest `keep` files of each kind stay; a kind is a program and a severity, whatever the
 * host: a log directory outlives containers. A file that is in use (`current`: what glog's links lead to) always stays.
 */
export function oldLogs(names: readonly string[], current: readonly string[], keep: number): string[] {
  const kinds = new Map<string, { readonly name: string; readonly begun: string; readonly pid: number }[]>();
  for (const name of names) {
    const [, program, severity, begun = '', pid] = GLOG_NAME.exec(name) ?? [];
    if (program === undefined) continue;
    const kind = `${program}.${severity}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), { name, begun, pid: Number(pid) }]);
  }
  return [...kinds.values()].flatMap((files) =>
    files
      .toSorted((one, two) => two.begun.localeCompare(one.begun) || two.pid - one.pid)
      .slice(keep)
      .map(({ name }) => name)
      .filter((name) => !current.includes(name)),
  );
}
