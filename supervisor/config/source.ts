// What reading a configuration needs from the world: config/ itself has no effects, so they come in as this argument.

export interface UserEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface ConfigSource {
  /** The file's text (UTF-8). Throws an error that carries `code` (`ENOENT`, `EACCES`, …). */
  readFile(path: string): string;
  /** The names in a directory, without `.` and `..`, in any order; empty where it cannot be read. */
  listDirectory(path: string): readonly string[];
  /** Whether there is anything at this path, a dangling link included. */
  exists(path: string): boolean;
  isDirectory(path: string): boolean;
  /** Looks up a name or, where `name` is all digits, a number; undefined when unknown. */
  user(name: string): UserEntry | undefined;
  /** The number of a group by name or number; undefined when unknown. */
  group(name: string): number | undefined;
  /** The file that `command` would run with this PATH, or undefined when there is none that may be executed. */
  findExecutable(command: string, path: string): string | undefined;
  /** The first IPv4 address of a network interface; undefined where there is no such interface or address. */
  ipv4(networkInterface: string): string | undefined;
  /** `length` random letters and digits for this variable; who resolves twice wants the same ones again. */
  randomText(length: number, name: string): string;
  readonly hostName: string;
  readonly cwd: string;
  /** Where temporary files go; the default of childlogdir. */
  readonly tempDir: string;
  /** The supervisor's own user number. */
  readonly uid: number;
}

/** The same source, whose random text for a variable stays as it was the first time. */
export function withSteadyRandom(source: ConfigSource): ConfigSource {
  const chosen = new Map<string, string>();
  const randomText = (length: number, name: string): string => {
    const text = chosen.get(`${length} ${name}`) ?? source.randomText(length, name);
    chosen.set(`${length} ${name}`, text);
    return text;
  };
  return { ...source, randomText };
}

/** Why a call of the source failed, in words. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words = { ENOENT: 'there is no such file', EACCES: 'permission denied', EISDIR: 'it is a directory' }[
    code
  ];
  return words ?? (error instanceof Error ? error.message : String(error));
}
