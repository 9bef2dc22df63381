#!/usr/bin/env python3
"""Prints the crates that the Python package is linked from, each with its licence and the texts that it ships."""

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
TREE = ["cargo", "tree", "--locked", "-p", "polybolos-python", "-e", "normal", "--prefix", "none", "-f", "{p}"]
METADATA = ["cargo", "metadata", "--locked", "--format-version", "1"]


def linked() -> set[tuple[str, str]]:
    """Name and version of each crate that is linked in."""
    lines = subprocess.run(TREE, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return {(name, version.removeprefix("v")) for name, version, *_ in (line.split() for line in lines if line)}


def texts(package: dict) -> list[str]:
    folder = pathlib.Path(package["manifest_path"]).parent
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.name.upper().startswith(("LICEN", "COPYING", "NOTICE")))
    return [file.read_text(encoding="utf-8", errors="replace").strip() for file in files]


def main() -> None:
    wanted = linked()
    packages = json.loads(subprocess.run(METADATA, cwd=ROOT, check=True, capture_output=True, text=True).stdout)["packages"]
    crates: dict[str, list[str]] = {}
    for package in packages:
        if package["source"] and (package["name"], package["version"]) in wanted:
            name = f"{package['name']} {package['version']} ({package['license']})"
            for text in texts(package) or [f"See the licence {package['license']}."]:
                crates.setdefault(text, []).append(name)
    for text, names in sorted(crates.items(), key=lambda entry: entry[1]):
        print("\n".join(names), text, "-" * 80, sep="\n\n")


if __name__ == "__main__":
    main()
