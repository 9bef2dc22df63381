#!/usr/bin/env bash
# Packs the Python package into a wheel: `scripts/wheel.sh PROFILE FOLDER`. The licence, the notice and the licences of all crates go with it.
set -euo pipefail
cd "$(dirname "$0")/.."

profile=$1 folder=$2
cp LICENSE NOTICE bindings/python/
scripts/third_party.py > bindings/python/THIRD_PARTY
.venv/bin/maturin build --quiet --locked --profile "$profile" --manifest-path bindings/python/Cargo.toml --out "$folder"
ls -l "$folder"/polybolos-*.whl
