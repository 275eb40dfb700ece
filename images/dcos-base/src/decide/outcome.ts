// What a decision about a node's environment comes to: defaults with where they come from, warnings, and refusals.

/** A default; what the user gave for `name` wins over it. */
export interface Answer {
  readonly name: string;
  readonly value: string;
  /** Shown by `initkit explain`. */
  readonly note: string;
}

export interface Outcome {
  readonly answers: readonly Answer[];
  readonly warnings: readonly string[];
  /** Why the container must not start; one sentence each, with the remedy. */
  readonly refusals: readonly string[];
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** An outcome that is still being put together. */
export class Findings implements Outcome {
  readonly answers: Answer[] = [];
  readonly warnings: string[] = [];
  readonly refusals: string[] = [];

  answer(name: string, value: string, note: string): void {
    this.answers.push({ name, value, note });
  }
}

/** `true`, `yes`, `on`, `1` and `enabled`, in any case. */
export function isYes(value: string | undefined): boolean {
  return /^(?:true|yes|on|1|enabled)$/i.test(value?.trim() ?? '');
}
