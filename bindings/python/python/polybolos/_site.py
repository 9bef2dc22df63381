"""Where the caller's program stands: the nearest frame outside of this package."""

from __future__ import annotations

import sys


def call_site() -> tuple[str, int]:
    """File and line of the caller, outside of the package."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__", "").startswith("polybolos.") and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
