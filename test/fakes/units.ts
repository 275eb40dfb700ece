// A manager of units that runs nothing: it remembers what it was asked, and answers what a test says.

import type {
  JournalLine,
  JournalQuery,
  UnitOutcome,
  Units,
  UnitSnapshot,
} from '../../supervisor/control/units.ts';

export class FakeUnits implements Units {
  /** Every call that changes something: its name and its arguments. */
  readonly calls: unknown[][] = [];
  readonly snapshots: UnitSnapshot[] = [];
  readonly lines: JournalLine[] = [];
  readonly variables = new Map<string, string>();
  readonly #listeners = new Set<(line: JournalLine) => void>();
  /** What act() resolves with; may wait. */
  outcomes: () => Promise<readonly UnitOutcome[]> = () => Promise.resolve([]);

  list(patterns: readonly string[]): readonly UnitSnapshot[] {
    return this.snapshots.filter(({ id }) => patterns.length === 0 || patterns.includes(id));
  }
  snapshot(name: string): UnitSnapshot {
    return this.snapshots.find(({ id }) => id === name) ?? snapshotOf({ id: name, loadState: 'not-found' });
  }
  properties(name: string): ReadonlyMap<string, string> {
    const { id, activeState } = this.snapshot(name);
    return new Map([
      ['Result', 'success'],
      ['Id', id],
      ['ActiveState', activeState],
      ['ExecStartPre', '{ path=/a ; argv[]=/a }\n{ path=/b ; argv[]=/b }'],
      ['Description', 'ünïcode "quoted"\ttab'],
    ]);
  }
  act(...args: Parameters<Units['act']>): Promise<readonly UnitOutcome[]> {
    this.calls.push(['act', ...args]);
    return this.outcomes();
  }
  kill(...args: Parameters<Units['kill']>): UnitOutcome {
    this.calls.push(['kill', ...args]);
    return { kind: 'job', unit: args[0], result: 'done' };
  }
  resetFailed(names: readonly string[]): readonly UnitOutcome[] {
    this.calls.push(['resetFailed', names]);
    return [];
  }
  daemonReload(): Promise<void> {
    this.calls.push(['daemonReload']);
    return Promise.resolve();
  }
  systemState(): 'running' {
    return 'running';
  }
  environment(): ReadonlyMap<string, string> {
    return this.variables;
  }
  setEnvironment(...args: Parameters<Units['setEnvironment']>): void {
    this.calls.push(['setEnvironment', ...args]);
  }
  journal({ lines, maxPriority, units }: JournalQuery): readonly JournalLine[] {
    const wanted = this.lines.filter(
      (line) => line.priority <= maxPriority && (units.length === 0 || units.includes(line.unit)),
    );
    return lines === null ? wanted : wanted.slice(Math.max(0, wanted.length - lines));
  }
  followJournal(listener: (line: JournalLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  /** Somebody writes a line. */
  write(line: JournalLine): void {
    this.lines.push(line);
    for (const listener of this.#listeners) listener(line);
  }
  /** How many read along. */
  followers(): number {
    return this.#listeners.size;
  }
  jobs(): [] {
    return [];
  }
  cancelJobs(ids: readonly number[]): readonly UnitOutcome[] {
    return ids.map((id) => ({
      kind: 'refused',
      unit: '',
      message: `Job ${id} does not exist.`,
      exitCode: 1,
    }));
  }
  end(exitCode: number): void {
    this.calls.push(['end', exitCode]);
  }
}

export function snapshotOf(fields: Partial<UnitSnapshot> & { readonly id: string }): UnitSnapshot {
  return {
    names: [fields.id],
    description: fields.id,
    loadState: 'loaded',
    activeState: 'inactive',
    subState: 'dead',
    unitFileState: null,
    fragmentPath: null,
    dropInPaths: [],
    mainPid: null,
    pids: [],
    statusText: null,
    activeEnterAtMs: null,
    inactiveEnterAtMs: null,
    job: null,
    ...fields,
  };
}

export function lineOf(fields: Partial<JournalLine>): JournalLine {
  return { atMs: 0, unit: 'x.service', identifier: 'x', pid: 7, priority: 6, message: 'hello', ...fields };
}
