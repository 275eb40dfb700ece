// The environment of a master: how many there are, how they find each other, what of this image runs beside DC/OS.

import {
  masterListText,
  readMasterList,
  readStaticEnsemble,
  staticEnsembleText,
  type Member,
} from './ensemble.ts';
import { valueRefusals } from './master-values.ts';
import { Findings, isYes, type Outcome, type Variables } from './outcome.ts';

export interface MasterFacts {
  /** Every variable that is known so far, defaults of the tables included. */
  readonly environment: Variables;
  /** The names among them that the user gave. */
  readonly given: ReadonlySet<string>;
  /** The names of the systemd units in the image. */
  readonly units: ReadonlySet<string>;
  /** Whether Exhibitor was handed over when the image was built, apart from DC/OS. */
  readonly hasExhibitor: boolean;
  /** What a package of DC/OS says the number of masters is; null where none does. */
  readonly packagedSize: string | null;
  /** The answer of the metadata service; null where it was not asked. */
  readonly region: Region | null;
}

export type Region =
  | { readonly region: string; readonly zone: string | null; readonly from: string }
  | { readonly problem: string };

/** What ZooKeeper's documentation and README 004 advise; one is a cluster without redundancy. */
const SIZES = [1, 3, 5, 7];

/** Backends of Exhibitor's configuration by which masters find each other without our knowing how. */
const FOREIGN_BACKENDS = ['AZURE', 'GCE', 'GCS', 'ZK', 'SHARED_FS'];

export function decideMaster(facts: MasterFacts): Outcome {
  const { environment, units } = facts;
  const found = new Findings();
  found.refusals.push(...valueRefusals(environment));
  const members = ensembleOf(environment, found);
  const size = sizeOf(facts, members, found);
  if (size !== null) {
    const isPackaged = members === null && facts.packagedSize === String(size);
    // A package that knows the size knows the quorum.
    if (!isPackaged || facts.given.has('MESOS_CLUSTER_SIZE')) quorumOf(environment, size, found);
    backendOf(facts, size, members, isPackaged, found);
  }
  if (!hasDcos(units)) {
    found.warnings.push(
      'DC/OS is not in this image: ZooKeeper and the admin router run without it (build with --software dcos=…)',
    );
  }
  services(facts, found);
  return found;
}

/** Whether units of DC/OS are in the image: the README's dcos-*.service. */
export function hasDcos(units: Iterable<string>): boolean {
  return [...units].some((unit) => /^dcos-.*\.service$/.test(unit));
}

/** Whether the metadata service is worth asking: only S3 needs a region, and only where nobody has said one. */
export function needsRegion({ AWS_S3_BUCKET: bucket, AWS_REGION: region }: Variables): boolean {
  return (bucket ?? '') !== '' && (region ?? '') === '';
}

function ensembleOf(environment: Variables, found: Findings): readonly Member[] | null {
  const { EXHIBITOR_STATICENSEMBLE: ensemble, MASTER_LIST: list } = environment;
  const [name, text] = ensemble ? ['EXHIBITOR_STATICENSEMBLE', ensemble] : ['MASTER_LIST', list ?? ''];
  if (text === '') return null;
  const result = ensemble ? readStaticEnsemble(text) : readMasterList(text);
  if ('problem' in result) {
    found.refusals.push(`cannot read ${name}: ${result.problem} (write ${EXAMPLES[name]})`);
    return null;
  }
  if (!ensemble) {
    found.answer('EXHIBITOR_STATICENSEMBLE', staticEnsembleText(result.members), 'from MASTER_LIST');
  }
  const hosts = result.members.map(({ host }) => host);
  found.answer('DCOS_MASTER_LIST', masterListText(hosts), `from ${name}`);
  return result.members;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  EXHIBITOR_STATICENSEMBLE: '1:10.0.0.1,2:10.0.0.2,3:10.0.0.3',
  MASTER_LIST: '10.0.0.1,10.0.0.2,10.0.0.3',
};

/** Where DC/OS's units read the number of masters. */
export const MASTER_COUNT = '/opt/mesosphere/etc/master_count';

function sizeOf(
  { environment, given, packagedSize }: MasterFacts,
  members: readonly Member[] | null,
  found: Findings,
): number | null {
  const voters = members?.filter(({ isObserver }) => !isObserver).length ?? null;
  const said = given.has('MESOS_CLUSTER_SIZE');
  const known = voters?.toString() ?? packagedSize;
  const text = (said ? null : known) ?? environment['MESOS_CLUSTER_SIZE'] ?? '1';
  if (!/^[1-9]\d{0,2}$/.test(text)) {
    found.refusals.push(
      `cannot read MESOS_CLUSTER_SIZE=${text}: it is no number of masters (write 1, 3, 5 or 7)`,
    );
    return null;
  }
  const size = Number(text);
  if (known !== null && !said) {
    const note = voters === null ? `from the package's ${MASTER_COUNT}` : 'the masters that are listed';
    found.answer('MESOS_CLUSTER_SIZE', known, note);
  }
  if (voters !== null && voters !== size) {
    found.refusals.push(
      `cannot make a cluster of MESOS_CLUSTER_SIZE=${size}: the ensemble names ${voters} (leave MESOS_CLUSTER_SIZE out)`,
    );
  }
  if (!SIZES.includes(size)) {
    const words = `MESOS_CLUSTER_SIZE=${size} is not 1, 3, 5 or 7: ${sizeObjection(size)}`;
    if (isYes(environment['DCOS_FORCE_CLUSTER_SIZE'])) found.warnings.push(words);
    else found.refusals.push(`${words} (DCOS_FORCE_CLUSTER_SIZE=true takes it all the same)`);
  }
  return size;
}

