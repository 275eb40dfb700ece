// [redpill]: which programs' FATAL ends the container, and the script that runs before it does.

import type { Problem } from '../model.ts';
import { resolveTemplate } from './defaults.ts';
import type { EnvironmentResult } from './environment.ts';
import { enabledFrom } from './extras.ts';
import type { ImageConfig } from './image.ts';
import { declaredNames } from './names.ts';
import { splitCommand } from './shlex.ts';
import type { ConfigSource } from './source.ts';
import type { Default } from './variable.ts';

/** The watch over programs whose FATAL ends the container. */
export interface Redpill {
  /** null where the image has no [redpill]. */
  readonly enabled: boolean | null;
  readonly monitor: readonly string[];
  /** A script to run, without arguments, before the container ends. */
  readonly cleanup: string | null;
}

/** Resolves [redpill] against the environment. A command line in the form of the original's script wins wholly. */
export function readRedpill(
  image: ImageConfig,
  environment: EnvironmentResult,
  source: ConfigSource,
  problems: Problem[],
): Redpill {
  const { redpill } = image;
  if (redpill === null) return { enabled: null, monitor: [], cleanup: null };
  const known = declaredNames(image);
  const text = (setting: Default | null): string =>
    setting === null ? '' : resolveTemplate(setting, environment.variables, source, problems, known).trim();
  const warn = (setting: Default | null, message: string, remedy?: string): void => {
    const origin = setting?.origin;
    problems.push({ severity: 'warning', message, ...(remedy && { remedy }), ...(origin && { origin }) });
  };

  const enabled = text(redpill.enabled);
  const interval = text(redpill.interval);
  const command = text(redpill.command);
  const settings = {
    // An unset SERVICE_REDPILL is the original's unset one: not enabled, and not worth a word.
    enabled:
      enabled !== '' && enabledFrom(enabled, (message) => warn(redpill.enabled, `redpill: ${message}`)),
    monitor: names(text(redpill.monitor)),
    cleanup: text(redpill.cleanup) || null,
  };
  if (interval !== '') {
    warn(
      redpill.interval,
      `redpill reacts to FATAL at once; the interval ${interval} is ignored`,
      'leave it out',
    );
  }
  if (command === '') return settings;
  const options = commandOptions(command);
  if (options !== undefined) return { ...settings, ...options };
  const remedy = 'use SERVICE_REDPILL_MONITOR and SERVICE_REDPILL_CLEANUP';
  warn(redpill.command, `redpill is built in; the command ${command} is ignored`, remedy);
  return settings;
}

function names(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '');
}

/** `redpill.sh -c CLEANUP -i N -s a,b`: its options, or undefined where the command is something else. */
function commandOptions(command: string): Pick<Redpill, 'monitor' | 'cleanup'> | undefined {
  const split = splitCommand(command);
  if (!split.ok) return undefined;
  const [script = '', ...options] = split.words;
  if (!/(?:^|\/)redpill\.sh$/.test(script)) return undefined;
  const monitor: string[] = [];
  let cleanup: string | null = null;
  for (let index = 0; index < options.length; index += 2) {
    const [option, value] = options.slice(index);
    if (option === undefined || value === undefined) return undefined;
    switch (option) {
      case '-s':
      case '--service':
        monitor.push(...names(value));
        break;
      case '-c':
      case '--cleanup':
        cleanup = value;
        break;
      case '-i':
      case '--interval':
      case '--inerval':
        break;
      default:
        return undefined;
    }
  }
  return { monitor, cleanup };
}
