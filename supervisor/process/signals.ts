// Signal names and numbers of Linux (signal(7)); the same on x86_64 and aarch64.

const NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
};

/** What the C library and Python call some of them besides. */
const OTHER_NAMES: Readonly<Record<string, number>> = {
  SIGIOT: 6,
  SIGCLD: 17,
  SIGPOLL: 29,
  SIGRTMIN: 34,
  SIGRTMAX: 64,
};
const NAMES = new Map(Object.entries(NUMBERS).map(([name, number]) => [number, name]));

/** Names with SIG, of every signal that has a name. */
export const SIGNAL_NAMES: readonly string[] = Object.keys(NUMBERS);

/** SIGRTMIN and SIGRTMAX as the C library counts, which keeps 32 and 33 for itself. */
const REAL_TIME = { min: 34, max: 64 };

/** Names of the real-time signals: `SIG34` to `SIG64`. */
export const REAL_TIME_NAMES: readonly string[] = Array.from(
  { length: REAL_TIME.max - REAL_TIME.min + 1 },
  (_, index) => signalName(REAL_TIME.min + index),
);

export function isRealTime(name: string): boolean {
  return (signalNumber(name) ?? 0) >= REAL_TIME.min;
}

/** As people write it: `SIG37` → `SIGRTMIN+3`, `SIG34` → `SIGRTMIN`, `SIG64` → `SIGRTMAX`. */
export function spokenSignal(name: string): string {
  if (!isRealTime(name)) return name;
  const number = signalNumber(name) ?? 0;
  if (number === REAL_TIME.max) return 'SIGRTMAX';
  return number === REAL_TIME.min ? 'SIGRTMIN' : `SIGRTMIN+${number - REAL_TIME.min}`;
}

/** `9` → `SIGKILL`; a real-time signal keeps its number: `34` → `SIG34`. */
export function signalName(number: number): string {
  return NAMES.get(number) ?? `SIG${number}`;
}

/** `SIGKILL` → `9`, `SIG34` and `SIGRTMIN` → `34`; null for a name that is none. */
export function signalNumber(name: string): number | null {
  const number = NUMBERS[name] ?? OTHER_NAMES[name] ?? Number(/^SIG(\d+)$/.exec(name)?.[1] ?? NaN);
  return Number.isInteger(number) && number >= 0 && number <= 64 ? number : null;
}
