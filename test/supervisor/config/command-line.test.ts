// supervisord's command line, random words of it, against the real one's options.

import { isDeepStrictEqual } from 'node:util';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findConfigFile, readCommandLine } from '../../../supervisor/config/command-line.ts';
import { readPlan } from '../../../supervisor/config/plan.ts';
import { fakeSource, realSource } from './host.ts';
import { askSupervisord, inOracleWords } from './oracle.ts';
import { fc } from '../../support/random.ts';

const test = suite('config command line');
const scratch = mkdtempSync(join(tmpdir(), 'initkit-command-line-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const FILE = join(scratch, 's.conf');
writeFileSync(FILE, '[supervisord]\nloglevel=debug\nuser=root\numask=077\nlogfile=/tmp/file.log\nminfds=7\n');

const WORDS = [
  '-n',
  '-s',
  '-k',
  '-t',
  '-ns',
  '-nkt',
  '--nodaemon',
  '--silent',
  '--no',
  '--nod',
  '--nodaemon=1',
  '--',
  '-',
  'word',
  '-x',
  '--bogus',
  '-u',
  'root',
  '-uroot',
  '--user=daemon',
  '-m',
  '022',
  '-m8',
  '--umask',
  '-d',
  '/tmp',
  '-d/nonexistent',
  '--directory=/',
  '-l',
  '/tmp/x.log',
  '-l/nonexistent/x',
  '--logfile=x.log',
  '-y',
  '5MB',
  '-yx',
  '--logfile_maxbytes=1kb',
  '-z',
  '3',
  '-z=3',
  '--logfile_backups=4',
  '--logfile',
  '-e',
  'debug',
  '-eWARN',
  '-eloud',
  '--loglevel',
  'info',
  '-j',
  'x.pid',
  '-j/tmp/y.pid',
  '-i',
  'me',
  '-q',
  '/tmp',
  '-q/none',
  '-a',
  '10',
  '-ax',
  '--minfds=3',
  '--minprocs=5',
  '--minprocs',
  '--min=3',
  '--strip',
  '--nocleanup',
  '-h',
  '-v',
  '-?',
  '--version',
  '--hel',
  '--profile_options=cumulative',
  '',
  '-nu',
];

const argumentsOf = fc.array(fc.constantFrom(...WORDS), { maxLength: 5 });

test('random command lines are read alike', () => {
  const source = realSource(scratch);
  const lines = fc.sample(argumentsOf, { numRuns: 3000 }).map((words) => ['-c', FILE, ...words]);
  const real = askSupervisord(
    lines.map((words) => ({ file: FILE, cwd: scratch, environment: {}, arguments: words })),
  );
  const different = lines.flatMap((words, index) => {
    const theirs = real[index];
    const ours = answer(words);
    const wanted = theirs !== undefined && 'supervisord' in theirs ? theirs['supervisord'] : theirs;
    return isDeepStrictEqual(wanted, ours)
      ? []
      : [`${words.slice(2).join(' ')}\n  real ${JSON.stringify(wanted)}\n  ours ${JSON.stringify(ours)}`];
  });
  assert.is(different.length, 0, `${different.length} differ:\n${different.slice(0, 6).join('\n')}`);

  function answer(words: readonly string[]): unknown {
    const line = readCommandLine(words, source, '/root');
    if (line.kind === 'error') return { error: line.message };
    if (line.kind !== 'run') return { exit: true };
    const { plan } = readPlan({
      source,
      configFile: FILE,
      environment: new Map(),
      overrides: line.overrides,
    });
    const [error] = plan.problems;
    return error === undefined ? inOracleWords(plan, source)['supervisord'] : { error: error.message };
  }
});

test('the default file is looked for where supervisord looks', () => {
  const at = (path: string): unknown =>
    findConfigFile('/opt/bin/supervisord', { ...fakeSource({ files: { [path]: '' } }), cwd: '/w' });
  assert.equal(at('/opt/etc/supervisord.conf'), { file: '/opt/etc/supervisord.conf' });
  assert.equal(at('/opt/supervisord.conf'), { file: '/opt/supervisord.conf' });
  assert.equal(at('/w/etc/supervisord.conf'), { file: 'etc/supervisord.conf' });
  assert.equal(at('/etc/supervisor/supervisord.conf'), { file: '/etc/supervisor/supervisord.conf' });
  assert.match(
    JSON.stringify(at('/elsewhere')),
    /No config file found at default paths \(\/opt\/etc\/supervisord\.conf, /,
  );
});

test.run();
