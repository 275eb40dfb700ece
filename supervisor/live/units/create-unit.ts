// The live unit of each type.

import type { Unit } from '../../units/model.ts';
import type { UnitsContext } from './context.ts';
import type { LiveUnit, UnitHost } from './live-unit.ts';
import { createPathUnit } from './path-unit.ts';
import { createServiceUnit } from './service-unit.ts';
import { createForeignUnit, createTargetUnit } from './simple-units.ts';
import { createSocketUnit } from './socket-unit.ts';
import { createTimerUnit } from './timer-unit.ts';

export function createUnit(unit: Unit, context: UnitsContext, host: UnitHost): LiveUnit {
  switch (unit.type) {
    case 'service':
      return createServiceUnit(unit, context, host);
    case 'timer':
      return createTimerUnit(unit, context, host);
    case 'socket':
      return createSocketUnit(unit, context, host);
    case 'path':
      return createPathUnit(unit, context, host);
    case 'target':
      return createTargetUnit(unit, host);
    case 'other':
      return createForeignUnit(unit);
  }
}
