"""Progress of long queries: a bar on a terminal or in a notebook, nothing where output is piped."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator
from typing import Any

from polybolos import _native

Told = Callable[[float, int], None]


@contextlib.contextmanager
def progress() -> Generator[Told | None, None, None]:
    """What a running query tells its progress to, where somebody watches."""
    if _in_notebook():
        bar: Any = _NotebookBar()
    elif sys.stderr is not None and sys.stderr.isatty():
        bar = _native.TerminalBar()
    else:
        yield None
        return
    try:
        yield bar.update
    finally:
        bar.close()


def _in_notebook() -> bool:
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class _NotebookBar:
    def __init__(self) -> None:
        self._handle: Any = None

    def update(self, fraction: float, rows: int) -> None:
        from IPython import display

        value = "" if fraction < 0 else f' value="{fraction:.3f}"'
        shown = display.HTML(f"<progress{value} max='1'></progress> <small>{rows} rows</small>")
        if self._handle is None:
            self._handle = display.display(shown, display_id=True)
        else:
            self._handle.update(shown)

    def close(self) -> None:
        if self._handle is not None:
            from IPython import display

            self._handle.update(display.HTML(""))
