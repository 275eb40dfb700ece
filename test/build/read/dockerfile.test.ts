// build/dockerfile.ts: what planning needs to know of a Dockerfile, and the mistakes in one.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { replaceImages, withoutSyntax } from '../../../build/read/dockerfile-replace.ts';
import { parseDockerfile } from '../../../build/read/dockerfile.ts';

const test = suite('dockerfile');

const parse = (text: string, args: Record<string, string> = {}) =>
  parseDockerfile(text, 'Dockerfile', new Map(Object.entries(args)));
const imagesOf = (text: string, args: Record<string, string> = {}): string[] =>
  parse(text, args).uses.map((use) => use.image);

const IMAGES: [title: string, text: string, images: string[], args?: Record<string, string>][] = [
  ['a plain FROM', 'FROM debian:12', ['debian:12']],
  ['FROM in lower case', 'from debian', ['debian']],
  ['a stage is no image', 'FROM a AS one\nFROM one\n', ['a']],
  ['names of stages match without regard to case', 'FROM a AS One\nFROM oNE\n', ['a']],
  ['scratch is no image', 'FROM scratch\n', []],
  ['a platform flag', 'FROM --platform=linux/arm64 a AS x', ['a']],
  ['an ARG with a default', 'ARG BASE=a:1\nFROM ${BASE}', ['a:1']],
  ['an ARG given from outside', 'ARG BASE=a:1\nFROM ${BASE}', ['b:2'], { BASE: 'b:2' }],
  ['an ARG in quotes', 'ARG BASE="a:1"\nFROM $BASE', ['a:1']],
  ['a default in the word', 'ARG BASE\nFROM ${BASE:-c}', ['c']],
  ['a part of the word', 'ARG TAG=3\nFROM a:${TAG}-slim', ['a:3-slim']],
  ['":+" gives its word only to what is set', 'ARG SLIM=1\nFROM a${SLIM:+:slim}', ['a:slim']],
  ['an ARG made of another', 'ARG V=1\nARG BASE=a:$V\nFROM $BASE', ['a:1']],
  ['an ARG inside a stage counts for nothing in FROM', 'ARG X=a\nFROM $X\nARG X=b\nFROM $X', ['a', 'a']],
  ['COPY --from an image', 'FROM a\nCOPY --from=b:1 /x /y', ['a', 'b:1']],
  [
    'COPY --from a stage, by name and number',
    'FROM a AS s\nFROM b\nCOPY --from=s /x /\nCOPY --from=0 /x /',
    ['a', 'b'],
  ],
  ['RUN --mount with from', 'FROM a\nRUN --mount=type=bind,from=tools,target=/t true', ['a', 'tools']],
  ['continuations', 'FROM \\\n  a \\\n  AS x\n', ['a']],
  ['comments inside continuations', 'FROM a\nCOPY \\\n# FROM no\n  --from=b \\\n\n  /x /y\n', ['a', 'b']],
  ['another escape character', '# escape=`\nFROM a\nCOPY `\n --from=b c:\\ d:\\\n', ['a', 'b']],
  [
    'an escape directive after a comment counts for nothing',
    '# hello\n# escape=`\nFROM a\nCOPY \\\n --from=b / /',
    ['a', 'b'],
  ],
  ['heredocs are no instructions', 'FROM a\nRUN <<EOF\nFROM no\nEOF\nCOPY --from=b / /', ['a', 'b']],
  ['two heredocs in one line', 'FROM a\nCOPY <<A <<"B" /x/\nFROM no\nA\nFROM no\nB\n', ['a']],
  [
    'a heredoc whose end is indented by tabs',
    'FROM a\nRUN <<-EOF\n\tFROM no\n\tEOF\nCOPY --from=b / /',
    ['a', 'b'],
  ],
  ['COPY --from a stage that comes later', 'FROM a\nCOPY --from=late / /\nFROM b AS late', ['a', 'b']],
  ['FROM a stage that comes later is an image', 'FROM late\nFROM b AS late', ['late', 'b']],
  ['a script that runs itself', '#!/usr/bin/env docker-build\n# syntax=docker/dockerfile:1\nFROM a', ['a']],
  ['what must be set, and is', 'ARG T=1\nFROM a:${T:?which}', ['a:1']],
  ['a beginning cut off', 'ARG T=v1.2\nFROM a:${T#v}', ['a:1.2']],
  ['the longest beginning cut off', 'ARG T=a/b/c:1\nFROM ${T##*/}', ['c:1']],
  ['the shortest end cut off', 'ARG T=1.2.3\nFROM a:${T%.*}', ['a:1.2']],
  ['the longest end cut off', 'ARG T=1.2.3\nFROM a:${T%%.*}', ['a:1']],
  [
    'one thing for another, once and everywhere',
    'ARG T=1.2.3\nFROM a:${T/./-}\nFROM a:${T//./-}',
    ['a:1-2.3', 'a:1-2-3'],
  ],
  ['a value in quotes with a blank', 'ARG X="a b" Y=c\nFROM $Y', ['c']],
  ['windows line ends', 'FROM a\r\nCOPY --from=b / /\r\n', ['a', 'b']],
  ['a line that goes on within a word', 'FROM de\\\nbian\nCOPY \\\n--from=b \\\n/ /', ['debian', 'b']],
  ['an escaped backslash does not join lines', 'FROM a\nRUN echo \\\\\nCOPY --from=b / /', ['a', 'b']],
  ['what is no directive ends them', '# foo=bar\n# escape=`\nFROM a\nCOPY \\\n --from=b / /', ['a', 'b']],
  ['flags in quotes', 'FROM a\nCOPY --from="b" / /\nRUN --mount="type=bind,from=c" true', ['a', 'b', 'c']],
  ['a flag of the command that RUN runs', 'FROM a\nRUN docker run --mount=type=bind,from=no x', ['a']],
  ['of two stages of one name the last', 'FROM a AS s\nFROM b AS s\nFROM s', ['a', 'b']],
  ['single quotes keep a dollar', "ARG A=x B='$A'\nFROM a${B:+b}\nFROM ${A}", ['ab', 'x']],
  ['a backslash where ` escapes', '# escape=`\nARG T=a\\b\nFROM ${T%?b}', ['a']],
  ['a frontend of its own', '# syntax=me/plus:1\nFROM a\nINCLUDE+ more\nCOPY --x=y --from=b / /', ['a', 'b']],
  ['a byte order mark', '\uFEFFFROM a', ['a']],
];

