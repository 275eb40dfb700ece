import * as assert from 'uvu/assert';
import { suite } from 'uvu';
import { decodeXml, escapeXml, parseXml, XML_LIMITS, XmlError } from '../../../supervisor/control/xml.ts';

const test = suite('xml');

const READ: readonly [title: string, source: string, text: string][] = [
  ['plain text', '<a>x y</a>', 'x y'],
  ['the five entities', '<a>&lt;&gt;&amp;&apos;&quot;</a>', `<>&'"`],
  ['numeric references', '<a>&#65;&#x42;&#128512;</a>', 'AB😀'],
  ['an entity of an entity once', '<a>&amp;lt;</a>', '&lt;'],
  ['CDATA', '<a>x<![CDATA[<&]]]>y</a>', 'x<&]y'],
  ['comments', '<!-- c --><a>x<!-- - <b> -->y</a><!-- d -->', 'xy'],
  ['processing instructions', '<?xml version="1.0"?><a>x<?php <b> ?>y</a>', 'xy'],
  ['line ends', '<a>x\r\ny\rz</a>', 'x\ny\nz'],
  ['a carriage return that is meant', '<a>x&#13;y</a>', 'x\ry'],
  ['attributes', `<a b="1" c='2' d = "x>y" >z</a>`, 'z'],
  ['an empty element', '<a/>', ''],
  ['a byte order mark', '\ufeff<a>x</a>', 'x'],
  ['names beyond ASCII', '<äß>x</äß>', 'x'],
];

for (const [title, source, text] of READ) {
  test(`reads ${title}`, () => assert.is(parseXml(source).text, text));
}

const REFUSED: readonly [title: string, source: string, message: RegExp][] = [
  ['nothing', '', /there is no element/],
  ['text alone', 'x', /text outside/],
  ['text after the root', '<a/>x', /text outside/],
  ['two roots', '<a/><b/>', /second root/],
  ['two roots, the second open', '<a/><b>', /second root/],
  ['a tag that is never closed', '<a><b></b>', /<a> is never closed/],
  ['crossed tags', '<a><b></a></b>', /closes <b>/],
  ['a closing tag alone', '</a>', /malformed closing tag/],
  ['half a tag', '<a', /malformed tag/],
  ['a tag without a name', '<>', /malformed tag/],
  ['an attribute without a value', '<a b>', /malformed tag/],
  ['attributes that are not apart', '<a b="1"c="2"/>', /malformed tag/],
  ['< in an attribute', '<a b="<"/>', /malformed tag/],
  ['a document type', '<!DOCTYPE a><a/>', /document types/],
  ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "x">]><a>&b;</a>', /document types/],
  ['an external entity', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /document types/],
  ['an unknown entity', '<a>&nbsp;</a>', /&nbsp is not known/],
  ['an entity without its end', '<a>&lt</a>', /&lt is not known/],
  ['an entity that only begins like one', '<a>&ltx</a>', /&ltx is not known/],
  ['an entity named as a property of objects', '<a>&constructor;</a>', /not known/],
  ['a bare ampersand', '<a>a & b</a>', /not known/],
  ['a reference to NUL', '<a>&#0;</a>', /not known/],
  ['a reference beyond Unicode', '<a>&#x110000;</a>', /not known/],
  ['a reference to a surrogate', '<a>&#xD800;</a>', /not known/],
  ['a control character', '<a>\u0001</a>', /does not allow/],
  ['a lone surrogate', '<a>\ud800</a>', /does not allow/],
  ['the end of CDATA in text', '<a>x]]>y</a>', /\]\]>/],
  ['CDATA without an end', '<a><![CDATA[x</a>', /\]\]> is missing/],
  ['CDATA outside', '<![CDATA[x]]><a/>', /outside/],
  ['a comment without an end', '<a><!-- x</a>', /--> is missing/],
];

for (const [title, source, message] of REFUSED) {
  test(`refuses ${title}`, () => assert.throws(() => parseXml(source), message));
}

test('allows nesting and elements up to its limits, and no more', () => {
  const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  assert.is(parseXml(nested(XML_LIMITS.depth)).name, 'a');
  assert.throws(() => parseXml(nested(XML_LIMITS.depth + 1)), /levels/);
  assert.throws(() => parseXml(`<a>${'<b/>'.repeat(XML_LIMITS.elements)}</a>`), /elements/);
});

test('ends with an error, not with an exhausted stack, on large hostile texts', () => {
  const size = 1_000_000;
  const texts = ['<', '<a ', '<a>', '&', '<a:', '<!--', '<![CDATA[', '</', '<a b="1"'].map((part) =>
    part.repeat(size),
  );
  for (const text of [
    ...texts,
    `<a${' b="1"'.repeat(size)}`,
    `<a>${'&'.repeat(size)}`,
    `<a>${'&#'.repeat(size)}`,
  ]) {
    assert.instance(
      failureOf(() => parseXml(text)),
      XmlError,
    );
  }
});

test('decodes what the declaration names', () => {
  const latin = Buffer.from(`<?xml version='1.0' encoding='ISO-8859-1'?><a>ü</a>`, 'latin1');
  assert.is(parseXml(decodeXml(latin)).text, 'ü');
  assert.is(parseXml(decodeXml(Buffer.from('\ufeff<a>ü</a>', 'utf16le'))).text, 'ü');
  assert.is(parseXml(decodeXml(Buffer.from('<a>ü</a>'))).text, 'ü');
  assert.throws(() => decodeXml(Buffer.from('<?xml version="1.0" encoding="EBCDIC"?><a/>')), /ebcdic/);
  assert.throws(() => decodeXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff])), /not utf-8/);
});

test('escapes what would end the text, and shows what XML cannot hold', () => {
  assert.is(escapeXml('plain é 😀\t\n'), 'plain é 😀\t\n');
  assert.is(escapeXml('<a>&\r'), '&lt;a&gt;&amp;&#13;');
  assert.is(escapeXml('\u001b[31m\u0000'), '␛[31m␀');
  assert.is(escapeXml('\ud800x\uffff'), '\ufffdx\ufffd');
});

test.run();

function failureOf(act: () => unknown): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
}
