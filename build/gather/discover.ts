// Finds the images of a repository: every folder under images/, with its Dockerfile, image.ini and all mistakes in them.

import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { codeOf, messageOf, ToolError, type Problem } from '../model/errors.ts';
import { parsePlatform, platformArguments, type Platform } from '../model/platform.ts';
import type { Family, Image } from '../plan/facts.ts';
import { cycleProblems } from '../plan/graph.ts';
import { parseDockerfile, type ImageUse } from '../read/dockerfile.ts';
import { parseImageIni, type ImageConfig } from '../read/image-ini.ts';
import { neededStages, stageAt } from '../read/stages.ts';
import { parseTestFile } from '../read/test-spec.ts';

/** What images are built for, and the platform of the engine, which FROM lines call BUILDPLATFORM. */
export interface BuildTarget {
  readonly platform: Platform;
  readonly own: Platform;
}

type Draft = Omit<Image, 'parents' | 'externals' | 'crossing'>;

/** `buildArgs` may replace the defaults of ARG lines, as `--base` does. */
export async function discoverImages(
  root: string,
  target: BuildTarget,
  buildArgsFor: (config: ImageConfig) => ReadonlyMap<string, string>,
): Promise<Family> {
  const folder = join(root, 'images');
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new ToolError('usage', {
      message:
        codeOf(error) === 'ENOENT' ? `${folder} is not there` : `cannot read ${folder}: ${messageOf(error)}`,
      remedy:
        'run this in the repository that has the images/ folder, name it with --dir, or begin one: initkit init NAME',
    });
  });
  const names = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  const found = await Promise.all(
    names.toSorted().map((name) => readImage(root, name, target, buildArgsFor)),
  );
  const drafts = found.filter((draft) => draft !== undefined);
  if (drafts.length === 0)
    throw new ToolError('usage', {
      message: `${folder} holds no image`,
      remedy: 'make a folder with a Dockerfile in it: initkit init NAME',
    });
  const images = drafts.map((draft) =>
    withParents(
      draft.image,
      drafts.map(({ image }) => image.name),
    ),
  );
  const problems = [
    ...drafts.flatMap((draft) => draft.problems),
    ...duplicateNames(root, images),
    ...cycleProblems(images, (name, parent) => {
      const image = images.find((candidate) => candidate.name === name);
      const use = image?.dockerfile.uses.find(({ image: used }) => used.replace(/:latest$/, '') === parent);
      return { file: relative(root, join(image?.folder ?? name, 'Dockerfile')), line: use?.line };
    }),
  ];
  return { root, platform: target.platform, images, problems };
}

/** Undefined for a folder that holds something else: pictures, for example. */
async function readImage(
  root: string,
  folderName: string,
  target: BuildTarget,
  buildArgsFor: (config: ImageConfig) => ReadonlyMap<string, string>,
): Promise<{ image: Draft; problems: Problem[] } | undefined> {
  const folder = join(root, 'images', folderName);
  const inRepository = (name: string): string => relative(root, join(folder, name));
  const problems: Problem[] = [];
  const iniText = await readText(join(folder, 'image.ini'));
  const { config, problems: iniProblems } = parseImageIni(iniText ?? '', inRepository('image.ini'));
  problems.push(...iniProblems);
  const name = config.name ?? folderName;
  if (!/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(name)) {
    const remedy = 'lower case letters and digits, with single . _ or - between';
    problems.push({
      file: inRepository('image.ini'),
      message: `"${name}" cannot be the name of an image`,
      remedy,
    });
  }
  const dockerfileText = await readText(join(folder, 'Dockerfile'));
  if (dockerfileText === undefined) {
    const other = (await readdir(folder)).find((entry) => /^(dockerfile|containerfile)/i.test(entry));
    if (other === undefined && iniText === undefined) return undefined;
    problems.push({
      file: inRepository('Dockerfile'),
      message: 'is not there',
      remedy: other === undefined ? 'begin it with FROM' : `rename ${other}, which is`,
    });
  }
  const dockerfile = parseDockerfile(
    dockerfileText ?? 'FROM scratch',
    inRepository('Dockerfile'),
    buildArgsFor(config),
    platformArguments(target.platform, target.own),
  );
  problems.push(...dockerfile.problems);
  for (const { platform, line } of dockerfile.uses) {
    if (platform !== undefined && parsePlatform(platform) === undefined)
      problems.push({
        file: inRepository('Dockerfile'),
        line,
        message: `--platform=${platform} is not a platform`,
        remedy: 'for example linux/arm64, $BUILDPLATFORM or $TARGETPLATFORM',
      });
  }
  const readme = await readText(join(folder, 'README.md'));
  const tests = await readTests(folder, inRepository);
  problems.push(...tests.flatMap((test) => test.problems));
  return {
    image: {
      name,
      platform: target.platform,
      folder,
      place: relative(root, folder),
      dockerfileText: dockerfileText ?? '',
      dockerfile,
      config,
      summary: firstParagraph(readme ?? ''),
      tests: tests.map(({ file }) => file),
      hasReadme: readme !== undefined,
      hasDockerignore: ['.dockerignore', 'Dockerfile.dockerignore'].some((name) =>
        existsSync(join(folder, name)),
      ),
    },
    problems,
  };
}

