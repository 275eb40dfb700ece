#!/bin/sh
# Installs what stands beside it, one folder per software slot: *.deb packages, archive.tar, files/.
# The toolkit puts it into the build context as software/install; a Dockerfile calls it with
#   RUN --mount=type=bind,source=software,target=/mnt sh /mnt/install
# /mnt is there in every Debian, so that the mount leaves no folder behind.
set -eu
cd "$(dirname "$0")"

install_packages() {
  # dpkg first: with all dependencies there, no package list need be fetched.
  if dpkg --install "$@" 2>/tmp/dpkg.err; then rm -f /tmp/dpkg.err; return; fi
  echo "some dependencies are missing; asking Debian for them"
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --fix-broken --no-install-recommends || { cat /tmp/dpkg.err >&2; exit 1; }
  rm -rf /tmp/dpkg.err /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log /var/cache/ldconfig/aux-cache
}

for folder in */; do
  [ -d "$folder" ] || continue
  slot=${folder%/}
  [ -f "$slot/commands" ] || continue
  echo "installing $slot"
  set -- "$slot"/*.deb
  [ ! -e "$1" ] || install_packages "$@"
  if [ -f "$slot/archive.tar" ]; then
    target=/
    [ ! -f "$slot/target" ] || target=$(cat "$slot/target")
    mkdir -p "$target"
    tar --extract --no-same-owner --file "$slot/archive.tar" --directory "$target"
  fi
  [ ! -d "$slot/files" ] || cp -R -P "$slot/files/." /
  while read -r command; do
    command -v "$command" >/dev/null || {
      echo "what was given for $slot has no program \"$command\"" >&2
      exit 1
    }
  done <"$slot/commands"
done
rm -f /var/log/dpkg.log /var/log/apt/* /var/cache/ldconfig/aux-cache
