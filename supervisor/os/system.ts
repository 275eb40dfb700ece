// The System interface: every effect on the kernel that the supervisor may cause. linux.ts implements it,
// test/fakes/system.ts replaces it whole.

import type { ExitStatus } from '../process/state.ts';

/** Who a program runs as; the numbers are those of /etc/passwd and /etc/group. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}

export interface SpawnRequest {
  /** Absolute path of the executable. */
  readonly file: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string | null;
  readonly umask: number | null;
  /** null keeps the supervisor's own. */
  readonly credentials: Credentials | null;
  /** Descriptors of ours that become 0, 1, 2, … of the program; everything else is closed in it. */
  readonly descriptors: readonly number[];
  /** `group`: leads a new process group (setpgid); `session`: leads a new session (setsid); `inherit`: stays in ours. */
  readonly leads: 'group' | 'session' | 'inherit';
  /** Soft and hard limits by the names of the shell's or prlimit's: `nofile` → `1024` or `1024:4096`. */
  readonly limits: Readonly<Record<string, string>>;
  /**
   * Limits as setrlimit(2) takes them (bytes, seconds, counts; `soft:hard`), each as near as we may go: what is above our
   * own hard limit becomes that.
   */
  readonly closestLimits?: Readonly<Record<string, string>>;
  /**
   * It takes our place: what is open from descriptor 3 on stays open, and the terminal on descriptor 0, if there is one,
   * is its own: its group is the foreground one, or it is the controlling terminal of its session.
   */
  readonly foreground?: boolean;
  /** The program ignores SIGPIPE from its start on. */
  readonly ignoreSigpipe?: boolean;
  /** Capabilities, by number, that it has whoever it runs as; one that we do not have ourselves it does not get. */
  readonly capabilities?: readonly number[];
  /** A number that all that descends from the program carries: see `Max file locks` in its /proc/PID/limits. */
  readonly mark?: number;
  /** Variables that are set to the program's own pid (`LISTEN_PID`); a shell that then becomes the program sets them. */
  readonly pidVariables?: readonly string[];
  /** A positive niceness, and an adjustment of the kernel's OOM score, that it begins with; where it may not, it runs all the same. */
  readonly nice?: number;
  readonly oomScore?: number;
}

export type SpawnResult =
  | { readonly kind: 'spawned'; readonly pid: number }
  | { readonly kind: 'failed'; readonly errno: string; readonly message: string };

export type SignalResult = 'sent' | 'gone' | 'refused';

export type Resolution =
  | { readonly kind: 'found'; readonly file: string }
  | { readonly kind: 'failed'; readonly errno: 'ENOENT' | 'EACCES' | 'EISDIR'; readonly message: string };

/** A pipe of ours; both ends are closed on exec. */
export interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}

export type Cancel = () => void;

/** The container's own stdout or stderr, which whoever reads it may stall or close at any time. */
export interface Output {
  /** Writes what fits without blocking and returns the number of bytes; throws SystemError (EPIPE) where nobody reads. */
  write(bytes: Buffer): number;
  /** A non-blocking descriptor of our own that a stream may wait on for room, or null: then only time can tell. */
  readonly pollable: number | null;
}

/** A listening socket that programs will inherit. */
export type ListenRequest = { readonly backlog: number | null } & (
  | {
      readonly kind: 'unix';
      readonly path: string;
      readonly mode: number;
      /** null keeps the supervisor's own. */
      readonly uid: number | null;
      readonly gid: number | null;
    }
  | { readonly kind: 'inet'; readonly host: string; readonly port: number }
);

/** Where a program says `READY=1` (sd_notify(3)). */
export interface NotifySocket {
  /** The next message, or null where none has come. */
  receive(): string | null;
  close(): void;
}

/** A process as /proc/PID/stat tells it; `startedAt` (clock ticks) tells it from a later one of the same number. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly state: string;
  readonly startedAt: number;
  readonly name: string;
}

/** A datagram, the pid of whoever sent it, and the descriptors that came with it, which are the receiver's. */
export interface Datagram {
  readonly text: string;
  readonly pid: number;
  readonly descriptors: readonly number[];
}

/** A connection, who is at its other end, and what systemd names and describes it by. */
export interface AcceptedConnection {
  readonly descriptor: number;
  /** `address:port`; null for a Unix one. */
  readonly peer: string | null;
  readonly instance: string;
  readonly description: string;
}

/** A Unix datagram socket of ours, by which programs talk to us. */
export interface Mailbox {
  /** Calls for every datagram; those that wait are told before the end of any process is. */
  onDatagram(listener: (datagram: Datagram) => void): void;
  close(): void;
}

/** A socket or FIFO that is opened for a program before it is started. */
export type SocketRequest = FifoRequest | UnixSocketRequest | InetSocketRequest;

interface OwnedPath {
  readonly path: string;
  readonly mode: number;
  /** null keeps the supervisor's own. */
  readonly uid: number | null;
  readonly gid: number | null;
}

export interface FifoRequest extends OwnedPath {
  readonly family: 'fifo';
}

