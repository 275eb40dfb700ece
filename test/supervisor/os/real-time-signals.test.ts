// Real-time signals, which node itself does not hear.

import { once, EventEmitter } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { onSignalNumbers } from '../../../supervisor/os/libc-signals.ts';
import { isRealTime, REAL_TIME_NAMES, spokenSignal } from '../../../supervisor/process/signals.ts';

const test = suite('real-time signals');

test('are heard by their numbers, also after garbage has been collected', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const heard = new EventEmitter();
  onSignalNumbers([34, 37, 64], (number) => heard.emit('signal', number));
  for (const number of [37, 34, 64, 37]) {
    collectGarbage();
    const next = once(heard, 'signal');
    process.kill(process.pid, number);
    // Neither the wait nor the listener would keep this process alive.
    const deadline = setTimeout(() => heard.emit('signal', 'nothing'), 10_000);
    assert.equal(await next, [number]);
    clearTimeout(deadline);
  }
});

test('have numbers for names, and are spoken of as people write them', () => {
  assert.equal([REAL_TIME_NAMES[0], REAL_TIME_NAMES.at(-1), REAL_TIME_NAMES.length], ['SIG34', 'SIG64', 31]);
  assert.equal(['SIG37', 'SIGTERM'].map(spokenSignal), ['SIGRTMIN+3', 'SIGTERM']);
  assert.equal(['SIG37', 'SIGTERM'].map(isRealTime), [true, false]);
});

test.run();
