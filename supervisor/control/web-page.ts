// Pure: the pages that people see in a browser, as HTML: everything that runs with its buttons, and the end of a log.

import { describe } from './describe.ts';
import type { ProcessSnapshot, SupervisorInfo } from './commands.ts';
import { joinName } from './names.ts';

/** `processes` in the order in which they are shown. `message` is what the last action came to. */
export function statusPage(
  info: SupervisorInfo,
  processes: readonly ProcessSnapshot[],
  message: string | null,
  nowMs: number,
): string {
  const rows = processes.map((process) => statusRow(process, nowMs)).join('');
  const table =
    rows === ''
      ? '<p>No programs to manage</p>'
      : `<table><thead><tr><th>State</th><th>Description</th><th>Name</th><th>Action</th></tr></thead><tbody>${rows}</tbody></table>`;
  const said = message === null ? '' : `<p class="message" role="status">${escaped(message)}</p>`;
  const all = `<form method="post" action="index.html">${buttons([
    ['refresh', 'Refresh'],
    ['restartall', 'Restart All'],
    ['stopall', 'Stop All'],
  ])}</form>`;
  const links = ['mainlogtail', 'status', 'metrics', 'health', 'events'].map(
    (path) => `<a href="${path}">/${path}</a>`,
  );
  return page(
    'Supervisor Status',
    `<h1>Supervisor Status</h1>${said}${all}${table}<footer>${escaped(info.identification)}, pid ${info.pid}, version ${escaped(info.version)} · ${links.join(' ')}</footer>`,
  );
}

function statusRow(process: ProcessSnapshot, nowMs: number): string {
  const name = joinName(process.group, process.name);
  const query = encodeURIComponent(name);
  const tail = (stream: string, text: string): string =>
    `<a href="logtail/${query}${stream}" target="_blank">${text}</a>`;
  const hidden = `<input type="hidden" name="processname" value="${escaped(name)}">`;
  const action = `<form method="post" action="index.html">${hidden}${buttons(actionsFor(process))}${tail('', 'Tail -f Stdout')} ${tail('/stderr', 'Tail -f Stderr')}</form>`;
  const cells = [
    `<span class="${kindOf(process)}">${process.state.toLowerCase()}</span>`,
    escaped(describe(process, nowMs)),
    `<a href="tail.html?processname=${query}">${escaped(name)}</a>`,
    action,
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

type Action = readonly [action: string, label: string];

function actionsFor({ state }: ProcessSnapshot): Action[] {
  const clear: Action = ['clearlog', 'Clear Log'];
  switch (state) {
    case 'RUNNING':
      return [['restart', 'Restart'], ['stop', 'Stop'], clear];
    case 'STOPPED':
    case 'EXITED':
    case 'FATAL':
      return [['start', 'Start'], clear];
    case 'STARTING':
    case 'BACKOFF':
      return [['stop', 'Stop'], clear];
    case 'STOPPING':
    case 'UNKNOWN':
      return [clear];
  }
}

function buttons(actions: readonly Action[]): string {
  return actions
    .map(([action, label]) => `<button name="action" value="${action}">${label}</button>`)
    .join(' ');
}

function kindOf({ state }: ProcessSnapshot): string {
  if (state === 'RUNNING') return 'good';
  return state === 'FATAL' || state === 'BACKOFF' ? 'bad' : 'other';
}

/** The end of a program's output; `limit` is how many bytes were asked for. */
export function tailPage(name: string | null, text: string, limit: number): string {
  const title = `Supervisor tail of process ${name ?? ''}`.trimEnd();
  const again =
    name === null
      ? ''
      : ` <a href="tail.html?processname=${encodeURIComponent(name)}&amp;limit=${limit}">Refresh</a>`;
  return page(
    title,
    `<h1>${escaped(title)}</h1><p><a href="index.html">Back</a>${again}</p><pre>${escaped(text)}</pre>`,
  );
}

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;margin:2em;color:#222;background:#fff}table{border-collapse:collapse;margin:1em 0}' +
  'th,td{text-align:left;padding:.3em 1em .3em 0;border-bottom:1px solid #ddd;vertical-align:top}form{display:inline}' +
  'pre{background:#f4f4f4;padding:1em;overflow-x:auto}footer{color:#666}.message{background:#eef4ff;padding:.5em 1em}' +
  '.good{color:#176b2c}.bad{color:#b3261e;font-weight:bold}.other{color:#666}';

function page(title: string, body: string): string {
  return `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>${body}</body></html>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