async function readTests(
  folder: string,
  inRepository: (name: string) => string,
): Promise<ReturnType<typeof parseTestFile>[]> {
  const names = await readdir(join(folder, 'test')).catch(() => []);
  const wanted = names.filter((name) => name.endsWith('.ini') && !name.startsWith('.')).toSorted();
  return await Promise.all(
    wanted.map(async (name) => {
      const text = (await readText(join(folder, 'test', name))) ?? '';
      return parseTestFile(text, name, inRepository(`test/${name}`));
    }),
  );
}

function withParents(draft: Draft, family: readonly string[]): Image {
  const platformOf = ({ platform }: ImageUse): Platform | undefined =>
    platform === undefined ? draft.platform : parsePlatform(platform);
  const own = draft.dockerfile.uses.filter((use) => platformOf(use)?.name === draft.platform.name);
  const images = [...new Set(own.map((use) => use.image))];
  // What only stages take from that nobody needs is not fetched; siblings are built all the same.
  const { stages, instructions } = draft.dockerfile;
  const needed = neededStages(stages, instructions);
  const isNeeded = (image: string): boolean =>
    draft.dockerfile.uses.some((use) => use.image === image && needed.has(stageAt(stages, use.line)));
  const parentOf = (image: string): string | undefined =>
    family.find((name) => image === name || image === `${name}:latest`);
  const parents = images.map(parentOf).filter((name) => name !== undefined);
  return {
    ...draft,
    parents: [...new Set(parents)],
    externals: images.filter((image) => parentOf(image) === undefined && isNeeded(image)),
    crossing: draft.dockerfile.uses.flatMap((use) => {
      const platform = platformOf(use);
      if (platform === undefined || own.includes(use)) return [];
      const sibling = parentOf(use.image);
      if (sibling === undefined && !isNeeded(use.image)) return [];
      return [{ image: sibling ?? use.image, platform, line: use.line, isSibling: sibling !== undefined }];
    }),
  };
}

function duplicateNames(root: string, images: readonly Image[]): Problem[] {
  return images.flatMap((image, index) => {
    const first = images.findIndex((other) => other.name === image.name);
    if (first === index) return [];
    const other = relative(root, images[first]?.folder ?? '');
    return [
      {
        file: relative(root, join(image.folder, 'image.ini')),
        message: `the name ${image.name} is taken by ${other}`,
      },
    ];
  });
}

async function readText(path: string): Promise<string | undefined> {
  try {
    // A folder or a pipe of that name must not stop the run.
    if (!(await stat(path)).isFile()) return undefined;
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new ToolError('usage', { file: path, message: `cannot be read: ${messageOf(error)}` }, error);
  }
}

function firstParagraph(markdown: string): string | undefined {
  const paragraphs = markdown.split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s+/g, ' ').trim());
  return paragraphs.find((paragraph) => /^[A-Za-z`*_[]/.test(paragraph));
}
