#!/usr/bin/env bash
# Runs the Rust tests, then those of Python and of the JVM against bin/polybolos, and closes with the last lines of each. Expects
# `make develop` and .venv/.
set -uo pipefail
cd "$(dirname "$0")/.."

log="$CARGO_TARGET_DIR/test.log"
export POLYBOLOS_BIN="$PWD/bin/polybolos"

echo "== Rust tests (log: $log)"
cargo test --locked --no-fail-fast 2>&1 | tee "$log"
rust=${PIPESTATUS[0]}

echo "== Python tests"
.venv/bin/python -m pytest --quiet integration-tests/python 2>&1 | tee -a "$log"
python=${PIPESTATUS[0]}

echo "== tests of the Python package: its doctests and its own tests"
.venv/bin/python -m pytest --quiet -c bindings/python/pytest.ini --rootdir bindings/python bindings/python 2>&1 | tee -a "$log"
package=${PIPESTATUS[0]}

scripts/jvm.sh test 2>&1 | tee -a "$log"
jvm=${PIPESTATUS[0]}

echo "== closing lines"
grep -E '^(test result:|== JVM tests|\[(INFO|ERROR|WARNING)\] (Tests run: [^T]*$|BUILD )|[0-9]+ (passed|failed)|test .* FAILED$|FAILED |ERROR |=+ .*(passed|failed|error).* in )' "$log"
[ "$rust" = 0 ] && [ "$python" = 0 ] && [ "$package" = 0 ] && [ "$jvm" = 0 ] && echo "== all tests passed" && exit 0
echo "== tests failed (Rust: exit $rust, Python: exit $python, package: exit $package, JVM: exit $jvm)"
exit 1
