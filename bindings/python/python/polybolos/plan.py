"""Plans and explanations."""

from __future__ import annotations

from typing import Any

from polybolos import _native
from polybolos._picture import svg


class Plan:
    """A plan of the contract: `bytes(plan)` is the message on the wire.

    Example:
        >>> plan = session.range(3).plan()
        >>> bytes(Plan.from_bytes(bytes(plan))) == bytes(plan)
        True
    """

    def __init__(self, native: _native.Plan) -> None:
        self._native = native

    @staticmethod
    def from_bytes(data: bytes) -> Plan:
        """Decodes and checks a plan; what it does not understand is an error."""
        return Plan(_native.Plan.from_bytes(data))

    @staticmethod
    def from_text(text: str) -> Plan:
        """Reads a plan in protobuf's text format."""
        return Plan(_native.Plan.from_text(text))

    def __bytes__(self) -> bytes:
        return self._native.to_bytes()

    def to_text(self) -> str:
        """The plan in protobuf's text format."""
        return self._native.to_text()

    def to_json(self) -> str:
        """The plan as protobuf's JSON."""
        return self._native.to_json()

    def __repr__(self) -> str:
        return self._native.display()


class Explanation(str):
    """How a query would run, or ran: its text, and in a notebook its picture.

    Example:
        >>> explanation = session.range(3).filter(col("id") > 0).explain(analyze=True)
        >>> "FilterExec" in explanation, explanation.to_svg().startswith("<svg")
        (True, True)
    """

    _tree: dict[str, Any]

    def __new__(cls, text: str, tree: dict[str, Any]) -> Explanation:
        made = super().__new__(cls, text)
        made._tree = tree
        return made

    @property
    def tree(self) -> dict[str, Any]:
        """The operators: `name`, `details`, `children`; where they ran also `rows`, `time_ns` and `spilled_bytes`, where known."""
        return self._tree

    def to_svg(self) -> str:
        """The picture of the operators, with rows and times where they ran."""
        return svg(self._tree)

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def __repr__(self) -> str:
        return str(self)

    def __reduce__(self) -> Any:
        return Explanation, (str(self), self._tree)