/** What stands for the end of each heredoc, as BuildKit's own tests have it; a FROM inside of one would be found. */
const HEREDOCS: [line: string, ends: string[]][] = [
  ['RUN <<EOF', ['EOF']],
  ['RUN 3<<EOF', ['EOF']],
  ['RUN <<-EOF', ['\tEOF']],
  ["RUN <<-'EOF'", ['EOF']],
  ['RUN <<EOF <<EOF2', ['EOF', 'EOF2']],
  ['RUN <<  EOF  > foo', ['EOF']],
  ['RUN <<- EOF', ['\tEOF']],
  ['RUN << -EOF', ['-EOF']],
  ["RUN <<eo'f'", ['eof']],
  ["RUN <<eo\\'f", ["eo'f"]],
  ["RUN <<'e'o\\'f", ["eo'f"]],
  ["RUN <<'one two'", ['one two']],
  ['RUN <<$EOF', ['$EOF']],
  ['RUN --mount=type=cache,target=/foo <<MOUNT', ['MOUNT']],
  ['RUN <<COMPLEX python3', ['COMPLEX']],
  ['COPY <<file.txt <<robots-2.txt /dest/', ['file.txt', 'robots-2.txt']],
  ['RUN cat <<E1 | tr a b > x; \\\n  cat <<E2 | tr b a > y', ['E1', 'E2']],
  ['ONBUILD RUN <<EOF', ['EOF']],
  ['run <<EOF', ['EOF']],
  ['RUN "<<EOF"', []],
  ["RUN 'a <<EOF b'", []],
  ['RUN ["<<EOF"]', []],
  ['RUN echo $((1<<2)) <<<word', []],
  ['ENV A=<<EOF', []],
];
for (const [line, ends] of HEREDOCS) {
  test(`${JSON.stringify(line)} ends ${ends.length === 0 ? 'with its line' : `at ${ends.join(', ')}`}`, () => {
    const text = ['FROM a', line, ...ends.flatMap((end) => ['FROM inside', end]), 'COPY --from=b / /'].join(
      '\n',
    );
    assert.equal(parse(text).problems, []);
    assert.equal(imagesOf(text), ['a', 'b']);
  });
}

for (const [title, text, images, args] of IMAGES) {
  test(title, () => assert.equal(imagesOf(text, args), images));
}

