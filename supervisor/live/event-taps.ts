// What programs write, as events.

import type { EventHub } from './event-hub.ts';
import { outputCaptured, outputLogged } from '../events/payload.ts';
import type { OutputTaps } from '../logs/observed.ts';

export function eventTaps(hub: EventHub): OutputTaps {
  return {
    logged({ program, stream, pid }, data) {
      const name = stream === 'stdout' ? 'PROCESS_LOG_STDOUT' : 'PROCESS_LOG_STDERR';
      if (hub.wants(name)) hub.notify(outputLogged(program, pid, stream, data));
    },
    captured: ({ program, stream, pid }, data) => hub.notify(outputCaptured(program, pid, stream, data)),
    protocol: ({ program, pid }, data) => hub.listenerSaid(program, pid, data),
  };
}
