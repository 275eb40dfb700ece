// `Environment=`, `EnvironmentFile=`, `PassEnvironment=` and `UnsetEnvironment=` (systemd.exec(5), "Environment"), and
// `ExecSearchPath=`, from which $PATH follows.

import type { ExecSettings } from './model.ts';
import { bare, type Draft, type KeyReaders } from './reading.ts';
import type { Assignment } from './unit-ini.ts';
import { isVariableName, parseAssignment } from './values.ts';
import { splitWords } from './words.ts';

type EnvironmentDraft = Draft<
  Pick<
    ExecSettings,
    'environment' | 'environmentFiles' | 'passEnvironment' | 'unsetEnvironment' | 'execSearchPath'
  >
>;

export const ENVIRONMENT_READERS: KeyReaders<EnvironmentDraft> = {
  Environment(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.environment = [];
      return;
    }
    const { words, broken } = splitWords(assignment.value, { unquote: true, unescape: true });
    for (const word of words) {
      const expanded = reading.expanded(assignment, word, `specifiers in ${word}, ignoring`);
      if (expanded === null) continue;
      const variable = parseAssignment(expanded);
      if (variable === null) {
        reading.warn(`Invalid environment assignment, ignoring: ${expanded}`, assignment.origin);
      } else {
        draft.environment = replaced(draft.environment, variable);
      }
    }
    if (broken !== null) {
      reading.warn(`Invalid syntax, ignoring: ${assignment.value}`, assignment.origin);
    }
  },
  EnvironmentFile(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.environmentFiles = [];
      return;
    }
    const expanded = reading.expanded(assignment);
    if (expanded === null) return;
    const optional = expanded.startsWith('-');
    const path = optional ? expanded.slice(1) : expanded;
    const clean = reading.absolutePath(assignment, path);
    if (clean === null) return;
    draft.environmentFiles = [...draft.environmentFiles, { path: clean, optional }];
  },
  PassEnvironment(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.passEnvironment = [];
      return;
    }
    const { words, broken } = splitWords(assignment.value, { unquote: true });
    for (const word of words) {
      const name = reading.expanded(assignment, word, `specifiers in ${word}, ignoring`);
      if (name === null) continue;
      if (!isVariableName(name)) {
        reading.warn(`Invalid environment name for PassEnvironment, ignoring: ${name}`, assignment.origin);
      } else if (!draft.passEnvironment.includes(name)) {
        draft.passEnvironment = [...draft.passEnvironment, name];
      }
    }
    if (broken !== null) reading.warn(garbage(assignment), assignment.origin);
  },
  UnsetEnvironment(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.unsetEnvironment = [];
      return;
    }
    const { words, broken } = splitWords(assignment.value, { unquote: true, unescape: true });
    for (const word of words) {
      const entry = reading.expanded(assignment, word, bare(word));
      if (entry === null) continue;
      if (!isVariableName(entry) && parseAssignment(entry) === null) {
        reading.warn(
          `Invalid environment name or assignment UnsetEnvironment, ignoring: ${entry}`,
          assignment.origin,
        );
      } else draft.unsetEnvironment = [...draft.unsetEnvironment, entry];
    }
    if (broken !== null) reading.warn(garbage(assignment), assignment.origin);
  },
  ExecSearchPath(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.execSearchPath = [];
      return;
    }
    for (const word of assignment.value.split(':')) {
      const path = reading.expanded(assignment, word);
      const folder = path === null ? null : reading.absolutePath(assignment, path);
      // What is wrong ends the line; what stands before it counts.
      if (folder === null) return;
      draft.execSearchPath = [...draft.execSearchPath, folder];
    }
  },
};

/** A variable that is set again keeps its place. */
function replaced(
  environment: EnvironmentDraft['environment'],
  variable: readonly [name: string, value: string],
): EnvironmentDraft['environment'] {
  const at = environment.findIndex(([name]) => name === variable[0]);
  return at === -1 ? [...environment, variable] : environment.with(at, variable);
}

function garbage({ key, value }: Assignment): string {
  return `Trailing garbage in ${key}, ignoring: ${value}`;
}
