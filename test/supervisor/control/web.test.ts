// The pages in a browser: what they show, what their buttons do, and who may not press them.

import { request } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { groupOf } from '../../fakes/commands.ts';
import { withServer, type Stand } from '../../fakes/control.ts';

const test = suite('web pages');

const GROUPS = [groupOf('web', [{ name: 'web' }]), groupOf('<b>', [{ name: 'a&"b' }])];

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly text: string;
}

function ask(
  { socket }: Stand,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath: socket, method, path, headers: { Host: 'here:9001', ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '', text }),
        );
      },
    );
    sent.on('error', reject).end(body);
  });
}

/** What a click in our own page sends. */
const OURS = { 'Accept-Language': 'en', Origin: 'http://here:9001', Referer: 'http://here:9001/' };

test('shows every program with its state and buttons; names are text, whatever they hold', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    for (const path of ['/', '/index.html', '/?message=%3Cscript%3E']) {
      const { status, text } = await ask(stand, 'GET', path);
      assert.is(status, 200);
      for (const part of [
        '<title>Supervisor Status</title>',
        '>stopped<',
        'value="start"',
        'logtail/web/stderr',
      ]) {
        assert.ok(text.includes(part), `${path} has ${part}`);
      }
      assert.ok(text.includes('&lt;b&gt;:a&amp;&quot;b'));
      assert.not(/<b>|<script>/.test(text), 'nothing of it is markup');
    }
  }));

test('the buttons, and the addresses that scripts know, act and say so', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const said = async (method: string, path: string, body = ''): Promise<string> => {
      const { status, location } = await ask(stand, method, path, method === 'POST' ? OURS : {}, body);
      assert.is(status, method === 'POST' ? 303 : 302);
      return decodeURIComponent(location);
    };
    assert.is(
      await said('GET', '/index.html?processname=web&action=start'),
      './?message=Process web started',
    );
    assert.match(
      await said('GET', '/index.html?processname=web&action=start'),
      'ERROR: Process web: already started',
    );
    assert.is(
      await said('POST', '/index.html', 'processname=web&action=restart'),
      './?message=Process web restarted',
    );
    assert.is(await said('POST', '/', 'processname=web&action=stop'), './?message=Process web stopped');
    assert.match(await said('GET', '/?processname=no&action=stop'), 'No such process named no');
    assert.match(await said('POST', '/', 'action=restartall'), 'All restarted at');
    assert.match(await said('POST', '/', 'action=stopall'), 'All stopped at');
    assert.match(await said('GET', '/?action=refresh'), 'Page refreshed at');
    assert.is((await ask(stand, 'GET', '/?action=explode')).status, 400);
    assert.is((await ask(stand, 'PUT', '/')).status, 405);
  }));

test('tail.html shows the end of a log', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    stand.log('web', 'stdout', `${'x'.repeat(3000)}<end>\n`);
    const text = async (query: string): Promise<string> =>
      (await ask(stand, 'GET', `/tail.html${query}`)).text;
    assert.match(await text('?processname=web'), `${'x'.repeat(1024 - 6)}&lt;end&gt;`);
    assert.not.match(await text('?processname=web'), 'x'.repeat(1024));
    assert.match(await text('?processname=web&limit=2000'), 'x'.repeat(1900));
    assert.match(await text(''), 'No process name found');
    assert.match(await text('?processname=no'), 'BAD_NAME');
  }));

test('another site that makes a browser ask changes nothing', () =>
  withServer({ groups: GROUPS }, async (stand) => {
    const before = stand.commands.journal.length;
    for (const [method, path, headers, body] of [
      ['GET', '/?action=stopall', { 'Accept-Language': 'en', Referer: 'http://elsewhere/' }, ''],
      ['GET', '/?action=stopall', { 'Accept-Language': 'en' }, ''],
      ['GET', '/?action=stopall', { 'Accept-Language': 'en', 'Sec-Fetch-Site': 'cross-site' }, ''],
      ['POST', '/', { 'Accept-Language': 'en', Origin: 'http://elsewhere' }, 'action=stopall'],
      ['POST', '/', { Origin: 'null' }, 'action=stopall'],
      ['POST', '/RPC2', { Origin: 'http://here:9002' }, '<methodCall/>'],
    ] as const) {
      assert.is(
        (await ask(stand, method, path, headers, body)).status,
        403,
        JSON.stringify([method, path, headers]),
      );
    }
    assert.is(stand.commands.journal.length, before);
  }));

test.run();
