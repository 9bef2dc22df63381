"""The command line: `python -m polybolos`, or `polybolos`."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Runs the command line of this process and answers its exit code."""
    from polybolos import _native

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout.flush()
    return _native.run_cli(["polybolos", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
