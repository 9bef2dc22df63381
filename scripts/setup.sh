#!/usr/bin/env bash
# Finds out what the machine lacks for building and testing, and installs that alone: a C compiler, Python's venv module, a JDK and Maven
# from the system's packages. Rust comes from rustup, so it is asked for, not installed behind the user's back. Changes nothing where nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

rust_wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

say() { printf '== %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else fail "'$*' needs root: run it, then try again"; fi
}

install_packages() {
    command -v apt-get >/dev/null || fail "missing: $*. Install it with this system's package manager, then try again"
    say "installing the system packages $*"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

need_c_compiler() {
    command -v cc >/dev/null || install_packages build-essential
}

need_python() {
    command -v python3 >/dev/null || install_packages python3 python3-venv
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or later is needed, this is $(python3 --version)"
    python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
}

need_rust() {
    command -v cargo >/dev/null || fail "cargo is missing: install Rust $rust_wanted or later from https://rustup.rs, then try again"
    local found
    found=$(rustc --version | cut -d' ' -f2)
    [ "$(printf '%s\n' "$rust_wanted" "$found" | sort -V | head -n1)" = "$rust_wanted" ] || fail "Rust $rust_wanted or later is needed, this is $found: run 'rustup update stable', then try again"
}

need_jvm() {
    command -v javac >/dev/null || install_packages openjdk-17-jdk-headless
    command -v mvn >/dev/null || install_packages maven
    local found
    found=$(javac -version 2>&1 | sed 's/^javac \([0-9]*\).*/\1/')
    [ "$found" -ge 17 ] || fail "a JDK of version 17 or later is needed, this is $found"
}

for need in "$@"; do
    case "$need" in
        rust) need_c_compiler; need_rust ;;
        python) need_python ;;
        jvm) need_jvm ;;
        *) fail "unknown need '$need': rust, python, jvm" ;;
    esac
done
