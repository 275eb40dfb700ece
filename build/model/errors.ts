// What can go wrong for a user of the toolkit: a list of problems, a kind, and the exit code that belongs to it.

export const EXIT_CODES = { build: 1, usage: 2, engine: 3, registry: 4, interrupted: 130 } as const;

export type FailureKind = keyof typeof EXIT_CODES;

/** One mistake or mishap, told in one line: where it is, what is wrong, what to do. */
export interface Problem {
  readonly message: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly remedy?: string | undefined;
}

/** Ends a run with the exit code of its kind; anything else that is thrown is a defect of the toolkit. */
export class ToolError extends Error {
  readonly kind: FailureKind;
  readonly problems: readonly Problem[];

  constructor(kind: FailureKind, problems: Problem | readonly Problem[], cause?: unknown) {
    const list: readonly Problem[] = 'message' in problems ? [problems] : problems;
    super(list.map(describeProblem).join('\n'), { cause });
    this.name = 'ToolError';
    this.kind = kind;
    this.problems = list;
  }
}

export function describeProblem(problem: Problem): string {
  const place =
    problem.file === undefined
      ? ''
      : `${problem.file}${problem.line === undefined ? '' : `:${problem.line}`}: `;
  const remedy = problem.remedy === undefined ? '' : ` (${problem.remedy})`;
  return `${place}${problem.message}${remedy}`;
}

/** What a person is shown of a failure. */
export function linesOf(error: unknown): readonly string[] {
  if (error instanceof ToolError) return error.message.split('\n');
  if (error instanceof Error && 'lines' in error && Array.isArray(error.lines))
    return error.lines as string[];
  return [messageOf(error)];
}

/** The message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

/** The system's code of an error (`ENOENT`, `ECONNREFUSED`), if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
