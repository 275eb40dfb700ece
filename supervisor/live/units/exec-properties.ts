// What `systemctl show` prints of how processes are run and ended: systemd.exec(5) and systemd.kill(5).

import { signalNumber } from '../../process/signals.ts';
import { CAPABILITIES } from '../../units/capabilities.ts';
import type { ExecSettings, KillSettings, ManagedDirectories, StreamTarget } from '../../units/model.ts';
import { octal, quotedWord } from './property-text.ts';

/** What is not set is empty, and left out by `show`. */
export function execProperties(settings: ExecSettings): Record<string, string> {
  const directory = settings.workingDirectory;
  return {
    Environment: settings.environment.map(([name, value]) => quotedWord(`${name}=${value}`)).join(' '),
    EnvironmentFiles: settings.environmentFiles
      .map(({ path, optional }) => `${path} (ignore_errors=${optional ? 'yes' : 'no'})`)
      .join('\n'),
    PassEnvironment: settings.passEnvironment.join(' '),
    UnsetEnvironment: settings.unsetEnvironment.join(' '),
    ExecSearchPath: settings.execSearchPath.join(' '),
    UMask: octal(settings.umask),
    ...limitProperties(settings.limits),
    WorkingDirectory: directory === null ? '' : `${directory.optional ? '!' : ''}${directory.path}`,
    OOMScoreAdjust: String(settings.oomScoreAdjust ?? 0),
    Nice: String(settings.nice ?? 0),
    StandardInput: streamText(settings.standardInput),
    StandardOutput: streamText(settings.standardOutput),
    StandardError: streamText(settings.standardError),
    SyslogIdentifier: settings.syslogIdentifier ?? '',
    User: settings.user ?? '',
    Group: settings.group ?? '',
    DynamicUser: settings.dynamicUser ? 'yes' : 'no',
    SupplementaryGroups: settings.supplementaryGroups.join(' '),
    AmbientCapabilities: settings.ambientCapabilities.map((number) => CAPABILITIES[number]).join(' '),
    IgnoreSIGPIPE: settings.ignoreSigpipe ? 'yes' : 'no',
    RuntimeDirectoryPreserve: settings.runtimeDirectoryPreserve,
    ...directoryProperties('Runtime', settings.runtimeDirectory),
    ...directoryProperties('State', settings.stateDirectory),
    ...directoryProperties('Cache', settings.cacheDirectory),
    ...directoryProperties('Logs', settings.logsDirectory),
    ...directoryProperties('Configuration', settings.configurationDirectory),
  };
}

export function killProperties(settings: KillSettings): Record<string, string> {
  const number = (signal: string): string => String(signalNumber(signal) ?? 0);
  return {
    KillMode: settings.killMode,
    KillSignal: number(settings.killSignal),
    RestartKillSignal: number(settings.restartKillSignal ?? settings.killSignal),
    FinalKillSignal: number(settings.finalKillSignal),
    SendSIGKILL: settings.sendSigkill ? 'yes' : 'no',
    SendSIGHUP: settings.sendSighup ? 'yes' : 'no',
    WatchdogSignal: number(settings.watchdogSignal),
  };
}

/** `LimitNOFILE` is the hard one, `LimitNOFILESoft` the soft one; only those that the unit sets. */
function limitProperties(limits: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(limits).flatMap(([name, value]) => {
      const [soft = value, hard = soft] = value.split(':');
      const key = `Limit${name.toUpperCase()}`;
      const text = (limit: string): string => (limit === 'unlimited' ? 'infinity' : limit);
      return [
        [key, text(hard)],
        [`${key}Soft`, text(soft)],
      ];
    }),
  );
}

function directoryProperties(name: string, { names, mode }: ManagedDirectories): Record<string, string> {
  return { [`${name}DirectoryMode`]: octal(mode), [`${name}Directory`]: names.join(' ') };
}

function streamText(target: StreamTarget): string {
  if ('path' in target) return `${target.kind}:${target.path}`;
  return target.kind === 'fd' ? `fd:${target.name}` : target.kind;
}
