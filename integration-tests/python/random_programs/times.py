"""Random dates and times."""

from .base import Base
from .types import Type, Value, cast

DATE_PARTS = [("year", "year"), ("month", "month"), ("day", "day"), ("quarter", "quarter"), ("week", "week"), ("day_of_year", "dayofyear")]
DATE_PARTS += [("day_of_week", "dayofweek"), ("iso_day_of_week", "isodow"), ("iso_year", "isoyear")]
TIME_PARTS = [("hour", "hour"), ("minute", "minute"), ("second", "second")]
UNITS = ["year", "quarter", "month", "week", "day"]
TIME_UNITS = ["hour", "minute", "second", "millisecond"]


class Times(Base):
    """Dates and timestamps."""

    def _date(self, depth: int) -> Value:
        a = self.of("date", depth)
        number = self.rng.randint(-40, 400)
        forms = [
            (f"F.date_add({a.as_argument()}, {number})", f"cast({a.sql} + interval ({number}) day as date)"),
            (f"({a.python} + pb.interval(days={number})).cast('date')", f"cast({a.sql} + interval ({number}) day as date)"),
            (f"({a.python} - pb.interval(months={number % 5})).cast('date')", f"cast({a.sql} - interval ({number % 5}) month as date)"),
            (f"F.add_months({a.as_argument()}, {number % 7})", f"cast({a.sql} + interval ({number % 7}) month as date)"),
            (f"F.last_day({a.as_argument()})", f"last_day({a.sql})"),
        ]
        if self.rng.random() < 0.3:
            return cast(self.of(self.rng.choice(["timestamp", "timestamptz"]), depth), Type("date"))
        return Value(*self.rng.choice(forms), Type("date"))

    def _timestamp(self, depth: int) -> Value:
        if self.rng.random() < 0.3:
            return cast(self.of(self.rng.choice(["date", "timestamptz"]), depth), Type("timestamp"))
        return self._moved("timestamp", depth)

    def _timestamptz(self, depth: int) -> Value:
        if self.rng.random() < 0.2:
            return cast(self.of(self.rng.choice(["date", "timestamp"]), depth), Type("timestamptz"))
        return self._moved("timestamptz", depth)

    def _moved(self, kind: str, depth: int) -> Value:
        a, number = self.of(kind, depth), self.rng.randint(-50, 50)
        unit = self.rng.choice(UNITS + TIME_UNITS)
        step = self.rng.choice(["month", "week", "day", "hour", "minute", "second"])
        forms = [
            (f"F.date_trunc({unit!r}, {a.as_argument()})", f"date_trunc('{unit}', {a.sql})"),
            (f"({a.python} + pb.interval({step}s={number}))", f"({a.sql} + interval ({number}) {step})"),
        ]
        return Value(*self.rng.choice(forms), Type(kind))
