// The texts of --help.

const OVERVIEW = `Builds the images of a repository: one folder per image under images/, in the order their FROM lines ask for.

  initkit build [NAME…]           build the images, or the named ones and what they are built from
  initkit plan [NAME…]            print what build would do, as JSON, without an engine
  initkit clean [--yes]           show, and with --yes remove, the images that newer ones have replaced
  initkit engine status|start|stop

  initkit help COMMAND            the options of a command

Exit codes: 0 done, 1 a build failed, 2 usage or configuration, 3 engine, 4 registry, 130 interrupted.
A defect of the toolkit itself shows its stack with INITKIT_DEBUG=1.
`;

const BUILD = `initkit build [NAME…] [OPTION…]

  --push                    push after all images are built; needs a registry
  --registry HOST[:PORT][/NAMESPACE]   (or REGISTRY=…)
  --tag TAG                 one more tag for every image; may be given several times
  --software NAME=SOURCE    software for a slot: a .deb, a tarball, a folder, a program, a URL, image:REFERENCE#/path;
                            also SOFTWARE_NAME=SOURCE, or a file in software/
  --base REFERENCE          what images with a [base] section are built on
  --jobs N                  images built at the same time (default: the number of processors)
  --force                   build although nothing has changed
  --no-cache                without the engine's layer cache, and with a fresh base
  --fail-fast               stop at the first failure
  --allow-dirty             push although files differ from the commit
  --allow-absent-software   push although a software slot is empty
  --watch                   build again whenever a file changes, until Ctrl-C
  --print                   the plan as JSON; builds nothing
  --json FILE               write a report for programs
  --dir DIR                 the repository (default: here, or the nearest folder above that has images/)
`;

const ENGINE = `initkit engine status|start|stop

  status   which engine answers, and where
  start    start dockerd on the standard socket, if no engine answers there
  stop     stop the dockerd that start, or build, has started; never another

  DOCKER_HOST              another engine or socket
  INITKIT_DOCKERD_ARGS     more arguments for a dockerd that is started here
`;

const CLEAN = `initkit clean [--yes]

  Shows what earlier builds have left in the engine, with its size: images that carry the label initkit.inputs and that
  nothing but a commit's name, or no name at all, leads to; root file systems that no image stands on any more. What is
  called latest, has a name that a person gave, or is in use by a container stays.

  --yes    remove them
`;

export function helpText(topic: string): string {
  if (topic === 'build' || topic === 'plan') return BUILD;
  if (topic === 'engine') return ENGINE;
  if (topic === 'clean') return CLEAN;
  return OVERVIEW;
}
