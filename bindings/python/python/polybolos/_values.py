"""Values that Python has no type of its own for."""

from __future__ import annotations

from typing import NamedTuple


class Interval(NamedTuple):
    """A span of the calendar: months, days and nanoseconds, each counted for itself.

    Attributes:
        months: Calendar months.
        days: Calendar days, which may be longer or shorter than 24 hours.
        nanos: Nanoseconds.
    """

    months: int = 0
    days: int = 0
    nanos: int = 0

    def __neg__(self) -> Interval:
        return Interval(-self.months, -self.days, -self.nanos)


def interval(
    *,
    years: int = 0,
    months: int = 0,
    weeks: int = 0,
    days: int = 0,
    hours: int = 0,
    minutes: int = 0,
    seconds: int = 0,
    nanos: int = 0,
) -> Interval:
    """An interval from its parts.

    Example:
        >>> pb.interval(months=1, hours=2)
        Interval(months=1, days=0, nanos=7200000000000)
    """
    clock = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000_000
    return Interval(years * 12 + months, weeks * 7 + days, clock + nanos)
