import type { Unit } from '../../units/model.ts';
import type { UnitsContext } from './context.ts';
import type { LiveUnit, UnitHost } from './live-unit.ts';
import { createTargetUnit } from './simple-units.ts';

export interface SocketUnit extends LiveUnit {
  readonly kind: 'socket';
  descriptors(): readonly { readonly descriptor: number; readonly name: string }[];
}

export function createSocketUnit(unit: Unit, _context: UnitsContext, host: UnitHost): SocketUnit {
  return Object.assign(createTargetUnit(unit, host), { kind: 'socket' as const, descriptors: () => [] });
}
