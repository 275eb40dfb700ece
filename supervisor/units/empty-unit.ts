// A unit of which nothing is known but its name and why: not found, masked, not readable.

import type { LoadState, Unit, UnitType } from './model.ts';

export function emptyUnit(
  name: string,
  type: UnitType,
  loadState: LoadState,
  loadError: string | null,
): Unit {
  return {
    id: name,
    names: [name],
    type,
    loadState,
    loadError,
    description: name,
    documentation: [],
    fragmentPath: null,
    sourcePath: null,
    dropInPaths: [],
    dependencies: {},
    conditions: [],
    asserts: [],
    defaultDependencies: true,
    stopWhenUnneeded: false,
    refuseManualStart: false,
    refuseManualStop: false,
    allowIsolate: false,
    ignoreOnIsolate: false,
    onFailureJobMode: 'replace',
    startLimit: { intervalMs: 10_000, burst: 5, action: 'none' },
    jobTimeoutMs: null,
    failureAction: 'none',
    successAction: 'none',
    failureActionExitStatus: null,
    successActionExitStatus: null,
    service: null,
    timer: null,
    socket: null,
    path: null,
    install: { alias: [], wantedBy: [], requiredBy: [], upheldBy: [], also: [], defaultInstance: null },
    problems: [],
  };
}
