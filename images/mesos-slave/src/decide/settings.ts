// What the image's variables say over a configuration: put into the parsed document as values, never into its text. Pure.

import type { Document } from './document.ts';
import { quotePattern } from './patterns.ts';
import type { Lookup } from './template.ts';

/** Where the configuration that comes with the image expects Mesos's logs. */
const DEFAULT_LOG_DIR = '/var/log/mesos';

/** The field of an event → the variable that fills it, in every group of files that has the field. */
const FIELDS: Readonly<Record<string, string>> = {
  app_name: 'APP_NAME',
  environment: 'ENVIRONMENT',
  parent_host: 'PARENT_HOST',
};

/** The document as the variables want it; those that are unset or empty change nothing. */
export function withSettings(document: Document, variable: Lookup): Document {
  const network = { ...document.network };
  const servers = (variable('SERVICE_LOGSTASH_FORWARDER_ADDRESS') ?? '')
    .split(/[\s,]+/)
    .filter((word) => word !== '');
  const places = new Map(document.places);
  const set = (key: string, value: unknown, from: string): void => {
    network[key] = value;
    for (const name of places.keys()) if (name.startsWith(`network.${key}`)) places.delete(name);
    places.set(`network.${key}`, from);
  };
  if (servers.length > 0) set('servers', servers, 'SERVICE_LOGSTASH_FORWARDER_ADDRESS');
  const certificate = variable('SERVICE_LOGSTASH_FORWARDER_CERT');
  if (certificate !== undefined && certificate !== '')
    set('ssl ca', certificate, 'SERVICE_LOGSTASH_FORWARDER_CERT');
  const directory = (variable('MESOS_LOG_DIR') ?? '').replace(/\/+$/, '');
  const files = document.files.map((entry) => {
    const changed = { ...entry };
    if (isRecord(entry['fields'])) changed['fields'] = withFields(entry['fields'], variable);
    if (directory !== '' && Array.isArray(entry['paths'])) {
      changed['paths'] = (entry['paths'] as unknown[]).map((path) => relocated(path, directory));
    }
    return changed;
  });
  return { network, files, places };
}

function withFields(fields: Record<string, unknown>, variable: Lookup): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const source = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
      const given = source === undefined ? undefined : variable(source);
      return [name, given === undefined || given === '' ? value : given];
    }),
  );
}

function relocated(path: unknown, directory: string): unknown {
  if (typeof path !== 'string' || !path.startsWith(`${DEFAULT_LOG_DIR}/`)) return path;
  return quotePattern(directory) + path.slice(DEFAULT_LOG_DIR.length);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
