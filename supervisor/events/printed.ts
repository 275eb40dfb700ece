// Pure: what the package supervisor-stdout prints of a PROCESS_LOG event, which its listener sends back as its result.

/** `web stdout | line` for each line of the event's data; null where this is no such event. */
export function printed(event: Buffer): Buffer | null {
  const [header = '', ...lines] = event.toString('utf8').split('\n');
  const fields = new Map(header.split(' ').map((word) => word.split(':', 2) as [string, string]));
  const [program, channel] = [fields.get('processname'), fields.get('channel')];
  if (program === undefined || channel === undefined || lines.length === 0) return null;
  // Behind the last newline there is no line.
  if (lines.at(-1) === '') lines.pop();
  return Buffer.from(lines.map((line) => `${program} ${channel} | ${line}\n`).join(''));
}
