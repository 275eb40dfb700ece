// `systemctl list-unit-files`: every unit file, whether it is enabled, and whether the distribution wants it to be.

import { presetOf, readPresets } from '../../units/presets.ts';
import { matchesGlob } from '../../units/glob.ts';
import { unitFileState } from '../../units/unit-file-state.ts';
import { CTL_EXIT } from './failure.ts';
import { fileContext } from './file-context.ts';
import { unitFileRank } from './list-units.ts';
import { fullName } from './names.ts';
import { colorsOf, WITHOUT_PRESET, type Session } from './session.ts';
import { columns, jsonRows } from './table.ts';

export function listFiles(session: Session, words: readonly string[]): number {
  const { io, options } = session;
  const context = fileContext(session);
  const rules = readPresets(context.source);
  const patterns = words.map((word) => fullName(session, word));
  const files = [...context.files.entries.keys()]
    .filter((name) => patterns.length === 0 || patterns.some((pattern) => matchesGlob(name, pattern)))
    .filter((name) => options.types.length === 0 || options.types.some((type) => name.endsWith(`.${type}`)))
    .map((name) => {
      const state = unitFileState(context, name) ?? 'bad';
      const preset = WITHOUT_PRESET.includes(state) ? '-' : `${presetOf(rules, name).action}d`;
      return { name, state, preset };
    })
    .filter(({ state }) => options.states.length === 0 || options.states.includes(state))
    .toSorted(
      (one, two) => unitFileRank(one.name) - unitFileRank(two.name) || (one.name < two.name ? -1 : 1),
    );
  const json = jsonRows(
    options.output,
    files.map(({ name, state, preset }) => ({
      unit_file: name,
      state,
      preset: preset === '-' ? null : preset,
    })),
  );
  const code = files.length === 0 && words.length > 0 ? CTL_EXIT.failure : 0;
  if (json !== null) {
    io.out(json);
    return code;
  }
  const paint = colorsOf(io);
  const rows = files.map(({ name, state, preset }) => [
    name,
    paint(
      /^masked|^bad|^disabled/.test(state) ? 'red' : state.startsWith('enabled') ? 'green' : 'none',
      state,
    ),
    preset,
  ]);
  const lines = columns(options.legend ? [['UNIT FILE', 'STATE', 'PRESET'], ...rows] : rows);
  io.out(lines.map((line) => `${line}\n`).join(''));
  if (options.legend) io.out(`\n${files.length} unit files listed.\n`);
  return code;
}
