// Platforms as containers name them: `linux/arm64`, `linux/arm/v7`. Spellings of one platform become one.

export interface Platform {
  /** `linux/arm64`, `linux/arm/v7`: with a variant only where it tells two platforms apart. */
  readonly name: string;
  readonly os: string;
  /** As Go calls it. */
  readonly arch: string;
  /** `v7`, or empty. */
  readonly variant: string;
}

/** As containerd normalises them. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  aarch64: 'arm64',
  x86_64: 'amd64',
  'x86-64': 'amd64',
  i386: '386',
  i486: '386',
  i586: '386',
  i686: '386',
  armhf: 'arm/v7',
  armel: 'arm/v6',
};

/** What each architecture means without a variant. */
const DEFAULT_VARIANTS: Readonly<Record<string, string>> = { arm: 'v7', arm64: 'v8', amd64: 'v1' };

/** Node's names where they are others than Go's; so far as there is a Node for it. */
const NODE_ARCHITECTURES: Readonly<Record<string, string>> = {
  amd64: 'x64',
  '386': 'ia32',
  ppc64le: 'ppc64',
  mips64le: 'mips64el',
};

/** `linux/arm64/v8`, `linux/aarch64` and `arm64` are all `linux/arm64`; undefined where it is no Linux platform. */
export function parsePlatform(text: string): Platform | undefined {
  const match = /^(?:(linux)\/)?([a-z0-9_-]+)(?:\/(v\d+(?:\.\d+)?))?$/.exec(text.toLowerCase());
  if (match === null || (match[1] === undefined && match[2] === 'linux')) return undefined;
  const [, , given = '', ownVariant] = match;
  const [arch = '', impliedVariant] = (ARCHITECTURES[given] ?? given).split('/');
  const variant = ownVariant ?? impliedVariant ?? '';
  // Of arm the variant is always said: v6 and v7 do not run on each other.
  const shown = arch === 'arm' ? variant || 'v7' : variant === DEFAULT_VARIANTS[arch] ? '' : variant;
  return {
    name: ['linux', arch, shown].filter((part) => part !== '').join('/'),
    os: 'linux',
    arch,
    variant: shown,
  };
}

/** As Node calls it: `x64`. */
export function nodeArchitecture({ arch }: Platform): string {
  return NODE_ARCHITECTURES[arch] ?? arch;
}

/** As Debian calls it: `armhf`. */
export function debianArchitecture({ arch, variant }: Platform): string {
  if (arch === 'arm') return variant === 'v7' ? 'armhf' : 'armel';
  return { '386': 'i386', ppc64le: 'ppc64el', mips64le: 'mips64el' }[arch] ?? arch;
}

/** The platform of a machine that Node runs on; images are always of Linux. */
export function platformOfNode(arch: string): Platform {
  const found = Object.entries(NODE_ARCHITECTURES).find(([, node]) => node === arch)?.[0] ?? arch;
  return parsePlatform(`linux/${found}`) ?? { name: `linux/${found}`, os: 'linux', arch: found, variant: '' };
}

/** For names of tags and files: `linux-arm-v7`. */
export function platformSuffix({ name }: Platform): string {
  return name.replaceAll('/', '-');
}

/** What Dockerfiles know without an ARG line of their own, in FROM lines. */
export function platformArguments(target: Platform, build: Platform): Map<string, string> {
  const of = (prefix: string, { name, os, arch, variant }: Platform): [string, string][] => [
    [`${prefix}PLATFORM`, name],
    [`${prefix}OS`, os],
    [`${prefix}ARCH`, arch],
    [`${prefix}VARIANT`, variant],
  ];
  return new Map([...of('TARGET', target), ...of('BUILD', build)]);
}
