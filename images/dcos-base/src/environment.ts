// environment master|slave: finds out what a DC/OS node's environment lacks. Its output is an environment file, whose
// values are defaults; it runs at each start, reload and `initkit check`, and changes nothing.

import { writeEnvFile } from '../../../supervisor/config/envfile.ts';
import { decideMaster, hasDcos, MASTER_COUNT, needsRegion, type Region } from './decide/master.ts';
import type { Outcome, Variables } from './decide/outcome.ts';
import { resolverAnswers } from './decide/resolv-conf.ts';
import { decideSlave, masterAddresses, needsClusterName, type Cluster } from './decide/slave.ts';
import { askClusterName } from './effects/cluster-name.ts';
import { askRegion } from './effects/metadata.ts';
import { hasExhibitor, textOf, unitNames } from './effects/node.ts';

const EXIT = { usage: 2, configuration: 78, absent: 127 };
const METADATA_ENDPOINT = 'http://169.254.169.254';
const DEFAULT_ASK_SECS = 30;
/** Less than the time that image.ini gives this program. */
const LONGEST_ASK_SECS = 3600;

const role = process.argv[2];
const environment: Variables = process.env;
const units = unitNames();

void main();

async function main(): Promise<void> {
  const outcome = role === 'master' ? await master() : role === 'slave' ? await slave() : null;
  if (outcome === null) {
    say('usage: environment master|slave');
    process.exit(EXIT.usage);
  }
  for (const line of [...outcome.warnings, ...outcome.refusals]) say(line);
  if (outcome.refusals.length > 0) {
    process.exit(role === 'slave' && !hasDcos(units) ? EXIT.absent : EXIT.configuration);
  }
  const answers = [...resolverAnswers(textOf('/etc/resolv.conf')), ...outcome.answers];
  const [text] = writeEnvFile(
    new Map(answers.map(({ name, value }) => [name, value])),
    new Map(answers.map(({ name, note }) => [name, note])),
  );
  process.stdout.write(text);
}

async function master(): Promise<Outcome> {
  const given = new Set((environment['INITKIT_GIVEN'] ?? '').split(' '));
  const region = needsRegion(environment) ? await askedRegion() : null;
  const count = textOf(MASTER_COUNT).trim();
  const packagedSize = hasDcos(units) && /^\d+$/.test(count) ? count : null;
  return decideMaster({ environment, given, units, hasExhibitor: hasExhibitor(), packagedSize, region });
}

async function askedRegion(): Promise<Region> {
  if (environment['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') {
    return { problem: 'AWS_EC2_METADATA_DISABLED is set' };
  }
  return await askRegion(environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || METADATA_ENDPOINT);
}

async function slave(): Promise<Outcome> {
  const addresses = masterAddresses(environment);
  const isRefused = decideSlave({ environment, units, cluster: null }).refusals.length > 0;
  const cluster = isRefused || !needsClusterName(environment) ? null : await askedName(addresses);
  return decideSlave({ environment, units, cluster });
}

async function askedName(addresses: readonly string[]): Promise<Cluster | null> {
  const seconds = Number(environment['DCOS_MASTER_TIMEOUT'] || DEFAULT_ASK_SECS);
  if (!(seconds >= 0 && seconds <= LONGEST_ASK_SECS)) {
    return {
      problem: `DCOS_MASTER_TIMEOUT=${environment['DCOS_MASTER_TIMEOUT']} is not from 0 to 3600 seconds`,
    };
  }
  if (seconds === 0) return null;
  const asking = { deadlineMs: seconds * 1000, requestTimeoutMs: 5000, pauseMs: 1000, note: say };
  return await askClusterName(addresses, asking);
}

function say(line: string): void {
  process.stderr.write(`dcos-${role ?? 'node'}: ${line}\n`);
}
