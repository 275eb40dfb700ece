// The texts of --help.

const OVERVIEW = `Builds the images of a repository: one folder per image under images/, in the order their FROM lines ask for.

  initkit build [NAME…]           build and test the images, or the named ones and what they are built from
  initkit plan [NAME…]            print what build would do, as JSON, without an engine
  initkit push [NAME…]            build, test, and push to a registry
  initkit watch [NAME…]           build again whenever a file changes
  initkit lint [NAME…]            advice on Dockerfiles and image folders
  initkit init [NAME]             make a first image folder that builds and runs
  initkit clean [--yes]           show, and with --yes remove, the images that newer ones have replaced
  initkit engine status|start|stop

  initkit help COMMAND            the options of a command

Exit codes: 0 done, 1 a build or a test failed, 2 usage or configuration, 3 engine, 4 registry, 130 interrupted.
A defect of the toolkit itself shows its stack with INITKIT_DEBUG=1.
`;

const BUILD = `initkit build|plan|push|watch|lint [NAME…] [OPTION…]

what is built
  --dir DIR                 the repository (default: here, or the nearest folder above that has images/)
  --affected COMMIT         only what differs from a commit, and what is built from that
  --base REFERENCE          what images with a [base] section are built on
  --build-arg NAME[=VALUE]  for ARG lines; without a value that of the variable NAME
  --software NAME=SOURCE    software for a slot: a .deb, a tarball, a folder, a program, a URL, image:REFERENCE#/path;
                            also SOFTWARE_NAME=SOURCE, or a file in software/
  --secret id=NAME,src=FILE | id=NAME,env=VARIABLE
                            for RUN --mount=type=secret; in no layer, no label and no log
  --ssh NAME[=SOCKET|KEY[,KEY]]
                            for RUN --mount=type=ssh,id=NAME; "default" without id and with the agent of SSH_AUTH_SOCK
  --platform LIST           linux/amd64,linux/arm64: each image for each of them, and an index of all when pushed

how
  --jobs N                  images built at the same time (default: the number of processors)
  --force                   build although nothing has changed
  --no-cache                without the engine's layer cache, and with a fresh base
  --builder auto|buildkit|classic   (or INITKIT_BUILDER=…)
  --fail-fast               stop at the first failure
  --no-test                 leave images/NAME/test out
  --reproducible            the same image from the same commit, whenever and wherever; a release is pushed so anyway
  --verify-reproducible     build twice and name the paths that differ
  --watch                   build again whenever a file changes, until Ctrl-C
  --run NAME                with --watch: keep a container of the image running, a new one after every build

pushing
  --push                    push after all images are built and tested; needs a registry
  --registry HOST[:PORT][/NAMESPACE]   several times for several (or REGISTRY=…, separated by blanks)
  --tag TAG                 one more tag for every image; may be given several times
  --allow-dirty             push although files differ from the commit
  --allow-absent-software   push although a software slot is empty
  --no-attach               push no bill of materials and no provenance beside the images
  --sign KEY|keyless        sign what was pushed with cosign, which must be installed
  --push-timeout SECONDS    for everything that goes to one registry (default: 600)

what comes out
  --print                   the plan as JSON; builds nothing
  --bake                    the plan as a file for docker buildx bake; builds nothing
  --json FILE               a report for programs
  --report DIR              the report, and for every image a bill of materials (SPDX) and its provenance
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

const INIT = `initkit init [NAME] [--dir DIR]

  Makes images/NAME (default: hello) with a Dockerfile, image.ini, README.md, skel/ and test/, ready for initkit build.
  Nothing that exists is touched.
`;

export function helpText(topic: string): string {
  if (['build', 'plan', 'push', 'watch', 'lint'].includes(topic)) return BUILD;
  if (topic === 'init') return INIT;
  if (topic === 'engine') return ENGINE;
  if (topic === 'clean') return CLEAN;
  return OVERVIEW;
}
