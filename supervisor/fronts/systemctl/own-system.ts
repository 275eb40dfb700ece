// The kernel, for the commands of systemctl that start programs. One for all: each collects every child there is.

import { linuxSystem } from '../../os/linux.ts';
import type { System } from '../../os/system.ts';

let system: System | null = null;

export function ownSystem(): System {
  system ??= linuxSystem();
  return system;
}
