// Transactions: what one request brings along, what is dropped, what is refused; and random graphs of units.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph, Node, Relation } from '../../../supervisor/units/jobs/graph.ts';
import { waitsFor } from '../../../supervisor/units/jobs/order.ts';
import { plan, type Mode, type Transaction } from '../../../supervisor/units/jobs/transaction.ts';
import { collapse, merge, type JobType, type Request } from '../../../supervisor/units/jobs/types.ts';
import type { ActiveState } from '../../../supervisor/units/machine/state.ts';
import { fc } from '../../support/random.ts';

const test = suite('transactions of jobs');

const REVERSE: Readonly<Record<string, Relation>> = {
  requires: 'requiredBy',
  requisite: 'requisiteOf',
  bindsTo: 'boundBy',
  conflicts: 'conflictedBy',
  before: 'after',
  after: 'before',
};

type Edge = readonly [from: string, relation: string, to: string];

/** `a requires b` and its kin, and the states of units that are not inactive. */
function graphOf(edges: readonly string[], states: Readonly<Record<string, ActiveState>> = {}): Graph {
  const parsed = edges.map((edge) => edge.split(' ') as unknown as Edge);
  const names = new Set(parsed.flatMap(([from, , to]) => [from, to]).concat(Object.keys(states)));
  const related = new Map<string, Set<string>>();
  const add = (from: string, relation: string, to: string): void => {
    const key = `${from} ${relation}`;
    related.set(key, (related.get(key) ?? new Set()).add(to));
  };
  for (const [from, relation, to] of parsed) {
    if (relation === 'partOf') add(to, 'consistsOf', from);
    else add(from, relation, to);
    const reverse = REVERSE[relation];
    if (reverse !== undefined) add(to, reverse, from);
  }
  const node = (id: string): Node | null => ({
    id,
    loadState: names.has(id) && !id.startsWith('absent') ? 'loaded' : 'not-found',
    loadError: null,
    state: states[id] ?? 'inactive',
    canReload: true,
    canStart: true,
    refuseManualStart: id.startsWith('shy'),
    refuseManualStop: false,
    allowIsolate: id.startsWith('target'),
    ignoreOnIsolate: id.startsWith('keep'),
    job: null,
  });
  return {
    node,
    related: (id, relation) => [...(related.get(`${id} ${relation}`) ?? [])],
    all: () => [...names].flatMap((name) => node(name) ?? []),
  };
}

const jobsOf = (transaction: Transaction): string =>
  transaction.kind === 'refused'
    ? transaction.message
    : transaction.jobs
        .map(({ unit, type }) => `${unit}/${type}`)
        .toSorted()
        .join(' ');

const NOT_FOUND = 'Unit absent not found.';

/** [edges, states, request, jobs or the reason of the refusal] */
const TABLE: readonly (readonly [
  edges: readonly string[],
  states: Readonly<Record<string, ActiveState>>,
  request: string,
  wanted: string,
])[] = [
  [['a requires b', 'b wants c'], {}, 'start a', 'a/start b/start c/start'],
  [['a requires b'], { b: 'active' }, 'start a', 'a/start'],
  [['a requires absent'], {}, 'start a', NOT_FOUND],
  [['a wants absent'], {}, 'start a', 'a/start'],
  [['a wants b', 'b requires absent'], {}, 'start a', 'a/start'],
  [['a requisite b'], {}, 'start a', 'a/start b/verify-active'],
  [['a conflicts b'], { b: 'active' }, 'start a', 'a/start b/stop'],
  [['b conflicts a'], { b: 'active' }, 'start a', 'a/start b/stop'],
  [['a requires b', 'a requires c', 'b conflicts c'], {}, 'start a', 'conflict'],
  // Nobody needs either: the one that excludes the other loses, since it was asked for first.
  [['a wants b', 'a wants c', 'b conflicts c'], {}, 'start a', 'a/start c/start'],
  [['a requires b'], { a: 'active', b: 'active' }, 'stop b', 'a/stop b/stop'],
  [['a wants b'], { a: 'active', b: 'active' }, 'stop b', 'b/stop'],
  [['a partOf b'], { a: 'active', b: 'active' }, 'stop b', 'a/stop b/stop'],
  [['a partOf b'], { a: 'active', b: 'active' }, 'restart b', 'a/restart b/restart'],
  [['a partOf b'], { b: 'active' }, 'restart b', 'b/restart'],
  [['a bindsTo b'], { a: 'active', b: 'active' }, 'restart b', 'a/restart b/restart'],
  [['a requires b'], { a: 'active', b: 'active' }, 'try-restart a', 'a/restart'],
  [['a requires b'], {}, 'try-restart a', ''],
  [['a propagatesReloadTo b'], { a: 'active', b: 'active' }, 'reload a', 'a/reload b/reload'],
  [['shy requires b'], {}, 'start shy', 'manual'],
  [['a requires shy'], {}, 'start a', 'a/start shy/start'],
  [['target wants a'], { b: 'active', keep: 'active' }, 'isolate target', 'a/start b/stop target/start'],
  [['a wants b'], {}, 'isolate a', 'isolate'],
  [['a requires b', 'a after b', 'b after a'], {}, 'start a', 'cycle'],
  [['a requires b', 'a after b', 'b after a'], { a: 'active', b: 'active' }, 'stop b', 'a/stop b/stop'],
  [['a requires b', 'a after b', 'b wants c', 'b after c', 'c after a'], {}, 'start a', 'a/start b/start'],
];

