// Units that Debian's packages install, under Debian's systemd and under our PID 1: each is started, reloaded, killed,
// restarted and stopped by its own unit. DEBIAN_UNITS=all tries many more, and prints the table of docs/units.md.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  FEW_UNITS,
  MORE_UNITS,
  NOTHING_ENABLED,
  tryUnit,
  type Step,
  type Trial,
} from '../support/debian-units.ts';
import { closeOracle, oracleImage, startBoth } from '../support/systemd-oracle.ts';

const test = suite('units of Debian');
test.after(closeOracle);

const all = process.env['DEBIAN_UNITS'] === 'all';
const units = all ? [...FEW_UNITS, ...MORE_UNITS] : FEW_UNITS;
const packages = units.flatMap((unit) => unit.packages);
const both = oracleImage(packages, NOTHING_ENABLED).then((image) => startBoth({ image }));
const rows: string[] = [];

/** What a person would say of a trial. */
function rowOf(unit: string, trial: Trial, differences: readonly string[]): string {
  const word = (step: Step): string => /\b(active|inactive|failed)\b/.exec(trial[step])?.[0] ?? '?';
  const reload = trial.reload.startsWith('exit 3') ? 'has none' : word('reload');
  const remark = differences.length === 0 ? '' : differences.join('; ');
  return `| ${unit} | ${word('start')} | ${reload} | ${word('kill')} | ${word('restart')} | ${word('stop')} | ${remark} |`;
}

for (const debian of units) {
  test(`${debian.unit} of ${debian.packages[0]}`, async () => {
    const { real, ours } = await both;
    const [one, two] = await Promise.all([tryUnit(real, debian), tryUnit(ours, debian)]);
    const expected = Object.keys(debian.differs ?? {}) as Step[];
    const compared = (trial: Trial): Partial<Trial> =>
      Object.fromEntries(Object.entries(trial).filter(([step]) => !expected.includes(step as Step)));
    rows.push(rowOf(debian.unit, two, [...new Set(Object.values(debian.differs ?? {}))]));
    assert.equal(compared(two), compared(one));
  });
}

test.after(() => {
  if (!all) return;
  console.log(
    '| unit | start | reload | kill -9 | restart | stop | differs from systemd |\n|---|---|---|---|---|---|---|',
  );
  console.log(rows.join('\n'));
});

test.run();
