// What the parts of `systemctl status` work with: their input, and lines with a label. Pure.

import type { Glyphs } from './session.ts';

export interface StatusInput {
  readonly properties: ReadonlyMap<string, string>;
  /** Units of TriggeredBy= and Triggers= → their active state. */
  readonly states: ReadonlyMap<string, string>;
  /** Its processes now, as /proc tells them, the main one first. */
  readonly processes: readonly {
    readonly pid: number;
    readonly comm: string;
    readonly commandLine: string;
  }[];
  /** The condition that was not met, as the journal names it: `ConditionPathExists=/nope`. */
  readonly unmet: string | null;
  readonly monotonicUs: number;
  readonly nowMs: number;
  readonly glyphs: Glyphs;
  readonly paint: (color: 'red' | 'green' | 'yellow' | 'bold' | 'none', text: string) => string;
}

/** Null for what is empty. */
export function get({ properties }: StatusInput, name: string): string | null {
  const value = properties.get(name) ?? '';
  return value === '' ? null : value;
}

export const LABEL_WIDTH = 11;

export function field(label: string, value: string | null): string[] {
  return value === null ? [] : [`${label.padStart(LABEL_WIDTH)}: ${value}`];
}
