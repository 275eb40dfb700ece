// Real-time signals, by FFI: node hears those alone that have a name, and nothing of SIGRTMIN+3, by which a container of
// systemd is stopped. libuv, which is part of node, takes any number (docs.libuv.org, uv_signal_t): it is asked directly.
// The rules of libc.ts hold here as well.

import { dlopen, getCurrentEventLoop } from 'node:ffi';
import { functionsOf } from './libc.ts';

/** uv_handle_type */
const UV_SIGNAL = 16;

const uv = functionsOf({
  uv_handle_size: { arguments: ['i32'], return: 'u64' },
  uv_signal_init: { arguments: ['pointer', 'buffer'], return: 'i32' },
  uv_signal_start: { arguments: ['buffer', 'pointer', 'i32'], return: 'i32' },
  uv_signal_stop: { arguments: ['buffer'], return: 'i32' },
  uv_unref: { arguments: ['buffer'], return: 'void' },
});

/** What native code holds the addresses of, for as long as the process lives: the library, by way of its callbacks, too. */
const { lib } = dlopen(null, {});
const handles: Buffer[] = [];

/** Calls the listener with the number whenever one of these signals comes; none of them keeps the process alive. */
export function onSignalNumbers(numbers: readonly number[], listener: (number: number) => void): void {
  const callback = lib.registerCallback(
    { arguments: ['pointer', 'i32'], return: 'void' },
    (_handle, number) => {
      // libuv calls from outside of node's own callbacks, where promises and errors have nobody to see to them.
      setImmediate(() => listener(number));
    },
  );
  const bytes = Number(uv.uv_handle_size(UV_SIGNAL));
  for (const number of numbers) {
    const handle = Buffer.alloc(bytes);
    handles.push(handle);
    uv.uv_signal_init(getCurrentEventLoop(), handle);
    uv.uv_signal_start(handle, callback, number);
    uv.uv_unref(handle);
  }
  // The loop is run once more when JavaScript can no longer be called: a signal then would abort us, exit code and all.
  process.once('exit', () => {
    for (const handle of handles) uv.uv_signal_stop(handle);
  });
}
