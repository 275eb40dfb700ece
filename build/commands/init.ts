// The init command: a first image folder that builds and runs, in any repository.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ToolError } from '../model/errors.ts';

/** What exists already is never touched. */
export async function runInit(
  image: string,
  root: string,
  stdout: NodeJS.WritableStream,
): Promise<undefined> {
  const folder = join(root, 'images', image);
  const place = relative(process.cwd(), folder) || folder;
  if (existsSync(folder))
    throw new ToolError('usage', {
      message: `${place} is there already`,
      remedy: 'initkit init ANOTHER-NAME',
    });
  for (const [path, text] of Object.entries(scaffold(image))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { flag: 'wx' });
    stdout.write(`wrote ${join(place, path)}\n`);
  }
  const ignore = join(root, '.gitignore');
  if (!existsSync(ignore)) {
    const isPackage = existsSync(join(root, 'package.json'));
    await writeFile(ignore, isPackage ? '.initkit/\nnode_modules/\n' : '.initkit/\n', { flag: 'wx' });
    stdout.write(`wrote ${relative(process.cwd(), ignore)}\n`);
  } else stdout.write('add .initkit/ to .gitignore: the toolkit keeps its memory there\n');
  // npx says so: the command is in no PATH then.
  const command = process.env['npm_command'] === 'exec' ? 'npx initkit' : 'initkit';
  stdout.write(`\nnow: ${command} build\nthen: docker run --rm ${image}\n`);
  return undefined;
}

function scaffold(image: string): Record<string, string> {
  return {
    Dockerfile: `# ${image}: what it adds to its parent. A name of another folder under images/ is a parent, too.
ARG BASE=debian:bookworm-slim
FROM \${BASE}

COPY skel/ /

STOPSIGNAL SIGTERM
CMD ["/usr/local/bin/hello"]
`,
    'image.ini': `[image]
name = ${image}
version = 0.1.0
description = Says hello

; Where the base comes from when no registry answers: Debian's packages, by mmdebstrap.
[base]
arg = BASE
fallback = mmdebstrap
suite = bookworm

; git keeps one bit of a mode; what must be executable says so here, or is committed as such.
[modes]
skel/usr/local/bin/hello = 0755
`,
    'README.md': `# ${image}

Says hello, and ends.

| variable | default | what it is |
|---|---|---|
| \`NAME\` | \`world\` | who is greeted |

\`\`\`
docker run --rm -e NAME=you ${image}
\`\`\`
`,
    '.dockerignore': 'README.md\ntest\n.dockerignore\n',
    'skel/usr/local/bin/hello': `#!/bin/sh\necho "hello \${NAME:-world}"\n`,
    'test/hello.ini': `; What must be true of the image; run after every build, before any name moves.

[file:/usr/local/bin/hello]
mode = 0755

[run:it greets]
command = NAME=you hello
stdout = ^hello you$

[container]
exit = 0
logs = ^hello world$
`,
  };
}
