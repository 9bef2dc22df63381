#!/usr/bin/env bash
# The pages of the JVM modules, by Dokka, into target/dokka of each. A public member without documentation fails; the members that the
# compiler gives every enum, which cannot have any, are the exception.
set -euo pipefail
cd "$(dirname "$0")/.."

modules=bindings/jvm/client,bindings/jvm/embedded
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if ! mvn --batch-mode --no-transfer-progress -Dstyle.color=never -pl "$modules" process-classes dokka:dokka >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
if grep '^\[WARNING\] Undocumented' "$log" | grep -vE '/(values|valueOf|entries)/#[^/]*/ \(JVM\)$' >&2; then
    exit 1
fi
if grep -E '^\[(WARNING|ERROR)\]' "$log" | grep -v '^\[WARNING\] Undocumented' >&2; then
    exit 1
fi
