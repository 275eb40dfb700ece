// What the tests look at in a container: a program's state, a port, a file.

import { connect } from 'node:net';
import type { Container } from '../model/engine.ts';
import type { Check } from '../read/test-spec.ts';
import { judgeText, type FoundFile } from './judge.ts';

/** What a proxy accepts in vain it closes at once. */
const STAYS_OPEN_MS = 200;

export async function programState(check: Check, container: Container): Promise<string[]> {
  const expected = check.values['state'] ?? 'RUNNING';
  const { stdout, stderr } = await container.exec(['initkit', 'status', '--json']);
  const { processes = [] } = JSON.parse(stdout || '{}') as {
    processes?: { name?: string; state?: string }[];
  };
  const found = processes.find(({ name }) => name === check.subject);
  if (found === undefined)
    return [
      stderr.trim() || `there is no program ${check.subject}`,
      ...processes.map(({ name }) => `| ${name}`),
    ];
  return found.state === expected ? [] : [`is ${found.state}, expected ${expected}`];
}

export async function portAnswers(check: Check, container: Container, isLocal: boolean): Promise<string[]> {
  const port = Number(check.subject);
  const { address, hostPorts } = await container.inspect();
  const published = hostPorts.get(port);
  const [host, at] = isLocal && address !== undefined ? [address, port] : ['127.0.0.1', published ?? port];
  const { http, status = '200', body } = check.values;
  if (http === undefined) return (await staysOpen(host, at)) ? [] : ['nothing answers'];
  const response = await fetch(`http://${host}:${at}${http}`, { signal: AbortSignal.timeout(5_000) }).catch(
    () => undefined,
  );
  if (response === undefined) return ['nothing answers'];
  const text = await response.text();
  return [
    ...(response.status === Number(status) ? [] : [`answers ${response.status}, expected ${status}`]),
    ...judgeText('body', body, text),
  ];
}

function staysOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const finish = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => setTimeout(() => finish(true), STAYS_OPEN_MS));
    socket.once('data', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('end', () => finish(false));
  });
}

export async function readFile(container: Container, path: string): Promise<FoundFile | undefined> {
  const archive = await container.read(path);
  if (archive === undefined) return undefined;
  const { extract } = await import('tar-stream');
  const tar = extract();
  tar.end(archive);
  for await (const entry of tar) {
    const { type, mode, uid, gid, linkname } = entry.header;
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const content = Buffer.concat(chunks).toString('utf8');
    // The first entry is the path itself; of a folder the rest does not matter.
    return { type: type ?? 'file', mode: mode & 0o7777, uid, gid, link: linkname ?? '', content };
  }
  return undefined;
}

/** A JSON array is taken as it is, everything else goes to a shell. */
export function commandOf(text: string): string[] {
  if (text.startsWith('[')) {
    try {
      return (JSON.parse(text) as unknown[]).map(String);
    } catch {
      // Not JSON: `[ -f x ]` is a command of the shell, too.
    }
  }
  return ['sh', '-c', text];
}
