// A Lumberjack server as a process of its own, so that a test can kill it: writes each line to a file before it
// acknowledges it. Arguments: port, key, certificate, output file.

import { openSync, readFileSync, writeSync } from 'node:fs';
import { startLumberjack } from './lumberjack.ts';

const [port = '0', key = '', cert = '', output = ''] = process.argv.slice(2);
const file = openSync(output, 'a');
let windows = 0;

const started = await startLumberjack(
  {
    key: readFileSync(key),
    cert: readFileSync(cert),
    onWindow(events) {
      writeSync(file, `${events.map((event) => String(event.fields['line'])).join('\n')}\n`);
      started.events.length = 0;
      windows += 1;
      const last = events.at(-1)?.sequence ?? 0;
      // Signs of life and partial acknowledgements, as Logstash sends them under load.
      return windows % 7 === 0 ? [0, Math.ceil(last / 3), last] : [last];
    },
  },
  Number(port),
);
console.log(`listening on ${started.port}`);