test('one request, and the jobs that it means', () => {
  for (const [edges, states, request, wanted] of TABLE) {
    const [verb = '', unit = ''] = request.split(' ');
    const mode: Mode = verb === 'isolate' ? 'isolate' : 'replace';
    const what = (verb === 'isolate' ? 'start' : verb) as Request;
    const transaction = plan(
      graphOf([...edges, `${unit} wants-nothing ${unit}`], states),
      unit,
      what,
      mode,
      true,
    );
    const told =
      transaction.kind === 'refused' ? [transaction.reason, transaction.message] : [jobsOf(transaction)];
    assert.ok(told.includes(wanted), `${edges.join(', ')}: ${request}: ${told.join(' | ')} is not ${wanted}`);
  }
});

test('a cycle is told in systemd’s words, and broken where a job is not needed', () => {
  const graph = graphOf(['a requires b', 'a after b', 'b wants c', 'b after c', 'c after a']);
  const { notes } = plan(graph, 'a', 'start', 'replace', true);
  assert.ok(notes[0]?.text.includes('Found ordering cycle on'));
  assert.ok(notes.at(-1)?.text.includes('deleted to break ordering cycle starting with'));
});

test('ignoring dependencies leaves the one job', () => {
  const graph = graphOf(['a requires b']);
  assert.is(jobsOf(plan(graph, 'a', 'start', 'ignore-dependencies', true)), 'a/start');
});

test('what two jobs of one unit become is the same in either order', () => {
  const types: JobType[] = ['start', 'verify-active', 'stop', 'reload', 'restart'];
  for (const one of types) {
    for (const other of types) assert.is(merge(one, other), merge(other, one), `${one} ${other}`);
  }
  assert.is(collapse('reload-or-start', 'inactive'), 'start');
  assert.is(collapse('try-restart', 'deactivating'), null);
});

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const edge = fc
  .tuple(
    fc.constantFrom(...names),
    fc.constantFrom('requires', 'wants', 'bindsTo', 'conflicts', 'partOf', 'after', 'before', 'requisite'),
    fc.constantFrom(...names),
  )
  .filter(([from, , to]) => from !== to);
const states = fc.dictionary(
  fc.constantFrom(...names),
  fc.constantFrom<ActiveState>('active', 'inactive', 'failed', 'activating', 'deactivating'),
);

test('in every graph: one job per unit, all that is required, nothing that is excluded, and an order that ends', () => {
  fc.assert(
    fc.property(
      fc.array(edge, { maxLength: 24 }),
      states,
      fc.constantFrom(...names),
      fc.constantFrom<Request>('start', 'stop', 'restart', 'try-restart', 'reload'),
      (edges, present, unit, request) => {
        const graph = graphOf(
          [...names.map((name) => `${name} names ${name}`), ...edges.map((each) => each.join(' '))],
          present,
        );
        const transaction = plan(graph, unit, request, 'replace', true);
        if (transaction.kind === 'refused') return;
        const jobs = new Map(transaction.jobs.map((job) => [job.unit, job]));
        assert.is(jobs.size, transaction.jobs.length, 'one job per unit');
        for (const job of transaction.jobs) {
          if (job.type !== 'start' && job.type !== 'restart') continue;
          for (const relation of ['requires', 'bindsTo'] as const) {
            for (const name of graph.related(job.unit, relation)) {
              const starts = ['start', 'restart', 'reload'].includes(jobs.get(name)?.type ?? '');
              const up = ['active', 'reloading'].includes(graph.node(name)?.state ?? '');
              assert.ok(starts || up, `${job.unit} has the ${name} that it ${relation}`);
              assert.is.not(jobs.get(name)?.type, 'stop', `${name} stays for ${job.unit}`);
            }
          }
          for (const name of graph.related(job.unit, 'conflicts')) {
            const down = ['inactive', 'failed'].includes(graph.node(name)?.state ?? '');
            assert.ok(
              jobs.get(name)?.type === 'stop' || (down && !jobs.has(name)),
              `${name} gives way to ${job.unit}`,
            );
          }
        }
        // Whoever waits for nobody goes, until nobody is left; what is only stopped may wait in a circle, which the queue opens.
        if (transaction.jobs.every(({ type }) => type === 'stop')) return;
        for (let left = jobs.size; left > 0; left--) {
          const next = [...jobs.values()].find((job) => waitsFor(job, jobs, graph).length === 0);
          assert.ok(next, `somebody may go of ${[...jobs.keys()].join(' ')}`);
          jobs.delete(next?.unit ?? '');
        }
      },
    ),
    { numRuns: 5000 },
  );
});

test.run();
