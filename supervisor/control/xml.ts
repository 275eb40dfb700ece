// Reads the part of XML that XML-RPC needs into a tree of elements: no document types, so no entities but the
// predefined five and numeric ones, and bounds on depth and number of elements.

export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** The text directly in the element, pieces between children joined. */
  readonly text: string;
}

export class XmlError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number, options?: ErrorOptions) {
    super(`cannot read XML: ${message} at character ${offset}`, options);
    this.name = 'XmlError';
    this.offset = offset;
  }
}

export const XML_LIMITS = { depth: 100, elements: 200_000 } as const;

/** Decodes by byte order mark or XML declaration, UTF-8 otherwise; bytes that are not of the encoding are an error. */
export function decodeXml(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new XmlError(`the text is not ${encoding}`, 0, { cause: error });
  }
}

export function parseXml(source: string): XmlElement {
  // Without a carriage return, nothing is to be normalised (XML 1.0, 2.11).
  const text = source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source;
  const invalid = INVALID_CHARACTER.exec(text);
  if (invalid !== null) throw new XmlError('a character that XML does not allow', invalid.index);
  return new Reader(text).document();
}

/** Escapes text for an element. What XML cannot hold is shown: control characters as their pictures, the rest as U+FFFD. */
export function escapeXml(text: string): string {
  if (PLAIN.test(text)) return text;
  return NEEDS_ESCAPE.test(text) ? text.toWellFormed().replace(EVERY_ESCAPE, escapeCharacter) : text;
}

/** Almost everything that is ever written; without the `u` flag a test takes half the time. */
const PLAIN = /^[\w ./:;,()=+-]*$/;

