#!/usr/bin/env bash
# The pages of the JVM modules, by Dokka, into target/dokka of each. A warning of Dokka fails, such as the one of a public member without
# documentation; the members that the compiler gives every enum, which cannot have any, are the exception.
set -euo pipefail
cd "$(dirname "$0")/.."

modules=bindings/jvm/client,bindings/jvm/embedded
of_every_enum='Undocumented: .*/(values|valueOf|entries)/#[^/]*/ \(JVM\)$'
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if ! mvn --batch-mode --no-transfer-progress -Dstyle.color=never -pl "$modules" process-classes dokka:dokka >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
! sed -n '/Dokka is performing/,/Generation completed/p' "$log" | grep -E '^\[(WARNING|ERROR)\]' | grep -vE "$of_every_enum" >&2
