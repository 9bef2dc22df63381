#!/usr/bin/env bash
# The JVM modules, by Maven: `scripts/jvm.sh install` builds them into the local Maven repository, `scripts/jvm.sh bench` builds the
# benchmark client without a native library, `scripts/jvm.sh test` also runs the tests: on the default JDK, and once more on JDK 25 where
# there is one. No test gives the JVM flags that open it.
set -euo pipefail
cd "$(dirname "$0")/.."

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
maven=(mvn --batch-mode --no-transfer-progress -Dstyle.color=never)

newest_jdk() {
    local home
    for home in ${JDK25_HOME:+"$JDK25_HOME"} /usr/lib/jvm/*25*; do
        if [ -x "$home/bin/java" ]; then
            echo "$home"
            return
        fi
    done
}

case "${1:-}" in
    install) "${maven[@]}" --quiet install -DskipTests ;;
    bench) "${maven[@]}" --quiet package -DskipTests -Dskip.native --projects bindings/jvm/bench --also-make ;;
    test)
        echo "== JVM tests on $(java -version 2>&1 | head -n1)"
        "${maven[@]}" install
        jdk25=$(newest_jdk)
        if [ -n "$jdk25" ]; then
            echo # ends what Maven leaves on the line
            echo "== JVM tests on $("$jdk25/bin/java" -version 2>&1 | head -n1)"
            "${maven[@]}" surefire:test -Djvm="$jdk25/bin/java"
        fi
        ;;
    *) echo "usage: scripts/jvm.sh install | bench | test" >&2; exit 2 ;;
esac
