// Advice on Dockerfiles and image folders: each rule has a name, a reason and a way to silence it.

import type { Problem } from '../model/errors.ts';
import { remedyFor } from '../model/suggest.ts';
import type { Instruction } from '../read/dockerfile-lines.ts';
import type { Image } from './facts.ts';

export interface Finding extends Problem {
  readonly rule: string;
}

interface Rule {
  readonly reason: string;
  find(image: Image): { line?: number | undefined; message: string }[];
}

type Found = ReturnType<Rule['find']>;

const SECRET_NAME = /(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)(=|\s|$)/i;

export const RULES: Readonly<Record<string, Rule>> = {
  'unpinned-base': {
    reason: 'an image from elsewhere without a tag, or with latest, is another one tomorrow',
    find: (image) =>
      image.dockerfile.uses
        .filter((use) => image.externals.includes(use.image) && !use.image.includes('@'))
        .filter(({ image: name }) => !/:[^/]+$/.test(name) || name.endsWith(':latest'))
        .map((use) => ({ line: use.line, message: `${use.image} has no fixed tag` })),
  },
  'apt-recommends': {
    reason: 'recommended packages are rarely needed and often double the layer',
    find: (image) =>
      runs(image, /apt-get\s[^&|;]*\binstall\b/)
        .filter(({ text }) => !text.includes('--no-install-recommends'))
        .map(at('apt-get install without --no-install-recommends')),
  },
  'apt-lists': {
    reason: 'package lists stay in the layer, age in it, and make it differ from build to build',
    find: (image) =>
      runs(image, /apt-get\s[^&|;]*\bupdate\b/)
        .filter(({ text }) => !/\/var\/lib\/apt\/lists/.test(text))
        .map(at('the lists of apt-get update are not removed in the same RUN')),
  },
  'apt-update-alone': {
    reason: 'a cached apt-get update in a layer of its own lets later lines install from old lists',
    find: (image) =>
      runs(image, /apt-get\s[^&|;]*\bupdate\b/)
        .filter(({ text }) => !/\binstall\b|upgrade/.test(text))
        .map(at('apt-get update without install in the same RUN')),
  },
  'secret-in-image': {
    reason: 'ARG and ENV can be read by everybody who has the image; use RUN --mount=type=secret',
    find: (image) =>
      image.dockerfile.instructions
        .filter(({ keyword, text }) => (keyword === 'ENV' || keyword === 'ARG') && SECRET_NAME.test(text))
        .filter(({ text }) => !/_FILE(=|\s|$)/i.test(text))
        .map(({ keyword, text, firstLine }) => ({
          line: firstLine,
          message: `${keyword} ${text.split(/[=\s]/)[0]} looks like a secret`,
        })),
  },
  'shell-entrypoint': {
    reason: 'in shell form a shell is PID 1, and the signals of docker stop do not reach the program',
    find: (image) =>
      image.dockerfile.instructions
        .filter(
          ({ keyword, text }) => /^(ENTRYPOINT|CMD)$/.test(keyword) && !text.trimStart().startsWith('['),
        )
        .map(({ keyword, firstLine }) => ({ line: firstLine, message: `${keyword} in shell form` })),
  },
  'add-for-copy': {
    reason: 'ADD also downloads and unpacks; COPY says that neither is meant',
    find: (image) =>
      image.dockerfile.instructions
        .filter(({ keyword, text }) => keyword === 'ADD' && !/https?:|git@|\.(tar|tgz|txz|tbz)/.test(text))
        .map(at('ADD where COPY does the same')),
  },
  sudo: {
    reason: 'RUN is root already, or USER says who it is; sudo only hides which',
    find: (image) => runs(image, /(^|[\s;&|])sudo\s/).map(at('sudo in a RUN line')),
  },
  'curl-pipe-shell': {
    reason: 'a download that fails halfway is run up to there, and what it was cannot be checked',
    find: (image) =>
      runs(image, /(curl|wget)\s[^;&]*\|\s*(ba|da|z)?sh\b/).map(at('a download goes straight into a shell')),
  },
  'no-readme': {
    reason:
      'the README is where variables, ports and volumes are found, and the description label comes from it',
    find: (image) => (image.hasReadme ? [] : [{ message: 'there is no README.md' }]),
  },
  'no-tests': {
    reason: 'only tests keep a broken image from the names that people use',
    find: (image) => (image.tests.length > 0 ? [] : [{ message: 'there is no test/*.ini' }]),
  },
  'no-dockerignore': {
    reason: 'without .dockerignore a change of README or tests builds the image anew',
    find: (image) => (image.hasDockerignore ? [] : [{ message: 'there is no .dockerignore' }]),
  },
};

/** In the order of files and lines. What is silenced is left out; silencing what there is not is a finding itself. */
export function lintImage(image: Image): Finding[] {
  const file = `${image.place}/Dockerfile`;
  const ignored = new Set(image.config.lintIgnore);
  const comments = ignoreComments(image.dockerfileText);
  const isSilenced = (rule: string, line: number | undefined): boolean =>
    ignored.has(rule) ||
    (line !== undefined && comments.some((comment) => comment.rules.includes(rule) && comment.line === line));
  const findings = Object.entries(RULES).flatMap(([rule, { reason, ...each }]) =>
    each
      .find(image)
      .filter(({ line }) => !isSilenced(rule, line))
      .map((found): Finding => ({
        rule,
        file: found.line === undefined ? image.place : file,
        ...found,
        message: `${rule}: ${found.message}`,
        remedy: reason,
      })),
  );
  const unknown = [...ignored, ...comments.flatMap(({ rules }) => rules)].filter((rule) => !(rule in RULES));
  return [
    ...findings.toSorted((left, right) => (left.line ?? 0) - (right.line ?? 0)),
    ...unknown.map((rule): Finding => ({
      rule: 'unknown-rule',
      file,
      message: `unknown-rule: there is no rule ${rule}`,
      remedy: remedyFor(rule, Object.keys(RULES)),
    })),
  ];
}

/** `# initkit ignore=rule,rule` stands for the next instruction. */
function ignoreComments(text: string): { rules: string[]; line: number }[] {
  const lines = text.split(/\r?\n/);
  return lines.flatMap((line, index) => {
    const list = /^\s*#\s*initkit ignore=([a-z,\s-]+?)\s*(?:[:(].*)?$/.exec(line)?.[1];
    if (list === undefined) return [];
    const next = lines.findIndex(
      (other, at) => at > index && other.trim() !== '' && !other.trim().startsWith('#'),
    );
    return [{ rules: list.split(/[\s,]+/).filter((rule) => rule !== ''), line: next + 1 }];
  });
}

function runs(image: Image, pattern: RegExp): Instruction[] {
  return image.dockerfile.instructions.filter(({ keyword, text }) => keyword === 'RUN' && pattern.test(text));
}

function at(message: string): (instruction: Instruction) => Found[number] {
  return ({ firstLine }) => ({ line: firstLine, message });
}
