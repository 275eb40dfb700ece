// Debian's supervisorctl, one Python process for all its command lines: most of what one costs is Python's start.

import { start, type Finished, type Running } from './process.ts';

const SCRIPT = `
import contextlib, io, json, sys
from supervisor.options import ClientOptions
from supervisor.supervisorctl import Controller
for line in sys.stdin:
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stderr(err):
        options = ClientOptions()
        options.realize(['-c', sys.argv[1]] + json.loads(line), doc='')
        controller = Controller(options, stdout=out)
        controller.onecmd(' '.join(options.args))
        code = int(controller.exitstatus)
    print(json.dumps({'stdout': out.getvalue(), 'stderr': err.getvalue(), 'code': code}), flush=True)
`;

export interface Supervisorctl {
  run(args: readonly string[]): Promise<Finished>;
}

/** Started at its first command; it ends with the other processes of the directory. */
export function openSupervisorctl(
  configuration: string,
  directory: string,
  until: (what: string, condition: () => boolean) => Promise<void>,
): Supervisorctl {
  let client: Running | null = null;
  let asked = 0;
  return {
    async run(args) {
      client ??= start('/usr/bin/python3', ['-c', SCRIPT, configuration], directory, directory);
      const python = client;
      python.child.stdin?.write(`${JSON.stringify(args)}\n`);
      asked += 1;
      const mine = asked;
      const lines = (): string[] => python.stdout().split('\n');
      await until(
        `supervisorctl ${args.join(' ')}`,
        () => lines().length > mine || python.child.exitCode !== null,
      );
      const answer = JSON.parse(lines()[mine - 1] ?? '') as Omit<Finished, 'signal'>;
      return { ...answer, signal: null };
    },
  };
}
