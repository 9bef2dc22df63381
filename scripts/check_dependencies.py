#!/usr/bin/env python3
"""Checks the resolved dependencies against deny.toml and against the house's direction of dependency.

Needs only Python and `cargo metadata`; nothing is downloaded. Prints one line per fault and ends with 1 when there is any.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"

# Who may not reach whom: each heavy library has one landlord, and nothing points back.
FORBIDDEN = {
    "polybolos-protocol": {"tokio", "tonic", "datafusion", "arrow-flight", "polybolos-engine", "polybolos-client", "polybolos-server"},
    "polybolos-client": {"datafusion", "polybolos-engine", "polybolos-server"},
    "polybolos-engine": {"tonic", "arrow-flight", "polybolos-client", "polybolos-server"},
    "polybolos-server": {"polybolos-client", "polybolos-cli"},
    "polybolos-generator": {"tokio", "datafusion", "polybolos-engine", "polybolos-client", "polybolos-server"},
}


def metadata():
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed: is Cargo.lock committed with every change of a Cargo.toml?")
    return json.loads(done.stdout)


def allowed(expression, licences):
    """Whether an SPDX expression (AND binds closer than OR) can be satisfied by the allowed licences."""
    expression = expression.replace("/", " OR ").replace(" WITH ", "+")
    innermost = re.compile(r"\(([^()]*)\)")
    while group := innermost.search(expression):
        expression = expression.replace(group[0], "MIT" if satisfied(group[1], licences) else "denied")
    return satisfied(expression, licences)


def satisfied(flat, licences):
    return any(all(term.strip().replace("+", " WITH ") in licences for term in branch.split(" AND ")) for branch in flat.split(" OR "))


def licence_faults(packages, rules):
    licences = set(rules["licenses"]["allow"])
    for package in packages:
        if package["source"] and not (package["license"] and allowed(package["license"], licences)):
            yield f"{package['name']} {package['version']}: licence {package['license']!r} is not in deny.toml"


def source_faults(packages):
    for package in packages:
        if package["source"] not in (None, CRATES_IO):
            yield f"{package['name']} {package['version']}: comes from {package['source']}"


def version_faults(packages, rules):
    versions = defaultdict(set)
    for package in packages:
        versions[package["name"]].add(package["version"])
    for ban in rules["bans"]["deny"]:
        found = sorted(versions[ban["crate"]])
        if ban.get("deny-multiple-versions"):
            if len(found) > 1:
                yield f"{ban['crate']}: {len(found)} versions in the build ({', '.join(found)})"
        elif found:
            yield f"{ban['crate']}: banned ({ban['reason']})"


def feature_faults(nodes, names, rules):
    for ban in rules["bans"]["features"]:
        for node in nodes:
            on = set(ban["deny"]) & set(node["features"])
            if names[node["id"]] == ban["crate"] and on:
                yield f"{ban['crate']}: feature {', '.join(sorted(on))} is on"


def normal_dependencies(node):
    return [dep["pkg"] for dep in node["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]


def reachable(start, graph):
    seen, open_ = set(), [start]
    while open_:
        for following in graph[open_.pop()]:
            if following not in seen:
                seen.add(following)
                open_.append(following)
    return seen


def direction_faults(nodes, names):
    graph = {node["id"]: normal_dependencies(node) for node in nodes}
    for node in nodes:
        forbidden = FORBIDDEN.get(names[node["id"]], set())
        for name in sorted(forbidden & {names[other] for other in reachable(node["id"], graph)}):
            yield f"{names[node['id']]}: must not depend on {name} (ARCHITECTURE.md, direction of dependency)"


def main():
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    resolved = metadata()
    packages, nodes = resolved["packages"], resolved["resolve"]["nodes"]
    names = {package["id"]: package["name"] for package in packages}
    faults = [
        *licence_faults(packages, rules),
        *source_faults(packages),
        *version_faults(packages, rules),
        *feature_faults(nodes, names, rules),
        *direction_faults(nodes, names),
    ]
    print(
        "\n".join(faults)
        if faults
        else f"{len(packages)} packages: licences, sources, versions, features and direction are as deny.toml says"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
