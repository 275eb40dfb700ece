// Hands the supervisor's events to the event listeners: owns their pools, and knows what each listener is doing.

import type { Entry } from './entry.ts';
import { createTicker } from './event-ticker.ts';
import { envelope } from '../events/envelope.ts';
import { handed, notHanded, said, startedListener, type Listener, type Outcome } from '../events/listener.ts';
import {
  accept,
  emptyPool,
  requeue,
  take,
  wants,
  type Buffered,
  type Pool,
  type PoolEvent,
} from '../events/pool.ts';
import { groupMoved } from '../events/payload.ts';
import { eventsOfStep } from '../events/process-events.ts';
import type { EventName, SupervisorEvent } from '../events/types.ts';
import type { MainLog } from '../logs/main-log.ts';
import type { Program } from '../model.ts';
import type { System } from '../os/system.ts';
import type { Change, LiveGroup } from './supervisor.ts';

export interface EventHub {
  /** Whether any listener waits for events of this type: what nobody waits for need not be made. */
  wants(name: EventName): boolean;
  notify(event: SupervisorEvent): void;
  /** A group is there from now on; one of event listeners becomes a pool. */
  addGroup(group: LiveGroup): void;
  removeGroup(name: string): void;
  /** A process has taken a step: its events, and what it means for the process as a listener. */
  processStepped(change: Change): void;
  /** What a listener has written to its stdout. */
  listenerSaid(program: Program, pid: number, chunk: Buffer): void;
}

export interface EventHubOptions {
  readonly system: Pick<System, 'wallClock' | 'after'>;
  readonly log: MainLog;
  /** To our own stdout. */
  readonly print: (bytes: Buffer) => void;
  /** `[supervisord] identifier`. */
  readonly identifier: string;
  /** The serial of the next event; it goes on when the supervisor restarts. */
  readonly serials: { next: number };
}

/** One process of a pool, and the run that it is in. */
interface Session {
  readonly entry: Entry;
  pid: number | null;
  listener: Listener;
  /** The event that it is busy with. */
  event: PoolEvent | null;
  /** `taken`: it has read all that was written to it; `closed`: it has closed its stdin. */
  stdin: 'taken' | 'full' | 'closed';
}

interface LivePool {
  pool: Pool;
  readonly sessions: readonly Session[];
}

