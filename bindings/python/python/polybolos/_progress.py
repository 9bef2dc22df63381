"""Progress of long queries: a bar on a terminal or in a notebook, nothing where output is piped."""

from __future__ import annotations

import sys
from typing import Any

from polybolos import _native


class Progress:
    """What a running query tells its progress to. A bar appears with the first call, where somebody watches."""

    __slots__ = ("_bar",)

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, fraction: float, rows: int) -> None:
        if self._bar is None:
            self._bar = _bar()
        self._bar.update(fraction, rows)

    def close(self) -> None:
        """Removes the bar."""
        if self._bar is not None:
            self._bar.close()


def _bar() -> Any:
    if _in_notebook():
        return _NotebookBar()
    if sys.stderr is not None and sys.stderr.isatty():
        return _native.TerminalBar()
    return _NoBar()


def _in_notebook() -> bool:
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class _NoBar:
    def update(self, fraction: float, rows: int) -> None: ...

    def close(self) -> None: ...


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
