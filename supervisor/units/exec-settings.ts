// The keys of systemd.exec(5) that decide how a process is run: user, directory, environment, limits, streams.

import type { ExecSettings } from './model.ts';
import { CAPABILITY_READERS } from './capabilities.ts';
import { CREDENTIAL_READERS, NO_CREDENTIALS } from './credentials.ts';
import { ENVIRONMENT_READERS } from './environment-lines.ts';
import { DIRECTORY_READERS, NO_DIRECTORIES } from './managed-directories.ts';
import { LIMITS, parseLimit } from './rlimits.ts';
import { asBoolean, asMode, setting, type Draft, type KeyReader, type KeyReaders } from './reading.ts';
import { STREAM_READERS } from './streams.ts';
import { pathFault, simplify } from './unit-paths.ts';
import { parseBoolean, parseInteger } from './values.ts';
import { splitWords } from './words.ts';

export type ExecDraft = Draft<ExecSettings>;

export function defaultExec(): ExecDraft {
  return {
    user: null,
    group: null,
    supplementaryGroups: [],
    dynamicUser: false,
    workingDirectory: null,
    umask: 0o022,
    environment: [],
    environmentFiles: [],
    passEnvironment: [],
    unsetEnvironment: [],
    execSearchPath: [],
    limits: {},
    nice: null,
    oomScoreAdjust: null,
    standardInput: { kind: 'null' },
    standardInputData: null,
    standardOutput: { kind: 'inherit' },
    standardError: { kind: 'inherit' },
    syslogIdentifier: null,
    syslogLevel: 6,
    syslogLevelPrefix: true,
    runtimeDirectory: NO_DIRECTORIES,
    runtimeDirectoryPreserve: 'no',
    stateDirectory: NO_DIRECTORIES,
    cacheDirectory: NO_DIRECTORIES,
    logsDirectory: NO_DIRECTORIES,
    configurationDirectory: NO_DIRECTORIES,
    ignoreSigpipe: true,
    ambientCapabilities: [],
    ...NO_CREDENTIALS,
  };
}

const account =
  (field: 'user' | 'group'): KeyReader<ExecDraft> =>
  (draft, assignment, reading) => {
    if (assignment.value === '') {
      draft[field] = null;
      return;
    }
    const name = reading.expand(assignment.value);
    if (name === null) {
      return reading.refuse(
        `Failed to resolve unit specifiers in ${assignment.value}: Invalid slot`,
        assignment.origin,
      );
    }
    if (!isAccountName(name)) {
      return reading.refuse(`Invalid user/group name or numeric ID: ${name}`, assignment.origin);
    }
    if (field === 'user' && assignment.value === 'nobody') {
      reading.warn('Special user nobody configured, this is not safe!', assignment.origin);
    }
    draft[field] = name;
  };

/** What systemd accepts as the name or number of a user or group, in its relaxed mode. */
export function isAccountName(name: string): boolean {
  if (/^\d+$/.test(name)) {
    return /^(?:0|[1-9]\d*)$/.test(name) && Number(name) < 0xffff_ffff && Number(name) !== 0xffff;
  }
  // eslint-disable-next-line no-control-regex -- systemd refuses exactly these
  if (name === '' || /[\x00-\x1f\x7f:/]/.test(name) || /^-\d+$/.test(name)) return false;
  return name === name.trim() && name !== '.' && name !== '..';
}

const limitReaders: KeyReaders<ExecDraft> = Object.fromEntries(
  Object.entries(LIMITS).map(([key, [name, unit]]) => [
    key,
    (draft: ExecDraft, assignment, reading) => {
      const limit = parseLimit(assignment.value, unit);
      if (limit.kind === 'limit') draft.limits = { ...draft.limits, [name]: limit.text };
      else {
        const what =
          limit.kind === 'inverted'
            ? 'Soft resource limit chosen higher than hard limit'
            : 'Failed to parse resource value';
        reading.warn(`${what}, ignoring: ${assignment.value}`, assignment.origin);
      }
    },
  ]),
);

