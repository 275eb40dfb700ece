// enable, disable, mask and their kin in a root directory, beside Debian's systemctl: what they say, and the links they leave.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Failure } from '../../../supervisor/fronts/systemctl/failure.ts';
import type { Io } from '../../../supervisor/fronts/systemctl/session.ts';
import { systemctl } from '../../../supervisor/fronts/systemctl/systemctl.ts';
import { SEED, seeded } from '../../support/random.ts';

const test = suite('unit files beside systemctl');

const folder = mkdtempSync(join(tmpdir(), 'initkit-unit-files-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const install = (text: string): string =>
  `[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n[Install]\n${text}\n`;

const FILES: Readonly<Record<string, string>> = {
  'lib/systemd/system/web.service': install('WantedBy=multi-user.target'),
  'lib/systemd/system/db.service': install('WantedBy=multi-user.target\nAlias=sql.service database.service'),
  'lib/systemd/system/also.service': install('WantedBy=multi-user.target\nAlso=web.service also.socket'),
  'lib/systemd/system/also.socket': '[Socket]\nListenStream=/run/x\n[Install]\nWantedBy=sockets.target\n',
  'lib/systemd/system/static.service': '[Service]\nExecStart=/bin/true\n',
  'lib/systemd/system/only-also.service': install('Also=web.service'),
  'lib/systemd/system/required.service': install('RequiredBy=multi-user.target web.service'),
  'lib/systemd/system/t@.service': install('WantedBy=multi-user.target\nDefaultInstance=one'),
  'lib/systemd/system/bare@.service': install('WantedBy=multi-user.target'),
  'lib/systemd/system/gone.service': install('WantedBy=not-there.target'),
  'lib/systemd/system/tick.timer': '[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n',
  'lib/systemd/system/tick.service': '[Service]\nExecStart=/bin/true\n',
  'lib/systemd/system/multi-user.target': '[Unit]\nAllowIsolate=yes\n',
  'lib/systemd/system/graphical.target': '[Unit]\nAllowIsolate=yes\n',
  'lib/systemd/system/sockets.target': '[Unit]\n',
  'lib/systemd/system/timers.target': '[Unit]\n',
  'etc/systemd/system/own.service': install('WantedBy=multi-user.target'),
  'lib/systemd/system/drop.service': install('WantedBy=multi-user.target'),
  'etc/systemd/system/drop.service.d/more.conf': '[Install]\nWantedBy=graphical.target\n',
  'srv/app/outside.service': install('WantedBy=multi-user.target'),
  'lib/systemd/system-preset/90-x.preset':
    'disable db.service\nenable web.service\ndisable tick.*\nenable t@.service two three\ndisable bare@.service\n',
};
const LINKS: Readonly<Record<string, string>> = {
  'lib/systemd/system/default.target': 'graphical.target',
  'etc/systemd/system/hidden.service': '/dev/null',
};

/** A root directory of its own for one of the two. */
function makeRoot(name: string): string {
  const root = mkdtempSync(join(folder, `${name}-`));
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const [path, target] of Object.entries(LINKS)) symlinkSync(target, join(root, path));
  return root;
}

interface Seen {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function real(root: string, words: readonly string[]): Seen {
  const { status, stdout, stderr } = spawnSync('systemctl', [`--root=${root}`, ...words], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', SYSTEMD_LOG_LEVEL: 'info' },
  });
  return { code: status, stdout, stderr };
}

async function ours(root: string, words: readonly string[]): Promise<Seen> {
  const seen = { stdout: '', stderr: '' };
  const io: Io = {
    out: (text) => void (seen.stdout += text),
    err: (text) => void (seen.stderr += text),
    columns: null,
    environment: {},
    wallClock: () => 0,
    monotonicUs: () => 0,
  };
  try {
    return {
      code: await systemctl([`--root=${root}`, ...words], io, {
        find: () => Promise.resolve(null),
        bringUp: () => Promise.resolve(null),
      }),
      ...seen,
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...seen, code: error.exitCode, stderr: `${seen.stderr}${error.message}\n` };
  }
}

/** Every link below /etc and /run, with where it leads. */
function links(root: string): string {
  mkdirSync(join(root, 'run'), { recursive: true });
  const found = execFileSync('find', ['etc', 'run', '-type', 'l', '-printf', '%p -> %l\\n'], {
    cwd: root,
    encoding: 'utf8',
  });
  return found.split('\n').toSorted().join('\n');
}

/** Lines in the order of the alphabet: in which order a directory is read differs. */
function sorted({ code, stdout, stderr }: Seen, root: string): Seen {
  const plain = (text: string): string => text.replaceAll(root, '').split('\n').toSorted().join('\n');
  return { code, stdout: plain(stdout), stderr: plain(stderr) };
}

async function compare(commands: readonly string[]): Promise<void> {
  const roots = { real: makeRoot('real'), ours: makeRoot('ours') };
  const history: string[] = [];
  for (const command of commands) {
    history.push(command);
    const words = command.split(' ');
    const [one, two] = [real(roots.real, words), await ours(roots.ours, words)];
    assert.equal(sorted(two, roots.ours), sorted(one, roots.real), `after: ${history.join('; ')}`);
    assert.is(links(roots.ours), links(roots.real), `after: ${history.join('; ')}`);
  }
  for (const root of Object.values(roots)) rmSync(root, { recursive: true });
}

const STORIES: readonly (readonly string[])[] = [
  [
    'is-enabled web',
    'enable web',
    'is-enabled web',
    'enable web',
    'disable web',
    'is-enabled web',
    'disable web',
  ],
  ['enable db', 'is-enabled db sql database', 'disable sql', 'is-enabled db'],
  ['enable also', 'list-unit-files', 'disable also'],
  ['enable static', 'is-enabled static', 'disable static'],
  ['enable only-also', 'is-enabled only-also web', 'disable only-also'],
  ['enable required', 'disable required'],
  [
    'enable t@',
    'is-enabled t@ t@one t@two',
    'enable t@two',
    'is-enabled t@two',
    'disable t@',
    'is-enabled t@',
  ],
  ['enable bare@x', 'is-enabled bare@x bare@y bare@', 'disable bare@x'],
  [
    'enable nope',
    'disable nope',
    'is-enabled nope',
    'is-enabled nope web',
    'mask nope',
    'is-enabled nope',
    'unmask nope',
  ],
  ['mask web', 'is-enabled web', 'enable web', 'disable web', 'unmask web', 'enable web'],
  ['mask own', 'enable hidden', 'disable hidden', 'is-enabled hidden', 'unmask hidden'],
  [
    '--runtime enable web',
    'is-enabled web',
    '--runtime disable web',
    '--runtime mask web',
    'is-enabled web',
    '--runtime unmask web',
  ],
  ['enable web db', 'reenable web', 'preset web db tick.timer', 'list-unit-files'],
  ['unmask hidden', 'preset-all', 'list-unit-files', '--preset-mode=disable-only preset web db'],
  ['get-default', 'set-default multi-user', 'get-default', 'set-default nope', 'set-default web.service'],
  [
    'link /srv/app/outside.service',
    'is-enabled outside',
    'enable outside',
    'disable outside',
    'is-enabled outside',
  ],
  ['enable /srv/app/outside.service', 'disable /srv/app/outside.service', 'enable /srv/app/missing.service'],
  ['link /srv/app/missing.service', 'link /srv/app/outside.service', 'link /srv/app/outside.service'],
  ['-q enable web', '-q disable web', '-q is-enabled web', '-q is-enabled static'],
  [
    'add-wants multi-user web db',
    'add-wants multi-user web',
    'add-requires multi-user web',
    'add-wants multi-user nope',
  ],
  [
    'list-unit-files web* *.timer',
    'list-unit-files --type=timer',
    'list-unit-files --state=static',
    'list-unit-files nope*',
  ],
  ['list-unit-files --no-legend w*', 'list-unit-files -o json db* also*'],
  ['cat web', 'start web', 'is-active web', 'show web', 'enable drop', 'is-enabled drop', 'disable drop'],
  ['enable gone', 'is-enabled gone', 'disable gone'],
];

for (const story of STORIES) test(story.join('; '), () => compare(story));

const VERBS = [
  'enable',
  'enable',
  'disable',
  'mask',
  'unmask',
  'reenable',
  'is-enabled',
  'preset',
  '--runtime mask',
  '--runtime unmask',
  '--force enable',
];
const UNITS = [
  'web',
  'db',
  'also',
  'required',
  't@one',
  't@',
  'own',
  'tick.timer',
  'sql',
  'only-also',
  'hidden',
];
const SEQUENCES = 12;
const STEPS = 6;

test(`random sequences, SEED=${SEED}`, async () => {
  const random = seeded();
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  for (let count = 0; count < SEQUENCES; count += 1) {
    await compare(Array.from({ length: STEPS }, () => `${pick(VERBS)} ${pick(UNITS)}`));
  }
});

test.run();
