// Compares what was found with what a test expects, in words: an empty list is a pass.

import type { Check } from '../read/test-spec.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A file as a tar archive tells it. */
export interface FoundFile {
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly link: string;
  readonly content: string;
}

/** The part of an image's configuration that a test can ask for. */
export interface FoundImage {
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
  readonly Volumes?: Readonly<Record<string, unknown>> | null;
  readonly Env?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

export function judgeCommand(check: Check, found: CommandResult): string[] {
  const { exit = '0', stdout, stderr } = check.values;
  return [
    ...(found.code === Number(exit)
      ? []
      : [`ended with ${found.code}, expected ${exit}`, ...lastLines(found.stderr || found.stdout)]),
    ...judgeText('stdout', stdout, found.stdout),
    ...judgeText('stderr', stderr, found.stderr),
  ];
}

export function judgeFile(check: Check, found: FoundFile | undefined): string[] {
  const { exists = 'yes', mode, owner, content, link } = check.values;
  if (found === undefined) return exists === 'no' ? [] : ['is not there'];
  if (exists === 'no') return ['is there'];
  const foundMode = found.mode.toString(8).padStart(4, '0');
  const foundOwner = `${found.uid}:${found.gid}`;
  return [
    ...(mode === undefined || Number.parseInt(mode, 8) === found.mode
      ? []
      : [`has mode ${foundMode}, expected ${mode}`]),
    ...(owner === undefined || owner === foundOwner ? [] : [`belongs to ${foundOwner}, expected ${owner}`]),
    ...(link === undefined || link === found.link
      ? []
      : [found.type === 'symlink' ? `leads to ${found.link}, expected ${link}` : 'is no symbolic link']),
    ...judgeText('content', content, found.content),
  ];
}

export function judgeImage(check: Check, found: FoundImage): string[] {
  const scalars: [key: string, value: string][] = [
    ['user', found.User ?? ''],
    ['workdir', found.WorkingDir ?? ''],
    ['stopsignal', found.StopSignal ?? ''],
    ['entrypoint', (found.Entrypoint ?? []).join(' ')],
    ['command', (found.Cmd ?? []).join(' ')],
  ];
  const pairs: Readonly<Record<string, readonly string[]>> = {
    environment: found.Env ?? [],
    labels: Object.entries(found.Labels ?? {}).map(([name, value]) => `${name}=${value}`),
    // `53` is `53/tcp`, as in EXPOSE.
    ports: Object.keys(found.ExposedPorts ?? {}).flatMap((port) => [port, port.replace(/\/tcp$/, '')]),
    volumes: Object.keys(found.Volumes ?? {}),
  };
  const wrong = scalars.flatMap(([key, value]) => {
    const expected = check.values[key];
    return expected === undefined || expected === value
      ? []
      : [`${key} is "${value}", expected "${expected}"`];
  });
  const missing = Object.entries(pairs).flatMap(([key, values]) =>
    words(check.values[key])
      .filter((word) => !values.includes(word) && !(key === 'labels' && hasLabel(values, word)))
      .map((word) => `${key}: ${word} is missing`),
  );
  return [...wrong, ...missing];
}

export function judgeText(what: string, pattern: string | undefined, found: string): string[] {
  if (pattern === undefined || new RegExp(pattern, 'm').test(found)) return [];
  return [`${what} does not match ${pattern}`, ...lastLines(found)];
}

/** The last lines of an output, marked as such. */
export function lastLines(text: string): string[] {
  const lines = text.trimEnd().split('\n').slice(-8);
  return lines.filter((line) => line !== '').map((line) => `| ${line}`);
}

export function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

/** A label that is named without a value need only be there. */
function hasLabel(labels: readonly string[], word: string): boolean {
  return !word.includes('=') && labels.some((label) => label.startsWith(`${word}=`));
}