// Lone surrogates are matched with the `u` flag as code points of the category Surrogate.
const INVALID_CHARACTER = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const NEEDS_ESCAPE =
  /[^\t\n\u{20}-\u{25}\u{27}-\u{3b}\u{3d}\u{3f}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const EVERY_ESCAPE = new RegExp(NEEDS_ESCAPE, 'gu');

function escapeCharacter(character: string): string {
  if (character === '&') return '&amp;';
  if (character === '<') return '&lt;';
  if (character === '>') return '&gt;';
  // A bare carriage return would be read as a line feed.
  if (character === '\r') return '&#13;';
  const code = character.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const head = String.fromCharCode(...bytes.subarray(0, 200));
  const declared = /^(?:\u00ef\u00bb\u00bf)?<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/
    .exec(head)?.[1]
    ?.toLowerCase();
  switch (declared) {
    case undefined:
    case 'utf-8':
    case 'utf8':
    case 'us-ascii':
    case 'ascii':
      return 'utf-8';
    case 'iso-8859-1':
    case 'latin1':
    case 'windows-1252':
      return 'latin1';
    default:
      throw new XmlError(`the encoding ${declared} is not supported`, 0);
  }
}

interface OpenElement {
  readonly name: string;
  readonly children: XmlElement[];
  readonly pieces: string[];
}

class Reader {
  readonly #text: string;
  #at = 0;
  #elements = 0;
  readonly #open: OpenElement[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  document(): XmlElement {
    if (this.#text.startsWith('\ufeff')) this.#at = 1;
    let root: XmlElement | null = null;
    while (this.#at < this.#text.length) {
      const start = this.#text.indexOf('<', this.#at);
      const end = start === -1 ? this.#text.length : start;
      this.#characters(this.#text.slice(this.#at, end), this.#at);
      this.#at = end;
      if (start === -1) break;
      const closed = this.#markup();
      if (closed !== null && this.#open.length === 0) root = closed;
      else if (closed !== null) this.#open.at(-1)?.children.push(closed);
      if (root !== null && this.#open.length > 0) this.#fail('a second root element');
    }
    if (this.#open.length > 0) this.#fail(`<${this.#open.at(-1)?.name}> is never closed`);
    if (root === null) this.#fail('there is no element');
    return root;
  }

  #characters(raw: string, offset: number): void {
    if (raw === '') return;
    const top = this.#open.at(-1);
    if (top === undefined) {
      if (raw.trim() !== '') throw new XmlError('text outside of the root element', offset);
      return;
    }
    if (raw.includes(']]>')) throw new XmlError(']]> in text', offset);
    top.pieces.push(raw.includes('&') ? expand(raw, offset) : raw);
  }

  /** Reads what begins at `<`; an element when that closes one. */
  #markup(): XmlElement | null {
    const text = this.#text;
    if (text.startsWith('<!--', this.#at)) return this.#skipPast('-->', 4);
    if (text.startsWith('<?', this.#at)) return this.#skipPast('?>', 2);
    if (text.startsWith('<![CDATA[', this.#at)) {
      const top = this.#open.at(-1) ?? this.#fail('CDATA outside of the root element');
      const from = this.#at + 9;
      this.#skipPast(']]>', 9);
      top.pieces.push(text.slice(from, this.#at - 3));
      return null;
    }
    if (text.startsWith('<!', this.#at)) this.#fail('document types are refused');
    if (text.startsWith('</', this.#at)) return this.#closeTag();
    return this.#openTag();
  }

  #skipPast(terminator: string, headLength: number): null {
    const end = this.#text.indexOf(terminator, this.#at + headLength);
    if (end === -1) this.#fail(`${terminator} is missing`);
    this.#at = end + terminator.length;
    return null;
  }

  #openTag(): XmlElement | null {
    const name = this.#match(OPEN_TAG)?.[1] ?? this.#fail('a malformed tag');
    // XML-RPC has no attributes: they are checked and dropped, one by one, since one pattern for all would recurse.
    while (this.#match(ATTRIBUTE) !== null);
    const end = this.#match(TAG_END)?.[1] ?? this.#fail('a malformed tag');
    this.#elements += 1;
    if (this.#elements > XML_LIMITS.elements) this.#fail(`more than ${XML_LIMITS.elements} elements`);
    if (this.#open.length >= XML_LIMITS.depth) this.#fail(`more than ${XML_LIMITS.depth} levels`);
    if (this.#open.length === 0 && this.#elements > 1) this.#fail('a second root element');
    if (end === '/') return { name, children: [], text: '' };
    this.#open.push({ name, children: [], pieces: [] });
    return null;
  }

  #closeTag(): XmlElement {
    const name = this.#match(CLOSE_TAG)?.[1];
    const top = this.#open.at(-1);
    if (name === undefined || top === undefined) this.#fail('a malformed closing tag');
    if (name !== top.name) this.#fail(`</${name}> closes <${top.name}>`);
    this.#open.pop();
    return { name, children: top.children, text: top.pieces.join('') };
  }

  /** Matches a sticky pattern here and moves past it. */
  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #fail(message: string): never {
    throw new XmlError(message, this.#at);
  }
}

const NAME = String.raw`[A-Za-z_:\u{80}-\u{10ffff}][\w:.\u{b7}-\u{10ffff}-]*`;
const OPEN_TAG = new RegExp(`<(${NAME})`, 'uy');
const ATTRIBUTE = new RegExp(String.raw`\s+${NAME}\s*=\s*(?:"[^"<]*"|'[^'<]*')`, 'uy');
const TAG_END = /\s*(\/?)>/uy;
const CLOSE_TAG = new RegExp(`</(${NAME})\\s*>`, 'uy');

const LONGEST_ENTITY = 12;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
]);

function expand(raw: string, offset: number): string {
  const pieces: string[] = [];
  let done = 0;
  for (let at = raw.indexOf('&'); at !== -1; at = raw.indexOf('&', done)) {
    const body = raw.slice(at + 1, at + 1 + LONGEST_ENTITY);
    const name = body.includes(';') ? body.slice(0, body.indexOf(';')) : body;
    const replacement = name === body ? undefined : (ENTITIES.get(name) ?? numericCharacter(name));
    if (replacement === undefined) throw new XmlError(`the entity &${name} is not known`, offset + at);
    pieces.push(raw.slice(done, at), replacement);
    done = at + name.length + 2;
  }
  pieces.push(raw.slice(done));
  return pieces.join('');
}

function numericCharacter(name: string): string | undefined {
  const match = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
  if (match === null) return undefined;
  const code = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
  if (code > 0x10ffff) return undefined;
  const character = String.fromCodePoint(code);
  return INVALID_CHARACTER.test(character) ? undefined : character;
}