export interface UnixSocketRequest extends OwnedPath {
  readonly family: 'unix';
  readonly kind: 'stream' | 'datagram' | 'sequential';
  /** `path` begins with `/`, or with `@` for an abstract one. */
  readonly path: string;
  readonly backlog: number | null;
  readonly passCredentials: boolean;
}

export interface InetSocketRequest {
  readonly family: 'inet' | 'inet6';
  readonly kind: 'stream' | 'datagram';
  /** A literal address; null for all. */
  readonly host: string | null;
  readonly port: number;
  readonly backlog: number | null;
  /** null leaves it to the kernel's default. */
  readonly ipv6Only: boolean | null;
  readonly reusePort: boolean;
  readonly freeBind: boolean;
  readonly keepAlive: boolean;
  /** For the connections that it gets; of a stream alone. */
  readonly noDelay: boolean;
}

export interface System {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Milliseconds since 1970. */
  wallClock(): number;
  after(delayMs: number, run: () => void): Cancel;
  readonly pid: number;
  readonly uid: number;
  /** Whether orphans become our children: as PID 1 or as a subreaper. */
  readonly reaps: boolean;

  /** Finds a command as execvp does, in the PATH given; a path with a slash is relative to `directory`. */
  resolveCommand(command: string, path: string | undefined, directory: string | null): Resolution;
  /** User, `gid` or its own group, and supplementary groups of a name or number from /etc/passwd; throws UserError if there is none. */
  credentialsOf(
    user: string,
    gid?: number | null,
  ): Credentials & { readonly name: string; readonly home: string; readonly shell: string };
  /** The number of a group's name or number; throws UserError if there is none. */
  groupOf(group: string): number;
  /** Starts a program; `onEnd` is called once, later, when it has ended and was collected. */
  spawn(request: SpawnRequest, onEnd: (status: ExitStatus) => void): SpawnResult;
  /** Sends a signal to a process, or to its whole group. */
  signal(pid: number, signal: string, group: boolean): SignalResult;
  /** Called for every child that has ended and that spawn() did not start. One listener. */
  onOrphanEnd(listener: (pid: number, status: ExitStatus) => void): void;
  /** Whether any child of ours, adopted ones included, is still there. */
  hasChildren(): boolean;
  /** All processes that we can see. */
  processes(): readonly ProcessEntry[];
  /** setpriority(2) of a process that was just started, as far as we are allowed to; false where we are not at all. */
  setNice(pid: number, nice: number): boolean;
  /** Writes /proc/PID/oom_score_adj; false where that is refused. */
  setOomScore(pid: number, score: number): boolean;
  /**
   * Gives up the controlling terminal on descriptor 0. The kernel then sends SIGHUP and SIGCONT to the one that led its
   * session, which is told by `leader`.
   */
  leaveTerminal(): 'left' | 'left as leader' | 'none';
  /** prctl(2), PR_SET_PDEATHSIG. */
  signalOnParentDeath(signal: string): void;
  /** Called for every signal of `names` that we receive, and for a SIGINT or SIGTERM that came before. */
  onSignal(names: readonly string[], listener: (signal: string) => void): void;

  openOutput(descriptor: 1 | 2): Output;
  /** Opens a socket for a program's notifications; throws SystemError. */
  openNotifySocket(path: string, uid: number | null): NotifySocket;
  pipe(): Pipe;
  /** Bytes read of what a non-blocking descriptor holds; 0 where there is nothing now, and at its end. */
  readNow(descriptor: number, buffer: Buffer): number;
  /** Lets a pipe hold more, as far as the kernel allows it. */
  enlargePipe(descriptor: number, bytes: number): void;
  /** Gives a pipe to a user, so that the program may open /dev/stdout and /dev/stderr anew. */
  giveAway(descriptor: number, uid: number): void;
  openForRead(path: string): number;
  /** Whether so many more descriptors can be opened. */
  hasDescriptors(count: number): boolean;
  /** The descriptor of a listening stream socket, closed on exec; throws SystemError. */
  openListener(request: ListenRequest): number;
  /** A Unix datagram socket of ours at a path; throws SystemError. */
  openMailbox(path: string, mode: number): Mailbox;
  /** Opens what a socket unit listens on; throws SystemError. */
  openSocket(request: SocketRequest): number;
  /** Takes a connection that waits, or null; the descriptor is ours, closed on exec. */
  acceptNow(descriptor: number): AcceptedConnection | null;
  /** Calls, again and again, while a descriptor has something to read or to accept, without taking any of it. */
  onReadable(descriptor: number, listener: () => void): Cancel;
  /**
   * Calls when something at a path may have changed, be it that it appears; `inside`: the path itself, or what is in it.
   * Several changes may be one call.
   */
  watchPath(path: string, listener: (inside: boolean) => void): Cancel;
  /** Sends to a Unix datagram socket without waiting; null, or the errno name of why not (EAGAIN: it is full). */
  sendDatagram(path: string, bytes: Buffer): string | null;
  close(descriptor: number): void;
  /** A file's text, or null where it cannot be read. */
  readText(path: string): string | null;
}
