// What comes before a unit is told to start: its conditions and asserts, what it is bound to, and its start limit.

import { conditionText, whyUnmet, type Probe } from '../../units/conditions.ts';
import type { Condition } from '../../units/model.ts';
import { whyReplaced } from '../../units/replaced.ts';
import { admit, type RateWindow } from '../../units/machine/start-limit.ts';
import { isDown, isUp } from './active-states.ts';
import { sayOf, type UnitsContext } from './context.ts';
import { titleOf } from './job-messages.ts';
import type { Begun, LiveUnit } from './live-unit.ts';
import type { UnitGraph } from './unit-graph.ts';
import type { UnitStamps } from './unit-stamps.ts';

export interface StartGateOptions {
  readonly context: UnitsContext;
  readonly graph: UnitGraph;
  readonly stamps: UnitStamps;
  readonly probe: Probe;
  /** The unit has failed, since it was started too often. */
  readonly onLimitHit: (live: LiveUnit) => void;
}

export interface StartGate {
  /** Starts the unit, or tells what keeps it from that. */
  begin(live: LiveUnit): Begun | 'skipped' | 'assert' | 'dependency';
  /** It was started too often, and has neither been started nor reset since. */
  limitHit(id: string): boolean;
  /** Forgets how often it was started. */
  reset(id: string): void;
}

export function createStartGate(options: StartGateOptions): StartGate {
  const { context, graph, stamps, probe } = options;
  const { system } = context;
  const windows = new Map<string, RateWindow>();
  const limitHit = new Set<string>();
  const say = (unit: string, priority: number, text: string): void => sayOf(context, unit, priority, text);

  const checked = ({ unit }: LiveUnit): 'skipped' | 'assert' | null => {
    const at = stamps.of(unit.id);
    at.conditionAt = system.wallClock();
    const replaced = whyReplaced(unit.id);
    if (replaced !== null) {
      say(unit.id, 7, `${titleOf(unit)} was skipped: ${replaced}.`);
      return 'skipped';
    }
    const unmet = whyUnmet(unit.conditions, probe);
    at.conditionMet = unmet === null;
    if (unmet !== null) {
      say(unit.id, 6, `${titleOf(unit)} was skipped because ${unmetText(unmet)}.`);
      return 'skipped';
    }
    at.assertMet = whyUnmet(unit.asserts, probe) === null;
    if (at.assertMet) return null;
    say(unit.id, 5, `${unit.id}: Starting requested but asserts failed.`);
    return 'assert';
  };

  return {
    begin(live) {
      const { id, startLimit } = live.unit;
      if (isUp(live.active)) return 'already';
      const refused = live.active === 'activating' ? null : checked(live);
      if (refused !== null) return refused;
      const unbound = graph
        .related(id, 'bindsTo')
        .find((name) => graph.related(id, 'after').includes(name) && !isUp(graph.live(name).active));
      if (unbound !== undefined) {
        say(id, 4, `Bound to unit ${unbound}, but unit isn't active.`);
        return 'dependency';
      }
      if (isDown(live.active)) {
        const window = admit(windows.get(id) ?? null, startLimit, system.now());
        if (window === null) {
          limitHit.add(id);
          live.startLimitHit();
          options.onLimitHit(live);
          return 'begun';
        }
        windows.set(id, window);
        limitHit.delete(id);
      }
      return live.start();
    },
    limitHit: (id) => limitHit.has(id),
    reset(id) {
      windows.delete(id);
      limitHit.delete(id);
    },
  };
}

function unmetText(unmet: Condition | 'triggers'): string {
  if (unmet === 'triggers') return 'no trigger condition checks were met';
  return `of an unmet condition check (${conditionText('Condition', unmet)})`;
}