function sizeObjection(size: number): string {
  if (size % 2 !== 0) return 'each write waits for a majority, so that more masters only make it slower';
  const survives = size / 2 - 1;
  const others = survives === 0 ? 'not even one' : survives === 1 ? 'one' : String(survives);
  const advice = size === 2 ? '' : `, as ${size - 1} do with one fewer`;
  return `a quorum is more than half, so that ${size} masters survive the loss of ${others}${advice}`;
}

/** README 004 computes size−1 and calls it imperfect: the majority is the least that cannot be there twice. */
function quorumOf(environment: Variables, size: number, found: Findings): void {
  const majority = Math.floor(size / 2) + 1;
  const text = environment['MESOS_QUORUM'] ?? '';
  if (text === '') return found.answer('MESOS_QUORUM', String(majority), `the majority of ${size}`);
  const quorum = /^\d+$/.test(text) ? Number(text) : 0;
  if (quorum < 1 || quorum > size) {
    found.refusals.push(
      `cannot use MESOS_QUORUM=${text}: it must be from 1 to MESOS_CLUSTER_SIZE=${size} (${majority} is the majority)`,
    );
  } else if (quorum < majority) {
    found.warnings.push(
      `MESOS_QUORUM=${quorum} is less than the majority of ${size}: two halves of a split network may both go on`,
    );
  }
}

function backendOf(
  { environment, given, units, hasExhibitor, region }: MasterFacts,
  size: number,
  members: readonly Member[] | null,
  isPackaged: boolean,
  found: Findings,
): void {
  const bucket = environment['AWS_S3_BUCKET'] ?? '';
  const backend = environment['EXHIBITOR_BACKEND'] ?? '';
  const reads = hasExhibitor || units.has(EXHIBITOR_UNIT);
  // One master needs no peers: what a package says of Exhibitor then stays as it is.
  if (backend === '' && members !== null)
    found.answer('EXHIBITOR_BACKEND', 'STATIC', 'the masters are listed');
  else if (backend === '' && bucket !== '')
    found.answer('EXHIBITOR_BACKEND', 'AWS_S3', 'AWS_S3_BUCKET is set');
  if (members !== null || FOREIGN_BACKENDS.includes(backend)) return;
  if (backend === 'STATIC') {
    found.refusals.push(
      'cannot use EXHIBITOR_BACKEND=STATIC: no masters are listed (set MASTER_LIST=10.0.0.1,10.0.0.2,10.0.0.3, the ' +
        'same on all of them)',
    );
    return;
  }
  if (bucket === '') {
    if (size === 1 || isPackaged) return;
    found.refusals.push(
      `cannot make a cluster of ${size}: the masters have no way to find each other (set AWS_S3_BUCKET for ` +
        'Exhibitor, or MASTER_LIST=10.0.0.1,10.0.0.2,10.0.0.3, the same on all of them)',
    );
    return;
  }
  if (!reads) {
    found.refusals.push(
      'cannot use AWS_S3_BUCKET: Exhibitor is not in this image (build with --software dcos=… or exhibitor=…, or list ' +
        'the masters in MASTER_LIST)',
    );
  }
  if (size > 1 && !given.has('MESOS_CLUSTER') && !given.has('AWS_S3_PREFIX')) {
    found.refusals.push(
      'cannot share AWS_S3_BUCKET among masters: the prefix is made from the random name of each (set MESOS_CLUSTER ' +
        'or AWS_S3_PREFIX, the same on all of them)',
    );
  }
  if (region === null) return;
  if ('problem' in region) {
    found.refusals.push(`cannot find out AWS_REGION: ${region.problem} (set AWS_REGION)`);
    return;
  }
  found.answer('AWS_REGION', region.region, region.from);
  if (region.zone !== null) found.answer('AWS_ZONE', region.zone, region.from);
}

const EXHIBITOR_UNIT = 'dcos-exhibitor.service';
const ROUTER_UNITS = ['dcos-adminrouter.service', 'dcos-adminrouter-master.service'];

/** What this image has itself gives way to the same thing of DC/OS, and ZooKeeper to the Exhibitor that runs one. */
function services({ units, hasExhibitor }: MasterFacts, found: Findings): void {
  const decide = (name: string, isOn: boolean, note: string): void =>
    found.answer(`SERVICE_${name}`, isOn ? 'enabled' : 'disabled', note);
  const ownExhibitor = units.has(EXHIBITOR_UNIT);
  if (ownExhibitor) {
    decide('ZOOKEEPER', false, `${EXHIBITOR_UNIT} runs it`);
    decide('EXHIBITOR', false, `${EXHIBITOR_UNIT} runs it`);
  } else {
    decide('ZOOKEEPER', !hasExhibitor, hasExhibitor ? 'Exhibitor runs it' : 'no Exhibitor is in this image');
    decide('EXHIBITOR', hasExhibitor, hasExhibitor ? 'it is in this image' : 'it is not in this image');
  }
  const router = ROUTER_UNITS.find((unit) => units.has(unit));
  decide(
    'ADMINROUTER',
    router === undefined,
    router === undefined ? 'no unit of DC/OS is one' : `${router} is one`,
  );
}
