// `systemctl show`: properties of units, or of the manager, for programs.

import { isGlob } from '../../units/unit-names.ts';
import { SYSTEMD_VERSION } from './version.ts';
import { expandNames, mustBeUnit } from './names.ts';
import { managerOf, type Session } from './session.ts';

export async function show(session: Session, words: readonly string[]): Promise<number> {
  const manager = managerOf(session);
  if (words.length === 0) {
    print(session, await managerProperties(session));
    return 0;
  }
  const names = await expandNames(session, words);
  if (names.length === 0 && words.some(isGlob)) return 0;
  for (const [index, name] of names.entries()) {
    mustBeUnit(name, 'get properties');
    if (index > 0) session.io.out('\n');
    print(session, await manager.properties(name));
  }
  return 0;
}

/** Properties that are printed, empty, where they are asked for by name. */
const MAY_BE_EMPTY =
  /^(After|Before|Requires|Requisite|Wants|BindsTo|PartOf|Upholds|RequiredBy|WantedBy|BoundBy|ConsistsOf|Conflicts|ConflictedBy|Triggers|TriggeredBy|OnFailure|OnSuccess|PropagatesReloadTo|Documentation|DropInPaths|FragmentPath|SourcePath|UnitFileState|UnitFilePreset|StatusText|User|Group|PIDFile|BusName|Environment|EnvironmentFiles|PassEnvironment|UnsetEnvironment|WorkingDirectory|RootDirectory|InvocationID|Following|ControlGroup|Slice|SyslogIdentifier|RuntimeDirectory|StateDirectory|CacheDirectory|LogsDirectory|ConfigurationDirectory|\w+Timestamp|LastTriggerUSec|NextElapseUSecRealtime|Job|SupplementaryGroups|LoadError|RequiresMountsFor|ExecMain(Start|Exit)Timestamp)$/;

/** Those that `show` prints once for each of their lines. */
const HAS_LINES = /^(Listen|TimersMonotonic|TimersCalendar|EnvironmentFiles|Paths)$/;

function print(session: Session, properties: ReadonlyMap<string, string>): void {
  const { options, io } = session;
  const wanted = options.properties?.filter((name) => name !== '') ?? null;
  const asked = wanted === null || wanted.length === 0 ? null : new Set(wanted);
  const absent = [...(asked ?? [])].filter((name) => !properties.has(name) && MAY_BE_EMPTY.test(name));
  const all = [...properties, ...absent.map((name): [string, string] => [name, ''])];
  const lines = all.flatMap(([name, value]) => {
    if (asked === null ? value === '' && !options.all : !asked.has(name)) return [];
    return linesOf(name, value).map((line) => (options.valueOnly ? line : `${name}=${line}`));
  });
  io.out(lines.map((line) => `${line}\n`).join(''));
}

function linesOf(name: string, value: string): readonly string[] {
  if (HAS_LINES.test(name)) return value.split('\n');
  return name.startsWith('Exec') ? value.split(/\n(?=\{ path=)/) : [value];
}

async function managerProperties(session: Session): Promise<Map<string, string>> {
  const manager = managerOf(session);
  const units = await manager.list([]);
  const failed = units.filter(({ activeState }) => activeState === 'failed');
  const jobs = await manager.jobs();
  const environment = await manager.environment();
  return new Map([
    ['Version', SYSTEMD_VERSION],
    ['Virtualization', 'docker'],
    ['Architecture', process.arch === 'arm64' ? 'arm64' : 'x86-64'],
    ['NNames', String(units.length)],
    ['NFailedUnits', String(failed.length)],
    ['NJobs', String(jobs.length)],
    ['Progress', '1'],
    ['Environment', [...environment].map(([name, value]) => `${name}=${value}`).join(' ')],
    ['DefaultTimeoutStartUSec', '1min 30s'],
    ['DefaultTimeoutStopUSec', '1min 30s'],
    ['DefaultRestartUSec', '100ms'],
    ['SystemState', await manager.systemState()],
  ]);
}
