"""Plans and explanations."""

from __future__ import annotations

from polybolos import _native


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
    """How a query would run, or ran, as text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
