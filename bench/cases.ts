// All cases, in the order in which they run.

import type { Case } from './case.ts';
import { boot } from './cases/boot.ts';
import { build } from './cases/build.ts';
import { control } from './cases/control.ts';
import { fatal } from './cases/fatal.ts';
import { idle } from './cases/idle.ts';
import { logs } from './cases/logs.ts';
import { memory } from './cases/memory.ts';
import { orphans } from './cases/orphans.ts';
import { restart } from './cases/restart.ts';
import { run } from './cases/run.ts';
import { size } from './cases/size.ts';
import { start200 } from './cases/start200.ts';
import { stop } from './cases/stop.ts';

export const CASES: readonly Case[] = [
  boot,
  run,
  restart,
  fatal,
  stop,
  start200,
  memory,
  idle,
  logs,
  orphans,
  control,
  build,
  size,
];

/** Throws where there is none of this name. */
export function findCase(name: string): Case {
  const found = CASES.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`cannot find case ${name}: there are ${CASES.map((each) => each.name).join(', ')}`);
  return found;
}
