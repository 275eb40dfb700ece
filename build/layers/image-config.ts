// The configuration of an image, made repeatable: fixed times, nothing of the machine or the container that built it.

export interface ImageJson {
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
  readonly history?: readonly { readonly created?: string; readonly empty_layer?: boolean }[];
  readonly [key: string]: unknown;
}

/** Of the container that a RUN line ran in, and of the builder. */
const DROPPED = ['container', 'container_config', 'docker_version', 'parent', 'author_container'];
const DROPPED_CONFIG = ['Hostname', 'Domainname', 'Image'];

/** `kept` layers are the parent's, whose history stays as it is. */
export function repeatableConfig(
  image: ImageJson,
  diffIds: readonly string[],
  kept: number,
  created: string,
): string {
  let layers = 0;
  const history = (image.history ?? []).map((item) => {
    if (item.empty_layer !== true) layers++;
    return layers <= kept && kept > 0 && item.empty_layer !== true ? item : { ...item, created };
  });
  const entries = Object.entries(image).filter(([key]) => !DROPPED.includes(key) && !key.startsWith('moby.'));
  const config = Object.entries((image['config'] ?? {}) as Record<string, unknown>).filter(
    ([key]) => !DROPPED_CONFIG.includes(key),
  );
  return sortedJson({
    ...Object.fromEntries(entries),
    config: Object.fromEntries(config),
    created,
    history,
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
}

/** An image of one layer, with nothing in its configuration but what is given. */
export function rootfsConfig(
  diffId: string,
  target: {
    arch: string;
    /** Of the architecture, or empty. */
    variant: string;
    created: string;
    command: readonly string[];
    labels: Readonly<Record<string, string>>;
  },
): string {
  return sortedJson({
    architecture: target.arch,
    ...(target.variant === '' ? {} : { variant: target.variant }),
    os: 'linux',
    created: target.created,
    config: { Cmd: target.command, Labels: target.labels },
    history: [{ created: target.created, created_by: 'initkit rootfs' }],
    rootfs: { type: 'layers', diff_ids: [diffId] },
  });
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );
}
