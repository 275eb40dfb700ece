// Runs one case inside of the bench's container, and tells what happens as one JSON object per line.

import { findCase } from './cases.ts';
import { endAll } from './inits.ts';

const [name = '', rounds = ''] = process.argv.slice(2);
const tell = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
await findCase(name).run({
  rounds: Number(rounds),
  sample: (sample) => tell({ sample }),
  note: (note) => tell({ note }),
});
await endAll();
