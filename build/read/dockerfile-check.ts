// What is wrong with the flags and arguments of one instruction, as BuildKit's frontend would say before it builds anything.

import { didYouMean, remedyFor } from '../model/suggest.ts';
import { jsonList, mountFields, readFlags, type Flag } from './dockerfile-flags.ts';
import { shellWords, type Instruction } from './dockerfile-lines.ts';

export interface Mistake {
  readonly message: string;
  readonly remedy?: string;
}

/** Flags by instruction; those that end with "?" need no value. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  ADD: ['chown', 'chmod', 'checksum', 'exclude', 'link?', 'keep-git-dir?', 'unpack?'],
  COPY: ['chown', 'chmod', 'exclude', 'from', 'link?', 'parents?'],
  FROM: ['platform'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'start-interval', 'retries'],
  RUN: ['mount', 'network', 'security', 'device'],
};

export const KEYWORDS =
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  );

const MOUNT_TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];
const MOUNT_FIELDS =
  'type from source src target dst destination readonly ro readwrite rw id required sharing size mode uid gid env'.split(
    ' ',
  );

/** `isTolerant`: a frontend of one's own choice may know flags that are not known here. */
export function instructionMistakes({ keyword, text }: Instruction, isTolerant: boolean): Mistake[] {
  const { flags, rest } = readFlags(text);
  const argument = argumentMistake(keyword, rest);
  return [
    ...(isTolerant ? [] : flagMistakes(keyword, flags)),
    ...(keyword === 'HEALTHCHECK' ? flags.flatMap(healthMistake) : []),
    ...(argument === undefined ? [] : [argument]),
  ];
}

function flagMistakes(keyword: string, flags: readonly Flag[]): Mistake[] {
  const known = FLAGS[keyword] ?? [];
  return flags.flatMap((flag): Mistake[] => {
    const { name, value } = flag;
    if (known.includes(`${name}?`)) return [];
    if (!known.includes(name)) {
      const names = known.map((each) => `--${each.replace('?', '')}`);
      return [{ message: `${keyword} has no flag --${name}`, remedy: remedyFor(`--${name}`, names) }];
    }
    if (value === undefined) return [{ message: `${keyword} --${name} has no value`, remedy: `--${name}=…` }];
    return name === 'mount' ? mountMistakes(value) : [];
  });
}

function mountMistakes(value: string): Mistake[] {
  const fields = mountFields(value);
  const type = fields.get('type') ?? 'bind';
  const unknown = [...fields.keys()].filter((name) => !MOUNT_FIELDS.includes(name));
  return [
    ...(MOUNT_TYPES.includes(type) || type.includes('$')
      ? []
      : [{ message: `--mount has no type ${type}`, remedy: remedyFor(type, MOUNT_TYPES) }]),
    ...unknown.map((name) => ({
      message: `--mount has no field ${name}`,
      remedy: remedyFor(name, MOUNT_FIELDS),
    })),
  ];
}

/** Durations as Go reads them, and a number of retries. */
function healthMistake({ name, value = '' }: Flag): Mistake[] {
  if (name === 'retries')
    return /^\d+$/.test(value) ? [] : [{ message: `HEALTHCHECK --retries=${value}: not a number` }];
  const isDuration = /^\+?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+)$/.test(value);
  if (isDuration || !/^(interval|timeout|start-period|start-interval)$/.test(name)) return [];
  return [{ message: `HEALTHCHECK --${name}=${value}: not a time`, remedy: 'for example 30s or 1m30s' }];
}

function argumentMistake(keyword: string, rest: string): Mistake | undefined {
  const list = jsonList(rest);
  if (list === 'mixed' && /^(ADD|COPY|CMD|ENTRYPOINT|RUN|SHELL|VOLUME)$/.test(keyword))
    return { message: `${keyword}: a list in brackets holds strings only`, remedy: '["one", "two"]' };
  const words = Array.isArray(list) ? list : rest.split(/\s+/).filter((word) => word !== '');
  switch (keyword) {
    case 'ADD':
    case 'COPY':
      if (words.length >= 2) return undefined;
      return {
        message: `${keyword} needs a source and a destination`,
        remedy: `${keyword} SOURCE… DESTINATION`,
      };
    case 'ARG':
    case 'ENV':
    case 'LABEL':
      return pairMistake(keyword, rest);
    case 'EXPOSE':
    case 'MAINTAINER':
    case 'STOPSIGNAL':
    case 'USER':
    case 'VOLUME':
    case 'WORKDIR':
      return words.length === 0 ? { message: `${keyword} needs an argument` } : undefined;
    case 'SHELL':
      if (Array.isArray(list) && list.length > 0) return undefined;
      return { message: 'SHELL needs a list of strings', remedy: 'SHELL ["/bin/bash", "-c"]' };
    case 'HEALTHCHECK':
      return healthcheckMistake(rest);
    case 'ONBUILD':
      return onbuildMistake(words[0]?.toUpperCase());
    default:
      return undefined;
  }
}

/** ENV and LABEL take "NAME VALUE" too, with everything behind the first blank as the value. */
function pairMistake(keyword: string, rest: string): Mistake | undefined {
  const words = shellWords(rest);
  const [first] = words;
  if (first === undefined) return { message: `${keyword} needs NAME=VALUE` };
  if (keyword !== 'ARG' && !first.includes('='))
    return words.length > 1
      ? undefined
      : { message: `${keyword} ${first} has no value`, remedy: `${first}=…` };
  if (words.some((word) => word.startsWith('=')))
    return { message: `${keyword} ${rest}: a name is empty`, remedy: 'NAME=VALUE, without blanks around =' };
  if (keyword === 'ARG') return undefined;
  const odd = words.find((word) => !word.includes('='));
  if (odd === undefined) return undefined;
  return { message: `${keyword}: "${odd}" has no "="`, remedy: 'quote a value that has blanks in it' };
}

function healthcheckMistake(rest: string): Mistake | undefined {
  const [, type = '', command = ''] = /^(\S*)\s*([^]*)$/.exec(rest) ?? [];
  const remedy = 'HEALTHCHECK [--interval=30s] CMD COMMAND, or HEALTHCHECK NONE';
  if (type.toUpperCase() === 'NONE')
    return command === '' ? undefined : { message: 'HEALTHCHECK NONE takes no arguments', remedy };
  if (type.toUpperCase() !== 'CMD') return { message: `HEALTHCHECK ${type}: neither CMD nor NONE`, remedy };
  return command === '' ? { message: 'HEALTHCHECK CMD has no command', remedy } : undefined;
}

function onbuildMistake(trigger: string | undefined): Mistake | undefined {
  if (trigger === undefined) return { message: 'ONBUILD needs an instruction' };
  if (!['ONBUILD', 'FROM', 'MAINTAINER'].includes(trigger)) return undefined;
  return { message: `ONBUILD ${trigger} is not allowed` };
}

/** What an unknown keyword was probably meant to be. */
export function keywordRemedy(keyword: string): { remedy?: string } {
  const near = didYouMean(keyword, KEYWORDS);
  return near === undefined ? {} : { remedy: `did you mean ${near}?` };
}
