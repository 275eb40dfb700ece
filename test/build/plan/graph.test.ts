// build/graph.ts: order, cycles, and how far a change reaches.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  buildOrder,
  cycleProblems,
  findCycles,
  withAncestors,
  withDescendants,
  type Node,
} from '../../../build/plan/graph.ts';

const test = suite('graph');

/** "base; a base; b a base" */
function graph(text: string): Node[] {
  return text.split(';').map((line) => {
    const [name = '', ...parents] = line.trim().split(' ');
    return { name, parents };
  });
}

const FAMILY = graph('z base; base; a base; c a tool; tool');

test('parents come before children, names in order where there is a choice', () => {
  assert.equal(buildOrder(FAMILY), ['base', 'tool', 'a', 'z', 'c']);
});

test('the order does not depend on the order of the input', () => {
  assert.equal(buildOrder(FAMILY.toReversed()), buildOrder(FAMILY));
});

test('a parent outside the family does not hold anything up', () => {
  assert.equal(buildOrder(graph('a debian')), ['a']);
});

const CYCLES: [title: string, graph: string, cycles: string[][]][] = [
  ['no cycle', 'a b; b', []],
  ['an image built from itself', 'a a', [['a', 'a']]],
  ['two that wait for each other', 'a b; b a', [['a', 'b', 'a']]],
  ['three in a ring, with one outside', 'x a; a b; b c; c a', [['a', 'b', 'c', 'a']]],
  ['a diamond is no cycle', 'd b c; b a; c a; a', []],
];

for (const [title, text, cycles] of CYCLES) test(title, () => assert.equal(findCycles(graph(text)), cycles));

test('a cycle is told once, with its place', () => {
  const problems = cycleProblems(graph('a b; b a'), (name, parent) => ({ file: name, line: parent.length }));
  assert.is(problems.length, 1);
  assert.is(problems[0]?.message, 'images wait for each other: a -> b -> a');
  assert.is(problems[0]?.file, 'a');
});

test('a name brings all that it is built from', () => {
  assert.equal([...withAncestors(FAMILY, ['c'])].toSorted(), ['a', 'base', 'c', 'tool']);
});

test('a change reaches all that is built from it', () => {
  assert.equal([...withDescendants(FAMILY, ['base'])].toSorted(), ['a', 'base', 'c', 'z']);
  assert.equal([...withDescendants(FAMILY, ['tool'])].toSorted(), ['c', 'tool']);
});

test.run();
