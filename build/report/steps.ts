// Follows the steps of one image's build and knows, when it fails, what to show: instruction, line, exit code, last output.

import type { BuildEvent } from '../model/engine.ts';
import type { Dockerfile } from '../read/dockerfile.ts';

const KEPT_LINES = 20;

export interface StepLog {
  observe(event: BuildEvent): void;
  /** What to print about a failure; `message` is the engine's. */
  explain(message: string, dockerfile: Dockerfile, file: string): string[];
}

export function createStepLog(): StepLog {
  const names = new Map<string, string>();
  const output = new Map<string, string[]>();
  const failures: { id: string; name: string; error: string }[] = [];
  return {
    observe(event) {
      if (event.type === 'log') {
        const lines = output.get(event.id) ?? [];
        lines.push(event.line);
        if (lines.length > KEPT_LINES) lines.shift();
        output.set(event.id, lines);
        return;
      }
      names.set(event.id, event.name);
      if (event.type === 'step-failed' && !/context canceled/.test(event.error)) failures.push(event);
    },
    explain(message, dockerfile, file) {
      // Of several that failed at once the one that the engine ends with.
      const failed = failures.findLast(({ error }) => message.includes(error)) ?? failures.at(-1);
      const name = failed?.name ?? '';
      const instruction = instructionOf(name, dockerfile);
      const code = /(?:exit code:|returned a non-zero code:) (\d+)/.exec(
        `${failed?.error ?? ''} ${message}`,
      )?.[1];
      const where = instruction === undefined ? file : `${file}:${instruction.firstLine}`;
      const what = code === undefined ? cleanMessage(message) : `the command ended with exit code ${code}`;
      const head =
        instruction === undefined ? `${where}: ${what}` : `${where}: ${instruction.keyword} failed: ${what}`;
      const shown =
        instruction === undefined ? [] : [`  ${shorten(`${instruction.keyword} ${instruction.text}`, 200)}`];
      const lines = failed === undefined ? [] : (output.get(failed.id) ?? []);
      return [head, ...shown, ...lines.map((line) => `  | ${line}`)];
    },
  };
}

/** "[stage-1 2/5] RUN x" is the instruction RUN x; internal steps have none. */
export function stepTitle(name: string): string {
  return name.replace(/^\[(?:[^\]]*\s)?(\d+\/\d+)\]\s*/, '[$1] ');
}

export function shorten(text: string, width: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

function instructionOf(step: string, dockerfile: Dockerfile): Dockerfile['instructions'][number] | undefined {
  const told = squeeze(step.replace(/^\[[^\]]*\]\s*/, ''));
  if (told === '') return undefined;
  const exact = dockerfile.instructions.find(
    (instruction) => squeeze(`${instruction.keyword}${instruction.text}`) === told,
  );
  // Variables are expanded in the engine's text; the keyword and the beginning still tell which it is.
  return (
    exact ??
    dockerfile.instructions.find((instruction) => {
      const own = squeeze(`${instruction.keyword}${instruction.text}`).split('$')[0] ?? '';
      return own.length > instruction.keyword.length && told.startsWith(own);
    })
  );
}

/** Without blanks: the engine joins continuations in its own way. */
function squeeze(text: string): string {
  return text.replace(/\s+/g, '');
}

function cleanMessage(message: string): string {
  return shorten(
    message.replace(/^failed to solve with frontend \S+: /, '').replace(/^failed to solve: /, ''),
    400,
  );
}
