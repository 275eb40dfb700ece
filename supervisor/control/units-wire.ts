// What clients send to the manager of units over HTTP, and what comes back: JSON, read with care. Pure.

import type { JournalLine, JournalQuery, JobMode, UnitAction, Units } from './units.ts';

/** A client asked for what is not there; the text says what was expected. */
export class BadRequest extends Error {}

/** The methods that answer at once or, like act, when their jobs are done: `POST /units/NAME`, an object as body. */
export const CALLS: Readonly<Record<string, (units: Units, body: Fields) => unknown>> = {
  list: (units, body) => units.list(body.texts('patterns')),
  snapshot: (units, body) => units.snapshot(body.text('name')),
  properties: (units, body) => [...units.properties(body.text('name'))],
  act: (units, body) =>
    units.act(body.oneOf('action', ACTIONS), body.texts('names'), {
      mode: body.oneOf('mode', MODES, 'replace'),
      wait: body.flag('wait', true),
    }),
  kill: (units, body) =>
    units.kill(body.text('name'), body.text('signal'), body.oneOf('whom', ['main', 'control', 'all'], 'all')),
  'reset-failed': (units, body) => units.resetFailed(body.texts('names')),
  'daemon-reload': async (units) => {
    await units.daemonReload();
    return null;
  },
  'system-state': (units) => units.systemState(),
  environment: (units) => [...units.environment()],
  'set-environment': (units, body) => {
    units.setEnvironment(body.textMap('set'), body.texts('unset'));
    return null;
  },
  journal: (units, body) => units.journal(journalQuery(body)),
  jobs: (units) => units.jobs(),
  'cancel-jobs': (units, body) => units.cancelJobs(body.numbers('ids')),
  end: (units, body) => {
    units.end(body.number('exitCode') ?? 0);
    return null;
  },
};

const ACTIONS: readonly UnitAction[] = [
  'start',
  'stop',
  'restart',
  'try-restart',
  'reload',
  'reload-or-restart',
  'try-reload-or-restart',
];
const MODES: readonly JobMode[] = [
  'replace',
  'fail',
  'isolate',
  'ignore-dependencies',
  'ignore-requirements',
  'flush',
];

/** A query out of a body; what is not said is not restricted. */
export function journalQuery(body: Fields): JournalQuery {
  return {
    units: body.texts('units'),
    lines: body.number('lines'),
    sinceMs: body.number('sinceMs'),
    untilMs: body.number('untilMs'),
    maxPriority: body.number('maxPriority') ?? 7,
  };
}

/** Whether a line that has just been written is one that the query asks for. */
export function isWanted(query: JournalQuery, line: JournalLine): boolean {
  const { units, sinceMs, untilMs, maxPriority } = query;
  return (
    (units.length === 0 || units.includes(line.unit)) &&
    line.priority <= maxPriority &&
    line.atMs >= (sinceMs ?? -Infinity) &&
    line.atMs <= (untilMs ?? Infinity)
  );
}

/** The fields of a JSON object, each read as what it has to be; throws BadRequest. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;

  /** An empty text has no fields. */
  constructor(json: string) {
    let value: unknown;
    try {
      value = json.trim() === '' ? {} : JSON.parse(json);
    } catch (error) {
      throw new BadRequest(`the body is no JSON: ${(error as Error).message}`);
    }
    if (!isRecord(value)) throw new BadRequest('the body has to be a JSON object');
    this.#values = value;
  }

  text(name: string): string {
    const value = this.#values[name];
    if (typeof value !== 'string') throw new BadRequest(`${name} has to be a text`);
    return value;
  }

  /** Empty where it is not given. */
  texts(name: string): readonly string[] {
    return this.#list(name, 'texts', (value) => typeof value === 'string');
  }

  numbers(name: string): readonly number[] {
    return this.#list(name, 'numbers', (value) => typeof value === 'number');
  }

  /** Null where it is not given. */
  number(name: string): number | null {
    const value = this.#values[name] ?? null;
    if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
    throw new BadRequest(`${name} has to be a number`);
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.#values[name] ?? otherwise;
    if (typeof value !== 'boolean') throw new BadRequest(`${name} has to be true or false`);
    return value;
  }

  oneOf<T extends string>(name: string, choices: readonly T[], otherwise?: T): T {
    const value = this.#values[name] ?? otherwise;
    const choice = choices.find((each) => each === value);
    if (choice === undefined) throw new BadRequest(`${name} has to be one of ${choices.join(', ')}`);
    return choice;
  }

  textMap(name: string): Readonly<Record<string, string>> {
    const value = this.#values[name] ?? {};
    if (isRecord(value) && Object.values(value).every((each) => typeof each === 'string')) {
      return value as Record<string, string>;
    }
    throw new BadRequest(`${name} has to be an object of texts`);
  }

  #list<T>(name: string, what: string, isRight: (value: unknown) => value is T): readonly T[] {
    const value = this.#values[name] ?? [];
    if (Array.isArray(value) && value.every(isRight)) return value;
    throw new BadRequest(`${name} has to be a list of ${what}`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