const MISTAKES: [title: string, text: string, problem: RegExp, line: number | undefined][] = [
  ['what must be set, and is not', 'ARG T\nFROM a:${T:?which}', /T is not set: which/, 2],
  ['an empty file', '', /has no FROM/, undefined],
  ['an unknown instruction', 'FROM a\nFRUN x', /unknown instruction FRUN/, 2],
  ['an instruction before FROM', 'RUN x\nFROM a', /RUN stands before the first FROM/, 1],
  ['a FROM that cannot be read', 'FROM a b', /cannot read "FROM a b"/, 1],
  ['a variable without a value', 'ARG X\nFROM ${X}', /names no image/, 2],
  ['a variable without an end', 'FROM ${X', /has no "}"/, 1],
  ['an unknown instruction', 'FROM a\nCPOY x y', /did you mean COPY/, 2],
  ['a stage that is not there', 'FROM a\nCOPY --from=1 / /', /there is no stage 1/, 2],
  ['a stage that takes from itself', 'FROM a AS s\nCOPY --from=s / /', /s is made from itself/, 1],
  ['a name that no stage can have', 'FROM a AS 0x', /AS 0x/, 1],
  ['an image in upper case', 'FROM Debian', /in lower case/, 1],
  ['a tag that is empty', 'ARG T\nFROM a:$T', /FROM a:: not the name/, 2],
  ['a digest cut short', 'FROM a@sha256:abc', /not the name of an image/, 1],
  ['a variable in --from', 'FROM a\nCOPY --from=$B / /', /variables have no value here/, 2],
  ['an escape that is none', '# escape=x\nFROM a', /neither/, 1],
  ['a directive twice', '# escape=`\n# escape=`\nFROM a', /a second time/, 2],
  ['a quote without an end', 'ARG T="1\nFROM a:${T}"', /no second one/, 2],
  ['a heredoc without an end', 'FROM a\nRUN <<EOF\nx', /heredoc <<EOF has no end/, 2],
];

for (const [title, text, problem, line] of MISTAKES) {
  test(`${title} is one problem with its line`, () => {
    const { problems } = parse(text);
    assert.is(problems.length, 1, JSON.stringify(problems));
    assert.match(`${problems[0]?.message} (${problems[0]?.remedy})`, problem);
    assert.is(problems[0]?.line, line);
  });
}

test('instructions know their first and last line', () => {
  const { instructions } = parse('# x\nFROM a\nRUN one && \\\n  two\n\nRUN <<E\nx\nE\nCMD ["y"]');
  const lines = instructions.map(({ keyword, firstLine, lastLine }) => `${keyword} ${firstLine}-${lastLine}`);
  assert.equal(lines, ['FROM 2-2', 'RUN 3-4', 'RUN 6-8', 'CMD 9-9']);
  assert.is(instructions[1]?.text, 'one && two');
});

test('images are replaced where they stand, and no line moves', () => {
  const text =
    'ARG BASE=deb:1\nFROM ${BASE} AS x\nFROM \\\n  family\nCOPY --from=family /family /family\nRUN --mount=type=bind,from=family,target=/t true\n';
  const replaced = replaceImages(text, parse(text), ({ image }) =>
    image === 'deb:1' ? 'made:2' : image === 'family' ? 'family:pin' : undefined,
  );
  assert.is(
    replaced,
    'ARG BASE=deb:1\nFROM made:2 AS x\nFROM \\\n  family:pin\nCOPY --from=family:pin /family /family\nRUN --mount=type=bind,from=family:pin,target=/t true\n',
  );
});

test('only what names an image is replaced', () => {
  const text =
    'FROM web AS web2\nRUN --mount=source=web,from=web,target=/web web\nCOPY --from="web" web /web\n';
  assert.is(
    replaceImages(text, parse(text), () => 'w:1'),
    'FROM w:1 AS web2\nRUN --mount=source=web,from=w:1,target=/web web\nCOPY --from="w:1" web /web\n',
  );
});

test('a word with a default that has blanks of its own is replaced whole', () => {
  const text = 'ARG B\nFROM ${B:-a=b,c} AS x';
  assert.is(
    replaceImages(text, parse(text), () => 'new'),
    'ARG B\nFROM new AS x',
  );
});

test('without # syntax= no line moves, and # escape= still counts', () => {
  assert.is(withoutSyntax('FROM a\n'), 'FROM a\n');
  assert.is(withoutSyntax('# syntax=docker/dockerfile:1\nFROM a\n'), '#\nFROM a\n');
  const both = withoutSyntax('# Syntax = x/y:1\n# escape=`\nFROM a\nCOPY `\n --from=b / /\n');
  assert.is(both, '# escape=`\n#\nFROM a\nCOPY `\n --from=b / /\n');
  assert.equal(imagesOf(both), ['a', 'b']);
});

test.run();
