#!/bin/sh
# What Exhibitor calls to start and stop ZooKeeper; it has written conf/zoo.cfg before.
set -eu
cd "$(dirname "$0")/.."
pid=/var/lib/zookeeper/zookeeper.pid
java=/usr/share/java
case "${1:-}" in
  start)
    nohup java ${ZOOKEEPER_HEAP:+-Xmx$ZOOKEEPER_HEAP} ${SERVER_JVMFLAGS:-} \
      -cp "/etc/zookeeper:$java/slf4j-log4j12.jar:$java/log4j-1.2.jar:$java/servlet-api.jar:$java/zookeeper.jar" \
      org.apache.zookeeper.server.quorum.QuorumPeerMain conf/zoo.cfg &
    echo $! >"$pid"
    ;;
  stop)
    [ ! -f "$pid" ] || kill "$(cat "$pid")" || true
    rm -f "$pid"
    ;;
  *) echo "usage: zkServer.sh start|stop" >&2; exit 2 ;;
esac
