// Thousands of random configurations, read by the real supervisord 4.2.5 and by us: every difference is in a table below.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Plan } from '../../../supervisor/model.ts';
import { readPlan } from '../../../supervisor/config/plan.ts';
import { configuration, type Case } from './generated.ts';
import { realSource } from './host.ts';
import { askSupervisord, inOracleWords, type Verdict } from './oracle.ts';
import { fc } from '../../support/random.ts';

const RUNS = Number(process.env['DIFFERENTIAL_RUNS'] ?? 6000);

const test = suite('config against supervisord');
const scratch = mkdtempSync(join(tmpdir(), 'initkit-differential-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

interface Outcome {
  readonly text: string;
  readonly real: Verdict;
  readonly plan: Plan;
  readonly ours: Record<string, unknown>;
}

/** Where we differ on purpose. `applies` sees both readings of one case; `example` is one. */
const DIFFERENCES: readonly {
  readonly what: string;
  readonly why: string;
  readonly example: string;
  readonly applies: (outcome: Outcome) => boolean;
}[] = [
  {
    what: 'an unknown member of a group after a known one',
    why: "supervisord then calls the group by the known member's section: [program:a] names unknown program …",
    example: '[program:a]\ncommand=cat\n[group:g]\nprograms=a,b\n',
    applies: ({ real, plan }) =>
      afterBracket(errorOf(real)) === afterBracket(firstError(plan), 'group:') &&
      /\] names? /.test(errorOf(real)),
  },
  {
    what: 'a socket of an fcgi-program that it cannot read',
    why: "supervisord shows a Python tuple: ('Bad socket format %s', 'tcp://x') in [fcgi-program:x] socket",
    example: '[fcgi-program:a]\ncommand=cat\nsocket=tcp://x\n',
    applies: ({ real, plan }) => {
      const [, words, section] =
        /^\('(Bad socket format|Unix socket path) .*( in \[.*\] socket)$/.exec(errorOf(real)) ?? [];
      return (
        words !== undefined && firstError(plan).startsWith(words) && firstError(plan).endsWith(section ?? '')
      );
    },
  },
  {
    what: 'a conversion without a name',
    why: 'supervisord puts the table of all names there, the whole environment in Python notation',
    example: '[program:a]\ncommand=date +%s\n',
    applies: ({ plan }) => /is badly formatted: %[sra] needs a name/.test(firstError(plan)),
  },
  {
    what: 'a second [unix_http_server:x]',
    why: 'we open one socket file, the first, and say so',
    example: '[unix_http_server]\nfile=/tmp/a\n[unix_http_server:x]\nfile=/tmp/b\n',
    applies: ({ plan, text }) => !isRefused(plan) && text.split('[unix_http_server').length > 2,
  },
  {
    what: 'an rpcinterface that is not the main one',
    why: 'it is a plugin in Python, and there is none here; the section is ignored with a warning, not an error',
    example: '[rpcinterface:x]\nsupervisor.rpcinterface_factory=some.plugin:make\n',
    applies: ({ plan }) => plan.problems.some(({ message }) => message.includes('there is no Python here')),
  },
  {
    what: 'a result_handler of its own',
    why: 'it is a function in Python',
    example: '[eventlistener:a]\ncommand=cat\nevents=TICK_5\nresult_handler=json:loads\n',
    applies: ({ plan }) => firstError(plan).startsWith('json:loads cannot be resolved within'),
  },
  {
    what: 'signal 0, or a constant of Python that begins with SIG',
    why: 'supervisord accepts them, and the program is never asked to stop',
    example: '[program:a]\ncommand=cat\nstopsignal=0\n',
    applies: ({ plan }) => firstError(plan).includes('is not a valid signal'),
  },
  {
    what: 'more than 10000 processes of one program',
    why: 'supervisord tries, for as long as it takes',
    example: '[program:a]\ncommand=cat\nnumprocs=10001\nprocess_name=%(process_num)d\n',
    applies: ({ plan }) => firstError(plan).startsWith('numprocs is above'),
  },
];

function isRefused(plan: Plan): boolean {
  return firstError(plan) !== '';
}

function errorOf(real: Verdict): string {
  return 'error' in real ? flat(real.error) : '';
}

/** What an error says of a member behind the section's name. */
function afterBracket(error: string, type = ''): string | undefined {
  return new RegExp(`^\\[${type}[^\\]]*\\] ((?:names|name) .*)$`).exec(error)?.[1];
}

function run(cases: readonly Case[]): Outcome[] {
  const questions = cases.map(({ files, environment }, index) => {
    const directory = join(scratch, String(index));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    return { file: join(directory, 'supervisord.conf'), cwd: directory, environment };
  });
  const verdicts = askSupervisord(questions);
  return questions.map(({ file, cwd, environment }, index) => {
    const source = realSource(cwd);
    const { plan } = readPlan({
      source,
      configFile: file,
      environment: new Map(Object.entries(environment)),
    });
    const text = Object.entries(cases[index]?.files ?? {})
      .map(([path, content]) => `--- ${path}\n${content}`)
      .join('');
    return { text, real: verdicts[index] ?? { crash: 'no answer' }, plan, ours: inOracleWords(plan, source) };
  });
}

/** Line breaks in supervisord's messages are blanks in ours. */
function flat(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Our first error; of lines that cannot be read, those of one file, which supervisord puts into one message. */
function firstError(plan: Plan): string {
  const errors = plan.problems
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => flat(message));
  const head = /^Source contains parsing errors: .* (?=\[line )/.exec(errors[0] ?? '')?.[0];
  if (head === undefined) return errors[0] ?? '';
  const lines = errors.filter((error) => error.startsWith(head)).map((error) => error.slice(head.length));
  return head + lines.join(' ');
}

/** What a group is beside its programs stands in our programs: where there are none, there is nothing to compare. */
function comparable(group: unknown): unknown {
  const { name, priority, programs } = group as { name: string; priority: number; programs: unknown[] };
  return programs.length === 0 ? { name, priority, programs } : group;
}

/** What differs, in a line or two; undefined where the two agree. */
function difference({ real, plan, ours }: Outcome): string | undefined {
  const error = firstError(plan);
  if ('crash' in real) return error === '' ? `real: crash ${real.crash}\nours: accepted` : undefined;
  if ('error' in real)
    return flat(real.error) === error ? undefined : `real: ${flat(real.error)}\nours: ${error}`;
  if ('exit' in real) return 'real: ended by itself';
  if (error !== '') return `real: accepted\nours: ${error}`;
  const words: Record<string, unknown> = { ...real };
  if (words['client'] === null) delete words['client'];
  words['groups'] = real.groups.map(comparable);
  for (const [key, value] of Object.entries(words)) {
    if (isDeepStrictEqual(value, JSON.parse(JSON.stringify(ours[key])))) continue;
    return `${key}\nreal: ${JSON.stringify(value)}\nours: ${JSON.stringify(ours[key])}`;
  }
  return undefined;
}

test('every configuration is read alike, or the difference is one we mean', () => {
  const outcomes = run(fc.sample(configuration, { numRuns: RUNS }));
  const accepted = outcomes.filter(({ real }) => 'groups' in real).length;
  const counts = new Map<string, number>();
  const unexplained: string[] = [];
  for (const outcome of outcomes) {
    const text = difference(outcome);
    if (text === undefined) continue;
    const known = DIFFERENCES.find(({ applies }) => applies(outcome));
    if (known === undefined) unexplained.push(`${outcome.text}\n${text}\n`);
    else counts.set(known.what, (counts.get(known.what) ?? 0) + 1);
  }
  console.log(`${outcomes.length} configurations, ${accepted} of them without an error`);
  for (const [what, count] of counts) console.log(`${count} times: ${what}`);
  assert.ok(accepted > outcomes.length / 4, `too few configurations are valid: ${accepted}`);
  if (unexplained.length > 0) console.log(unexplained.slice(0, 4).join('\n=====\n'));
  assert.is(unexplained.length, 0, `${unexplained.length} unexplained differences`);
});

for (const { what, example, applies } of DIFFERENCES) {
  test(`differs as the table says: ${what}`, () => {
    const [outcome] = run([{ files: { 'supervisord.conf': `[supervisord]\n${example}` }, environment: {} }]);
    assert.ok(outcome !== undefined && difference(outcome) !== undefined && applies(outcome));
    const entries = DIFFERENCES.filter((entry) => entry.applies(outcome));
    assert.is(entries.length, 1, 'no other entry of the table hides it');
  });
}

test.run();
