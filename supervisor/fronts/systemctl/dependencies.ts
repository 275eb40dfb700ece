// `systemctl list-dependencies`: what a unit needs, or who needs it, as a tree.

import { expandNames } from './names.ts';
import { colorOfState, colorsOf, glyphsOf, managerOf, stateGlyph, type Session } from './session.ts';

/** The properties that each direction follows. */
const FOLLOWED: Readonly<Record<Session['options']['direction'], readonly string[]>> = {
  forward: ['Requires', 'Requisite', 'Wants', 'ConsistsOf', 'BindsTo', 'Upholds'],
  reverse: ['RequiredBy', 'RequisiteOf', 'WantedBy', 'PartOf', 'BoundBy', 'UpheldBy'],
  after: ['After'],
  before: ['Before'],
};

const DEFAULT_TARGET = 'default.target';

export async function listDependencies(session: Session, words: readonly string[]): Promise<number> {
  const names = await expandNames(session, words.length === 0 ? [DEFAULT_TARGET] : words);
  for (const [index, name] of names.entries()) {
    if (index > 0) session.io.out('\n');
    const { id } = await managerOf(session).snapshot(name);
    session.io.out(`${id}\n`);
    await printBelow(session, id, [id], []);
  }
  return 0;
}

/** Prints what hangs below a unit; `above` are the units on the way to it, `trunk` says where branches go on. */
async function printBelow(
  session: Session,
  name: string,
  above: readonly string[],
  trunk: readonly boolean[],
): Promise<void> {
  const { io, options } = session;
  const units = await dependenciesOf(session, name);
  for (const [index, unit] of units.entries()) {
    const isLast = index === units.length - 1;
    if (above.includes(unit)) {
      if (!options.plain) io.out(`  ${branchOf(session, trunk, true)}${'...'}\n`);
      continue;
    }
    if (options.plain) {
      io.out(`  ${unit}\n`);
    } else {
      const state = (await managerOf(session).snapshot(unit)).activeState;
      const glyph = colorsOf(io)(colorOfState(state), stateGlyph(state, glyphsOf(io)));
      io.out(`${glyph} ${branchOf(session, trunk, isLast)}${unit}\n`);
    }
    if (!options.all && !unit.endsWith('.target')) continue;
    await printBelow(session, unit, [...above, unit], [...trunk, !isLast]);
  }
}

function branchOf(session: Session, trunk: readonly boolean[], isLast: boolean): string {
  const glyphs = glyphsOf(session.io);
  const before = trunk.map((goesOn) => (goesOn ? glyphs.trunk : '  ')).join('');
  return `${before}${isLast ? glyphs.last : glyphs.branch}`;
}

/** Targets last, otherwise in the order of the alphabet. */
async function dependenciesOf(session: Session, name: string): Promise<string[]> {
  const properties = await managerOf(session).properties(name);
  const units = FOLLOWED[session.options.direction].flatMap((property) =>
    (properties.get(property) ?? '').split(' ').filter(Boolean),
  );
  const isTarget = (unit: string): number => Number(unit.endsWith('.target'));
  return [...new Set(units)].toSorted(
    (one, two) => isTarget(one) - isTarget(two) || (one.toLowerCase() < two.toLowerCase() ? -1 : 1),
  );
}
