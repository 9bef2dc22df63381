#!/usr/bin/env bash
# Builds the release binary and packs it with its licence: dist/polybolos-VERSION-TARGET.tar.gz and its SHA-256.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n1)
target=$(rustc -vV | sed -n 's/^host: //p')
name="polybolos-$version-$target"

echo "== building $name (dist profile: thin LTO; a cold build takes half an hour on two cores)"
cargo build --locked --profile dist -p polybolos-cli
rm -rf "dist/$name"
mkdir -p "dist/$name"
cp "$CARGO_TARGET_DIR/dist/polybolos" LICENSE NOTICE README.md "dist/$name/"
tar -C dist --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" -czf "dist/$name.tar.gz" "$name"
(cd dist && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")
cp "dist/$name/polybolos" dist/polybolos
rm -rf "dist/$name"
ls -l dist
