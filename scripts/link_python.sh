#!/usr/bin/env bash
# Makes the Python package of this tree importable in .venv/, with the native half that cargo built in the given folder.
set -euo pipefail
cd "$(dirname "$0")/.."

built="$1/lib_native.so"
[ -e "$built" ] || built="$1/lib_native.dylib"
ln -sfn "$built" bindings/python/python/polybolos/_native.abi3.so
packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
echo "$PWD/bindings/python/python" > "$packages/polybolos-develop.pth"
