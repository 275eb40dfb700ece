// How the name of an image may be written: [host[:port]/]path[:tag][@digest], by the grammar of the distribution project.

const PATH = String.raw`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`;
const LABEL = String.raw`[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?`;
const HOST = String.raw`(?:${LABEL}(?:\.${LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?`;
const TAG = String.raw`[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`;
const DIGEST = String.raw`(?:sha256:[a-f0-9]{64}|(?!sha256:)[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})`;

const REFERENCE = new RegExp(`^(?:(${HOST})/)?${PATH}(?:/${PATH})*(?::${TAG})?(?:@${DIGEST})?$`);

/** What is wrong with it; undefined where nothing is. The first part is a host only where it looks like one. */
export function referenceProblem(reference: string): string | undefined {
  const match = REFERENCE.exec(reference);
  const host = match?.[1];
  const isPath = host !== undefined && !/[.:A-Z]/.test(host) && host !== 'localhost';
  if (match !== null && !(isPath && !new RegExp(`^${PATH}$`).test(host))) return undefined;
  if (reference.includes('$')) return 'variables have no value here';
  if (/[A-Z]/.test(reference.split(/[:@]/)[0] ?? '')) return 'names of images are in lower case';
  return 'not the name of an image';
}
