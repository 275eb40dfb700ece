// docs/image-start.md in real containers: the program that finds out, what a volume keeps, files; at a start and a reload.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, docker, runContainer, startContainer, type Container } from '../support/containers.ts';
import { makeVolume } from '../support/dcos.ts';
import { eventually } from '../support/eventually.ts';

const test = suite('image start');
const afterwards: (() => Promise<void>)[] = [];
test.after(async () => {
  await cleanUp();
  for (const step of afterwards.toReversed()) await step();
});

const IMAGE_INI = `
[environment]
NAME = \${random:8}
FOUND =
GREETING = hello \${FOUND}
SWITCH =
[environment-program]
command = /find-out "two words"
timeout = 2
[volume:/data]
directories = var/own:nobody
variables = NAME
[env-file:/run/app/app.env]
prefixes = FOUND NAM
[file:/run/app/greeting]
content = \${GREETING}
mode = 0640
[file:/run/app/switch]
content = on
enabled = \${SWITCH}
`;

/** Says what it was given, and a default; what it does otherwise is in /data/mode. */
const FIND_OUT = `#!/bin/sh
echo "asked with $1, given: $INITKIT_GIVEN" >&2
case "$(cat /data/mode 2>/dev/null)" in
  fail) echo "no such thing" >&2; exit 3 ;;
  hang) sleep inf ;;
  kill) kill -9 $$ ;;
esac
printf '# out of /data\\nFOUND="it\\047s %s"\\n' "$(cat /data/found 2>/dev/null || echo nothing)"
echo "SWITCH=$(cat /data/switch 2>/dev/null)"
`;

const FILES = { '/etc/initkit/image.ini': IMAGE_INI, '/find-out': FIND_OUT };

/** A volume whose files have these texts. */
async function volumeWith(files: Readonly<Record<string, string>>): Promise<string> {
  const volume = await makeVolume();
  afterwards.push(() => volume.remove());
  const script = Object.entries(files).map(([name, text]) => `echo ${text} > /data/${name}`);
  const options = ['-v', `${volume.name}:/data`, '--entrypoint', 'sh'];
  await runContainer({ options, command: ['-c', [':', ...script].join('; ')] });
  return volume.name;
}

async function startWith(volume: string, environment: Record<string, string> = {}): Promise<Container> {
  const container = await startContainer({ files: FILES, environment, options: ['-v', `${volume}:/data`] });
  await eventually(
    'the start',
    async () => (await container.exec('initkit', 'health')).code === 0,
    () => container.logs(),
  );
  return container;
}

async function textOf(container: Container, path: string): Promise<string> {
  return (await container.exec('cat', path)).stdout;
}

test('what the program says has a provenance, fills the tables, and yields to what is given', async () => {
  const volume = await volumeWith({ found: 'here', switch: 'enabled' });
  const container = await startWith(volume);
  assert.match(await container.logs(), /asked with two words, given: .*\bPATH\b/);
  const { stdout } = await container.exec('initkit', 'explain', 'FOUND', 'GREETING', 'NAME');
  assert.match(stdout, /^FOUND +it's here +out of \/data \(\/find-out\)$/m);
  assert.match(stdout, /^GREETING +hello it's here +image default/m);
  assert.is(await textOf(container, '/run/app/greeting'), "hello it's here\n");
  assert.is(await textOf(container, '/run/app/switch'), 'on\n');
  const name = /^NAME +(\w{8}) /m.exec(stdout)?.[1];
  assert.is(await textOf(container, '/run/app/app.env'), `FOUND="it's here"\nNAME="${name}"\n`);
  assert.is(await textOf(container, '/data/.initkit.env'), `NAME="${name}"\n`);
  const modes = await container.exec(
    'stat',
    '-c',
    '%a',
    '/run/app/app.env',
    '/run/app/greeting',
    '/data/.initkit.env',
  );
  assert.is(modes.stdout, '600\n640\n600\n');
  assert.is((await container.exec('stat', '-c', '%U', '/data/var/own')).stdout, 'nobody\n');
  await container.remove();

  const given = await startWith(volume, { FOUND: 'mine' });
  assert.match(await given.logs(), /given: .*\bFOUND\b/);
  const told = await given.exec('initkit', 'explain', 'FOUND', 'NAME');
  assert.match(told.stdout, /^FOUND +mine +given\n +it's here +overridden: out of \/data/m);
  assert.match(told.stdout, new RegExp(`^NAME +${name} +kept \\(/data/\\.initkit\\.env\\)`, 'm'));
  await given.remove();
});

test('a reload asks again, and writes or takes away what has changed', async () => {
  const container = await startWith(await volumeWith({ found: 'one', switch: 'enabled' }));
  await container.exec('sh', '-c', 'echo two > /data/found; echo disabled > /data/switch');
  await docker('kill', '--signal', 'HUP', container.id);
  await eventually(
    'the new text',
    async () => (await textOf(container, '/run/app/greeting')) === "hello it's two\n",
    () => container.logs(),
  );
  await eventually(
    'the file to be gone',
    async () => (await container.exec('test', '-e', '/run/app/switch')).code === 1,
  );
  await container.exec('sh', '-c', 'echo fail > /data/mode');
  await docker('kill', '--signal', 'HUP', container.id);
  await container.waitForLog(/the new configuration has errors; the old one stays/);
  assert.ok(await container.isRunning());
  assert.is(await textOf(container, '/run/app/greeting'), "hello it's two\n");
});

const FAILURES = [
  ['fail', 3, /no such thing\n(.*\n)*.*\/find-out: exit status 3 \(the lines above say why\)/],
  ['hang', 78, /\/find-out: it was still running after 2 s and was killed/],
  ['kill', 78, /\/find-out: terminated by SIGKILL/],
] as const;

for (const [mode, exitCode, reason] of FAILURES) {
  test(`a program that does ${mode} prevents the start, but no person from looking`, async () => {
    const options = ['-v', `${await volumeWith({ mode })}:/data`];
    const refused = await startContainer({ files: FILES, options });
    assert.is(await refused.wait(), exitCode);
    assert.match(await refused.logs(), reason);
    const looked = await startContainer({ files: FILES, options, command: ['sh', '-c', 'cat /data/mode'] });
    assert.is(await looked.wait(), 0);
    assert.match(await looked.logs(), new RegExp(`^${mode}$`, 'm'));
    await refused.remove();
    await looked.remove();
  });
}

test('a stop while the program runs is a stop', async () => {
  const options = ['-v', `${await volumeWith({ mode: 'hang' })}:/data`];
  const container = await startContainer({ files: FILES, options });
  await container.waitForLog(/asked with/);
  await docker('stop', container.id);
  assert.is(await container.wait(), 0);
  await container.remove();
});

test.run();
