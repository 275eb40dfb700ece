// build/schedule.ts: every image once, parents first, going on past a failure.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Node } from '../../../build/plan/graph.ts';
import { runGraph } from '../../../build/plan/schedule.ts';

const test = suite('schedule');
const FAMILY: Node[] = [
  { name: 'base', parents: [] },
  { name: 'a', parents: ['base'] },
  { name: 'b', parents: ['base'] },
  { name: 'a1', parents: ['a'] },
  { name: 'lone', parents: ['elsewhere'] },
];
const DEFAULTS = { jobs: 4, failFast: false, signal: new AbortController().signal };

const statesOf = (outcomes: Map<string, { state: string }>): Record<string, string> =>
  Object.fromEntries([...outcomes].map(([name, outcome]) => [name, outcome.state]));

test('parents are done before their children begin', async () => {
  const log: string[] = [];
  await runGraph(FAMILY, DEFAULTS, async (name) => {
    log.push(`>${name}`);
    await Promise.resolve();
    log.push(`<${name}`);
  });
  for (const { name, parents } of FAMILY) {
    for (const parent of parents.filter((other) => other !== 'elsewhere')) {
      assert.ok(log.indexOf(`<${parent}`) < log.indexOf(`>${name}`), `${parent} before ${name}`);
    }
  }
  assert.is(log.length, FAMILY.length * 2);
});

test('no more run at once than there are jobs', async () => {
  let running = 0;
  let most = 0;
  const nodes = Array.from({ length: 9 }, (_, index) => ({ name: String(index), parents: [] }));
  await runGraph(nodes, { ...DEFAULTS, jobs: 3 }, async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
  });
  assert.is(most, 3);
});

test('a failure skips its descendants, and the others go on', async () => {
  const outcomes = await runGraph(FAMILY, DEFAULTS, async (name) => {
    if (name === 'a') throw new Error('no');
  });
  assert.equal(statesOf(outcomes), { a: 'failed', a1: 'skipped', b: 'done', base: 'done', lone: 'done' });
  assert.equal(outcomes.get('a1'), { state: 'skipped', because: 'a' });
});

test('with fail-fast nothing begins after a failure', async () => {
  const outcomes = await runGraph(FAMILY, { ...DEFAULTS, jobs: 1, failFast: true }, async (name) => {
    if (name === 'base') throw new Error('no');
  });
  assert.equal(statesOf(outcomes), {
    a: 'skipped',
    a1: 'skipped',
    b: 'skipped',
    base: 'failed',
    lone: 'cancelled',
  });
});

test('a cancelled run begins nothing more and calls nothing failed', async () => {
  const abort = new AbortController();
  const outcomes = await runGraph(FAMILY, { ...DEFAULTS, jobs: 1, signal: abort.signal }, async () => {
    abort.abort();
    throw new Error('aborted');
  });
  assert.not.ok(Object.values(statesOf(outcomes)).includes('failed'));
  assert.is(outcomes.get('lone')?.state, 'cancelled');
});

test.run();
