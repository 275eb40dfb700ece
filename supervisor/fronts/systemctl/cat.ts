// `systemctl cat`: a unit's file and its drop-ins, as they are on disk; and `help`, which names its documentation.

import { unitSource } from '../../os/unit-source.ts';
import { isGlob } from '../../units/unit-names.ts';
import { findDropIns, findFragment, scanUnitFiles } from '../../units/search.ts';
import { CTL_EXIT } from './failure.ts';
import { expandNames, fullName } from './names.ts';
import { managerOf, type Session } from './session.ts';
import { documentation } from './status-text.ts';

export async function cat(session: Session, words: readonly string[]): Promise<number> {
  const { io, options } = session;
  const source = unitSource(options.root ?? '');
  const files = scanUnitFiles(source);
  const names = words.some(isGlob)
    ? await expandNames(session, words)
    : words.map((word) => fullName(session, word));
  let code = 0;
  let isFirst = true;
  for (const name of names) {
    const finding = findFragment(files, name);
    const fragment = finding.kind === 'found' ? finding.fragment : null;
    const dropIns = findDropIns(files, fragment?.names ?? [name]);
    const paths = fragment === null ? dropIns : [fragment.path, ...dropIns];
    if (paths.length === 0) {
      io.err(`No files found for ${name}.\n`);
      code = CTL_EXIT.failure;
      continue;
    }
    for (const path of paths) {
      const content = source.readText(path);
      if ('code' in content) {
        io.err(`Failed to cat ${path}: ${content.code}\n`);
        code = CTL_EXIT.failure;
        continue;
      }
      io.out(`${isFirst ? '' : '\n'}# ${path}\n${content.text}${/\n$|^$/.test(content.text) ? '' : '\n'}`);
      isFirst = false;
    }
  }
  return code;
}

export async function help(session: Session, words: readonly string[]): Promise<number> {
  for (const name of await expandNames(session, words)) {
    const value = (await managerOf(session).properties(name)).get('Documentation') ?? '';
    if (value === '') session.io.out(`Documentation for ${name} not known.\n`);
    else session.io.out(`${documentation(value).join('\n')}\n`);
  }
  return 0;
}