const SYSLOG_LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

function parseSyslogLevel(text: string): number | null {
  const named = SYSLOG_LEVELS.indexOf(text);
  if (named >= 0) return named;
  return /^[0-7]$/.test(text) ? Number(text) : null;
}

export const EXEC_READERS: KeyReaders<ExecDraft> = {
  ...ENVIRONMENT_READERS,
  ...STREAM_READERS,
  ...DIRECTORY_READERS,
  ...CAPABILITY_READERS,
  ...CREDENTIAL_READERS,
  ...limitReaders,
  User: account('user'),
  Group: account('group'),
  SupplementaryGroups(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.supplementaryGroups = [];
      return;
    }
    for (const word of splitWords(assignment.value, {}).words) {
      const name = reading.expand(word);
      if (name === null) {
        return reading.refuse(
          `Failed to resolve unit specifiers in ${word}: Invalid slot`,
          assignment.origin,
        );
      }
      if (!isAccountName(name)) {
        return reading.refuse(`Invalid user/group name or numeric ID: ${name}`, assignment.origin);
      }
      draft.supplementaryGroups = [...draft.supplementaryGroups, name];
    }
  },
  DynamicUser(draft, assignment, reading) {
    const truth = parseBoolean(assignment.value);
    if (truth !== null) draft.dynamicUser = truth;
    else reading.refuse(`Failed to parse boolean value: ${assignment.value}`, assignment.origin);
  },
  WorkingDirectory(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.workingDirectory = null;
      return;
    }
    const optional = assignment.value.startsWith('-');
    const written = optional ? assignment.value.slice(1) : assignment.value;
    if (written === '~') {
      draft.workingDirectory = { path: '~', optional };
      return;
    }
    const refuse = (message: string): void =>
      optional ? reading.warn(message, assignment.origin) : reading.refuse(message, assignment.origin);
    const path = reading.expand(written);
    if (path === null) {
      return refuse(
        `Failed to resolve unit specifiers in working directory path '${written}'${optional ? ', ignoring' : ''}: Invalid slot`,
      );
    }
    const fault = pathFault(path);
    if (fault !== null) {
      return refuse(`WorkingDirectory= path ${fault.what}${optional ? ', ignoring' : ''}: ${fault.shown}`);
    }
    draft.workingDirectory = { path: simplify(path), optional };
  },
  UMask: setting('umask', asMode),
  Nice(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.nice = null;
      return;
    }
    const nice = parseInteger(assignment.value);
    if (nice === null) {
      return reading.warn(
        `Failed to parse nice priority '${assignment.value}', ignoring: Invalid argument`,
        assignment.origin,
      );
    }
    if (nice >= -20 && nice <= 19) draft.nice = nice;
    else reading.warn(`Nice priority out of range, ignoring: ${assignment.value}`, assignment.origin);
  },
  OOMScoreAdjust(draft, assignment, reading) {
    if (assignment.value === '') {
      draft.oomScoreAdjust = null;
      return;
    }
    const score = parseInteger(assignment.value);
    if (score === null) {
      return reading.warn(
        `Failed to parse the OOM score adjust value '${assignment.value}', ignoring: Invalid argument`,
        assignment.origin,
      );
    }
    if (score >= -1000 && score <= 1000) draft.oomScoreAdjust = score;
    else
      reading.warn(`OOM score adjust value out of range, ignoring: ${assignment.value}`, assignment.origin);
  },
  SyslogIdentifier(draft, assignment, reading) {
    const value = reading.expanded(assignment);
    if (value !== null) draft.syslogIdentifier = value === '' ? null : value;
  },
  SyslogLevel(draft, assignment, reading) {
    const level = parseSyslogLevel(assignment.value);
    if (level !== null) draft.syslogLevel = level;
    else reading.warn(`Failed to parse log level, ignoring: ${assignment.value}`, assignment.origin);
  },
  SyslogLevelPrefix: setting('syslogLevelPrefix', asBoolean),
  IgnoreSIGPIPE: setting('ignoreSigpipe', asBoolean),
};
