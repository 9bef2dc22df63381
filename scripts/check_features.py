"""Says which features a member of the workspace lacks when it is built alone: `python3 scripts/check_features.py`.

The members that link DataFusion must resolve the same features alone as all together, or cargo compiles DataFusion once more for
each of them. What is missing belongs into rust/unified/Cargo.toml.
"""

import collections
import subprocess
import sys

MEMBERS = ["engine", "server", "cli", "integration-tests"]
TREE = ["cargo", "tree", "--offline", "-e", "normal,build,dev", "--prefix", "none", "-f", "{p}|{f}"]


def features(*selection: str) -> dict[str, set[str]]:
    lines = subprocess.run([*TREE, *selection], check=True, capture_output=True, text=True).stdout.splitlines()
    found: dict[str, set[str]] = collections.defaultdict(set)
    for line in lines:
        package, _, names = line.replace(" (*)", "").partition("|")
        found[package].update(names.split(","))
    return found


def main() -> int:
    everything, missing = features(), 0
    for member in MEMBERS:
        for package, names in sorted(features("-p", f"polybolos-{member}").items()):
            if lacking := everything[package] - names:
                missing += 1
                print(f"polybolos-{member} alone builds {package} without {', '.join(sorted(lacking))}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