export function createEventHub(options: EventHubOptions): EventHub {
  const { log, identifier, serials } = options;
  const pools = new Map<string, LivePool>();

  const wanted = (name: EventName): boolean => [...pools.values()].some(({ pool }) => wants(pool, name));
  const notify = (event: SupervisorEvent): void => {
    const takers = [...pools.values()].filter(({ pool }) => wants(pool, event.name));
    if (takers.length === 0) return;
    const serial = serials.next++;
    for (const live of takers) settle(live, accept(live.pool, event, serial));
    for (const live of takers) dispatch(live);
  };
  const ticker = createTicker(options.system, wanted, notify);

  const settle = (live: LivePool, { pool, discarded }: Buffered): void => {
    live.pool = pool;
    if (discarded === null) return;
    log.log('error', `pool ${pool.name} event buffer overflowed, discarding event ${discarded.serial}`);
  };
  /** Hands out what waits to whoever is ready for it. */
  const dispatch = (live: LivePool): void => {
    for (let session = idle(live); session !== undefined; session = idle(live)) {
      const next = take(live.pool);
      if (next === null) return;
      live.pool = next.pool;
      hand(live, session, next.event);
    }
  };
  const hand = (live: LivePool, session: Session, event: PoolEvent): void => {
    const { entry, pid } = session;
    const { serial, poolSerial } = event;
    session.listener = handed(session.listener);
    session.event = event;
    session.stdin = 'full';
    log.log('debug', `event ${serial} sent to listener ${entry.program.name}`);
    const bytes = envelope(event.event, { server: identifier, pool: live.pool.name, serial, poolSerial });
    void entry.running?.stdin.write(bytes).then((result) => {
      if (session.pid !== pid) return;
      session.stdin = result === 'written' ? 'taken' : 'closed';
      if (result === 'closed' && session.event === event) takeBack(live, session, event);
      dispatch(live);
    });
  };
  const takeBack = (live: LivePool, session: Session, event: PoolEvent): void => {
    const name = session.entry.program.name;
    log.log(
      'debug',
      `epipe occurred while sending event ${event.serial} to listener ${name}, listener state unchanged`,
    );
    session.listener = notHanded(session.listener);
    session.event = null;
    settle(live, requeue(live.pool, event));
  };
  const reject = (live: LivePool, session: Session): void => {
    const { event } = session;
    session.event = null;
    if (event === null) return;
    log.log('debug', `rebuffering event ${event.serial} for pool ${live.pool.name}`);
    settle(live, requeue(live.pool, event));
  };
  const follow = (live: LivePool, session: Session, outcome: Outcome): void => {
    const { name } = session.entry.program;
    switch (outcome.type) {
      case 'moved':
        log.log('debug', `${name}: ${outcome.from} -> ${outcome.to}`);
        if (outcome.to === 'UNKNOWN') log.log('warn', `${name}: ${BROKEN}`);
        return;
      case 'processed':
        if (outcome.print !== null) options.print(outcome.print);
        log.log('debug', `${name}: event was processed`);
        session.event = null;
        return;
      case 'rejected':
        log.log(
          'warn',
          `${name}: ${outcome.line === null ? REJECTED : `bad result line: '${outcome.line}'`}`,
        );
        reject(live, session);
    }
  };
  const sessionOf = (program: Program): [LivePool, Session] | null => {
    const live = pools.get(program.group);
    const session = live?.sessions.find(({ entry }) => entry.program === program);
    return live === undefined || session === undefined ? null : [live, session];
  };
  /** A listener's own process has taken a step. */
  const listenerStepped = ({ entry, event }: Change): void => {
    const [live, session] = sessionOf(entry.program) ?? [];
    if (live === undefined || session === undefined) return;
    if (event.type === 'spawned') {
      Object.assign(session, { ...newSession(entry), pid: event.pid });
    } else if (event.type === 'exited') {
      session.pid = null;
      reject(live, session);
    }
    dispatch(live);
  };

  return {
    wants: wanted,
    notify,
    addGroup(group) {
      const { name, programs } = group.config;
      const listener = programs[0]?.listener;
      if (listener !== undefined) {
        pools.set(name, {
          pool: emptyPool(name, listener.events, listener.bufferSize),
          sessions: group.entries.map((entry) => newSession(entry)),
        });
        ticker.update();
      }
      notify(groupMoved('ADDED', name));
    },
    removeGroup(name) {
      pools.delete(name);
      ticker.update();
      notify(groupMoved('REMOVED', name));
    },
    processStepped(change) {
      const { entry, before } = change;
      if (pools.size === 0) return;
      for (const event of eventsOfStep(entry.program, before, entry.process)) notify(event);
      if (entry.program.kind === 'eventlistener') listenerStepped(change);
    },
    listenerSaid(program, pid, chunk) {
      const [live, session] = sessionOf(program) ?? [];
      if (live === undefined || session?.pid !== pid) return;
      const { listener, outcomes } = said(session.listener, chunk);
      session.listener = listener;
      for (const outcome of outcomes) follow(live, session, outcome);
      dispatch(live);
    },
  };
}

const REJECTED = 'event was rejected';
const BROKEN =
  'has entered the UNKNOWN state and will no longer receive events, ' +
  'this usually indicates the process violated the eventlistener protocol';

function newSession(entry: Entry): Session {
  const listener = startedListener(entry.program.listener?.resultHandler ?? 'default');
  return { entry, pid: null, listener, event: null, stdin: 'taken' };
}

/** A process that can take an event now: at most one envelope waits for it in our memory. */
function idle({ sessions }: LivePool): Session | undefined {
  return sessions.find(
    ({ entry, listener, stdin }) =>
      entry.process.state.name === 'RUNNING' && listener.state === 'READY' && stdin === 'taken',
  );
}
