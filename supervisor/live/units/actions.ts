// Pure: what FailureAction=, SuccessAction= and StartLimitAction= mean where the system is a container: its end.

const ENDINGS: ReadonlySet<string> = new Set(
  ['exit', 'poweroff', 'reboot', 'halt', 'kexec', 'soft-reboot'].flatMap((name) => [
    name,
    `${name}-force`,
    `${name}-immediate`,
  ]),
);

/** The exit code of the container that an action asks for, or null where it goes on. A failure never ends it with 0. */
export function actionOf(
  action: string,
  why: 'failure' | 'success',
  status: number | null,
  mainExitCode: number | null,
): number | null {
  if (!ENDINGS.has(action)) return null;
  if (status !== null) return status;
  if (why === 'success') return 0;
  return mainExitCode === null || mainExitCode === 0 ? 1 : mainExitCode;
}
