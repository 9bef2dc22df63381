#!/usr/bin/env bash
# Makes .venv/ and installs the given requirement files into it. A file that has not changed since it was installed costs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

python=.venv/bin/python
[ -x "$python" ] && "$python" -c 'import pip' 2>/dev/null || {
    echo "== making .venv/"
    rm -rf .venv
    python3 -m venv .venv
}

for file in "$@"; do
    stamp=".venv/installed-$(printf '%s' "$file" | tr '/' '-').sha256"
    sha256sum --check --status "$stamp" 2>/dev/null && continue
    echo "== installing $file into .venv/"
    "$python" -m pip install --quiet --disable-pip-version-check --requirement "$file"
    sha256sum "$file" > "$stamp"
done
