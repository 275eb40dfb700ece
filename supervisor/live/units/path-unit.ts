import type { Unit } from '../../units/model.ts';
import type { UnitsContext } from './context.ts';
import type { LiveUnit, UnitHost } from './live-unit.ts';
import { createTargetUnit } from './simple-units.ts';

export function createPathUnit(unit: Unit, _context: UnitsContext, host: UnitHost): LiveUnit {
  return createTargetUnit(unit, host);
}
