// Environment files beside systemd's own reader of them, which its generator for environment.d shares.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readEnvFile } from '../../../supervisor/config/envfile.ts';
import { unescapeOne } from '../../../supervisor/units/words.ts';
import { tool } from './systemd-tools.ts';
import { fc } from '../../support/random.ts';

const test = suite('units environment files, beside systemd');
const scratch = mkdtempSync(join(tmpdir(), 'initkit-environment-d-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const GENERATOR = '/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator';

/** What systemd reads from all these files, which have names of their own, in one run. */
function systemdReads(texts: readonly string[]): Map<string, string> {
  rmSync(join(scratch, 'environment.d'), { recursive: true, force: true });
  mkdirSync(join(scratch, 'environment.d'));
  for (const [index, text] of texts.entries()) {
    writeFileSync(join(scratch, 'environment.d', `${String(index).padStart(5, '0')}.conf`), text);
  }
  const { stdout } = tool(GENERATOR, [], { XDG_CONFIG_HOME: scratch });
  const values = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const match = /^(V\d+\w*)=(.*)$/.exec(line);
    if (match !== null) values.set(match[1] ?? '', unquoted(match[2] ?? ''));
  }
  return values;
}

/** It quotes what it prints as a shell would, and escapes as C does. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text
    .slice(1, -1)
    .replace(
      /\\(x[0-9a-f]{2}|[0-7]{3}|[^])/g,
      (whole, escape: string) => unescapeOne(escape)?.character ?? whole.slice(1),
    );
}

function compare(texts: readonly string[]): string[] {
  const theirs = systemdReads(texts);
  return texts.flatMap((text, index) => {
    // environment.d says nothing of most variables that are empty.
    const own = new RegExp(`^V${index}[A-Z]`);
    const linesOf = (values: ReadonlyMap<string, string>): string[] =>
      [...values]
        .filter(([name, value]) => own.test(name) && value !== '')
        .map(([name, value]) => `${name}=${value}`)
        .toSorted();
    const ours = linesOf(readEnvFile(text, 'x').values);
    const other = linesOf(theirs);
    return JSON.stringify(ours) === JSON.stringify(other)
      ? []
      : [`${JSON.stringify(text)}\n ours ${JSON.stringify(ours)}\n systemd ${JSON.stringify(other)}`];
  });
}

/** `@` in a text is the number that makes its names its own. */
const numbered = (texts: readonly string[]): string[] =>
  texts.map((text, index) => text.replaceAll('@', String(index)));

const WRITTEN = numbered([
  'V@A=1\nV@B=2\n',
  '  V@A = 3  \n\tV@B\t=\t4\t\n',
  'V@A="x y"\nV@B=\'x y\'\nV@C=x y\n',
  '# comment\n; comment\nV@A=1 # no comment\n  # comment\nV@B=2 ; no comment\n',
  '#c\\\nV@A=4\nV@B=5\n',
  'V@A=a\\\nb\nV@B="a\\\nb"\nV@C=\'a\\\nb\'\n',
  'export V@A=1\n1V@B=2\nV@C=3\nV@-D=4\n=5\nV@E\nV@F=6\n',
  'V@A=a\'b\'"c"\nV@B="a"b\'c\'\nV@C="a" "b"\nV@D=\'a\'\'b\'\n',
  'V@A="a\nb"\nV@B=\'a\nb\'\n',
  'V@A=x\\q\\"\\\'\nV@B="x\\q\\"\\\'\\\\"\nV@C=\'x\\q\\\\\'\n',
  'V@A=\nV@B=""\nV@C=\'\'\nV@D=   \nV@E="  "\n',
  'V@A="open\nV@B=1\n',
  "V@A='open\nV@B=1\n",
  'V@A=no newline',
  'V@A="no newline"',
  'V@A=\\',
  'V@A=a\\ \nV@B=b\\  c\nV@C=\\  d\n',
  'V@A=1\r\nV@B="2"\r\nV@C=3\r\n',
  'V@A=1\nV@A=2\nV@B=3\nV@A=4\n',
  'V@A="x"   trailing\nV@B="x"   \n',
  'V@A=é日\nV@B="é\\n"\n',
  'V@A==\nV@B=a=b=c\n',
]);

test('what people write', () => assert.equal(compare(WRITTEN), []));

// No `$`: environment.d replaces variables afterwards, which EnvironmentFile= does not.
const piece = fc.constantFrom(
  'a',
  'b',
  ' ',
  '  ',
  '\t',
  '"',
  "'",
  '\\',
  '\\\n',
  '\n',
  '\r\n',
  '#',
  ';',
  '=',
  '\nV@B=',
  '\n V@C = ',
  '\\"',
  "\\'",
  '\\\\',
  '`',
  'é',
);
const file = fc.array(piece, { minLength: 1, maxLength: 14 }).map((parts) => `V@A=${parts.join('')}`);

test('thousands of random files', () => {
  // environment.d keeps the earlier value of a variable that becomes empty, so that each name stands once.
  const once = fc
    .sample(file, { numRuns: 4000 })
    .filter((text) => text.split('V@B').length < 3 && text.split('V@C').length < 3);
  assert.ok(once.length > 2500);
  const texts = numbered(once);
  assert.equal(compare(texts), []);
});

test.run();
