import type { Verb } from './verbs.ts';
export const FILE_VERBS: Readonly<Record<string, Verb>> = {};
