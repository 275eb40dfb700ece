// Pure: what a unit's state means to others.

import type { ActiveState } from '../../units/machine/state.ts';

export const isUp = (state: ActiveState): boolean => state === 'active' || state === 'reloading';
export const isDown = (state: ActiveState): boolean => state === 'inactive' || state === 'failed';
export const isDownOrGoing = (state: ActiveState): boolean => isDown(state) || state === 'deactivating';
export const isUpOrComing = (state: ActiveState): boolean => isUp(state) || state === 'activating';
