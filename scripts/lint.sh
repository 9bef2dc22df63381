#!/usr/bin/env bash
# Every check that needs no running program. `scripts/lint.sh fast` leaves out those that compile the workspace. All run, then the faults are named.
set -uo pipefail
cd "$(dirname "$0")/.."

faults=()
check() {
    local name=$1
    shift
    echo "== $name"
    "$@" || faults+=("$name")
}

check "format of the Rust code" cargo fmt --all --check
check "format of the contract" .venv/bin/buf format --diff --exit-code proto
check "contract lint" .venv/bin/buf lint proto
check "contract compatibility" scripts/contract_breaking.sh
check "dependencies" scripts/check_dependencies.py
check "Python lint" .venv/bin/ruff check --quiet .
check "Python format" .venv/bin/ruff format --quiet --check .
if [ "${1:-}" != fast ]; then
    check "contract names, documentation and log of changes" cargo test --locked --quiet -p polybolos-protocol --test contract
    check "generated files are fresh" cargo run --locked --quiet -p polybolos-generator -- --check
    check "documentation of the JVM" scripts/jvm_docs.sh
    check "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings
fi
if command -v cargo-deny >/dev/null; then
    check "cargo deny" cargo deny --locked check
fi

[ ${#faults[@]} = 0 ] && echo "== lint: nothing to say" && exit 0
printf '== lint: %s\n' "${faults[@]}" >&2
exit 1
