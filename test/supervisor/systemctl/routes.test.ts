// The manager of units over a real control socket: every method with its client, and requests that mean no good.

import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { get, request } from '../../../supervisor/control/client.ts';
import { startControlServer } from '../../../supervisor/control/server.ts';
import { unitsClient, type UnitsClient } from '../../../supervisor/control/units-client.ts';
import type { JournalLine, UnitOutcome, Units } from '../../../supervisor/control/units.ts';
import { FakeCommands } from '../../fakes/commands.ts';
import { until, withDirectory } from '../../fakes/control.ts';
import { FakeUnits, lineOf, snapshotOf } from '../../fakes/units.ts';

const test = suite('units over HTTP');

type Talk = (stand: {
  client: UnitsClient;
  units: FakeUnits;
  target: { url: string; credentials: null };
}) => Promise<void>;

async function withUnits(talk: Talk, units: FakeUnits | null = new FakeUnits()): Promise<void> {
  await withDirectory(async (directory) => {
    const server = await startControlServer(
      { kind: 'unix', path: join(directory, 'sock'), mode: 0o700, uid: null, gid: null, credentials: null },
      {
        commands: new FakeCommands([]),
        units: units === null ? null : () => Promise.resolve(units),
        rpcInterface: false,
      },
    );
    try {
      const target = { url: server.url, credentials: null };
      await talk({ client: unitsClient(target), units: units ?? new FakeUnits(), target });
    } finally {
      await server.close();
    }
  });
}

const EVERYTHING = { sinceMs: null, untilMs: null, maxPriority: 7 };

test('what is asked arrives, and the answers come back as they were', () =>
  withUnits(async ({ client, units }) => {
    units.snapshots.push(snapshotOf({ id: 'a.service', activeState: 'active', pids: [3, 4], mainPid: 3 }));
    units.variables.set('A', 'with\nnewline ü');
    assert.equal(await client.list([]), units.snapshots);
    assert.equal(await client.list(['b.service']), []);
    assert.equal(await client.snapshot('a.service'), units.snapshots[0]);
    assert.is((await client.snapshot('gone.service')).loadState, 'not-found');
    assert.equal([...(await client.properties('a.service'))], [...units.properties('a.service')]);
    assert.equal([...(await client.environment())], [['A', 'with\nnewline ü']]);
    assert.is(await client.systemState(), 'running');
    assert.equal(await client.jobs(), []);
    assert.is((await client.cancelJobs([5]))[0]?.kind, 'refused');
    await client.act('try-restart', ['a', 'b'], { mode: 'fail', wait: false });
    await client.kill('a.service', 'SIGHUP', 'main');
    await client.resetFailed([]);
    await client.daemonReload();
    await client.setEnvironment({ B: '1' }, ['A']);
    await client.end(3);
    assert.equal(units.calls, [
      ['act', 'try-restart', ['a', 'b'], { mode: 'fail', wait: false }],
      ['kill', 'a.service', 'SIGHUP', 'main'],
      ['resetFailed', []],
      ['daemonReload'],
      ['setEnvironment', { B: '1' }, ['A']],
      ['end', 3],
    ]);
  }));

test('the client has every method of the manager', () =>
  withUnits(({ client, units }) => {
    const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(units)).filter(
      (name) => !['constructor', 'write', 'followers'].includes(name),
    ) as (keyof Units)[];
    assert.equal(Object.keys(client).toSorted(), methods.toSorted());
    return Promise.resolve();
  }));

test('an action answers when its jobs are done, however many wait', () =>
  withUnits(async ({ client, units }) => {
    const done: UnitOutcome[] = [{ kind: 'job', unit: 'a.service', result: 'done' }];
    const finish: (() => void)[] = [];
    units.outcomes = () => new Promise((resolve) => finish.push(() => resolve(done)));
    const all = Array.from({ length: 20 }, () => client.act('start', ['a'], { mode: 'replace', wait: true }));
    await until('all to be asked', () => finish.length === 20);
    assert.is(await client.systemState(), 'running');
    for (const each of finish) each();
    for (const outcome of await Promise.all(all)) assert.equal(outcome, done);
  }));

test('who follows the journal gets what is kept and what comes, of what was asked for, until he goes', () =>
  withUnits(async ({ client, units }) => {
    for (const message of ['one', 'two', 'three']) units.write(lineOf({ message }));
    units.write(lineOf({ message: 'of another', unit: 'y.service' }));
    const seen: JournalLine[] = [];
    const abort = new AbortController();
    const query = { ...EVERYTHING, units: ['x.service'], lines: 2, maxPriority: 6 };
    const following = client.followJournal(query, (line) => seen.push(line), abort.signal);
    await until('what is kept', () => seen.length === 2);
    units.write(lineOf({ message: 'four\nand more' }));
    units.write(lineOf({ message: 'of another', unit: 'y.service' }));
    units.write(lineOf({ message: 'for developers', priority: 7 }));
    units.write(lineOf({ message: 'five' }));
    await until('what comes', () => seen.length === 4);
    assert.equal(
      seen.map(({ message }) => message),
      ['two', 'three', 'four\nand more', 'five'],
    );
    abort.abort();
    await following;
    await until('the manager to notice', () => units.followers() === 0);
  }));

test('people may look with curl', () =>
  withUnits(async ({ units, target }) => {
    units.snapshots.push(snapshotOf({ id: 'a.service', activeState: 'active' }));
    assert.equal(JSON.parse((await get(target, '/units')).text), units.snapshots);
    const one = JSON.parse((await get(target, '/units/a.service')).text) as {
      id: string;
      properties: Record<string, string>;
    };
    assert.is(one.id, 'a.service');
    assert.is(one.properties['ActiveState'], 'active');
  }));

const BAD: readonly (readonly [method: string, path: string, body: string, status: number])[] = [
  ['POST', '/units/act', 'no json', 400],
  ['POST', '/units/act', '[]', 400],
  ['POST', '/units/act', '{}', 400],
  ['POST', '/units/act', '{"action":"destroy","names":["a"]}', 400],
  ['POST', '/units/act', '{"action":"start","names":"a"}', 400],
  ['POST', '/units/act', '{"action":"start","names":[1]}', 400],
  ['POST', '/units/act', '{"action":"start","names":["a"],"mode":"x"}', 400],
  ['POST', '/units/act', '{"action":"start","names":["a"],"wait":"yes"}', 400],
  ['POST', '/units/kill', '{"name":"a"}', 400],
  ['POST', '/units/set-environment', '{"set":{"A":1}}', 400],
  ['POST', '/units/journal', '{"lines":"many"}', 400],
  ['POST', '/units/follow', '{"units":7}', 400],
  ['POST', '/units/cancel-jobs', '{"ids":["1"]}', 400],
  ['POST', '/units/nothing', '{}', 404],
  ['POST', '/units/constructor', '{}', 404],
  ['POST', '/units/__proto__', '{}', 404],
  ['POST', '/units', '{}', 404],
  ['PUT', '/units/act', '{}', 405],
  ['DELETE', '/units/a.service', '', 405],
];

for (const [method, path, body, status] of BAD) {
  test(`${method} ${path} ${body} is ${status}, and nothing is done`, () =>
    withUnits(async ({ units, target }) => {
      const failure = await request(target, method, path, body).then(
        () => null,
        (error: { status?: number }) => error,
      );
      assert.is(failure?.status, status);
      assert.equal(units.calls, []);
    }));
}

test('where no units are run, that is said', () =>
  withUnits(async ({ target }) => {
    const { status, text } = await get(target, '/units');
    assert.is(status, 404);
    assert.match(text, 'no units are run here');
  }, null));

test.run();
