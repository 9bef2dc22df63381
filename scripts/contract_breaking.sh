#!/usr/bin/env bash
# Compares the contract with what users already hold: the last release tag, or, before the first release, the tree in which CHANGES.contract
# was last written. Wire and source compatibility both count (buf's FILE rules).
set -euo pipefail
cd "$(dirname "$0")/.."

baseline=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || git log -1 --format=%H -- CHANGES.contract 2>/dev/null || true)
if [ -z "$baseline" ]; then
    echo "no release and no recorded contract to compare with"
    exit 0
fi
old=$(mktemp -d)
trap 'rm -rf "$old"' EXIT
git archive "$baseline" proto | tar -x -C "$old"
echo "against $baseline"
.venv/bin/buf breaking proto --against "$old/proto"
