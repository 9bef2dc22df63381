"""Random constants."""

import datetime as dt
from decimal import Decimal

from .base import Base
from .tables import DAYS, KEYWORDS, WORDS
from .types import Type, Value, quoted


class Literals(Base):
    """Constants of every kind."""

    def _written(self, python: str, sql: str, type_: Type) -> Value:
        return Value(f"lit({python})", f"cast({sql} as {type_.sql})", type_, operand=python if self.rng.random() < 0.7 else "")

    def _literal_int(self) -> Value:
        number = self.rng.choice([self.rng.randint(-5, 12), self.rng.randint(-1000, 1000)])
        if self.rng.random() < 0.2:
            type_ = Type("int32", abs(number))
            return Value(f"lit({number}, 'int32')", f"cast({number} as integer)", type_)
        return self._written(str(number), str(number), Type("int64", abs(number)))

    def _literal_float64(self) -> Value:
        number = self.rng.randint(-80, 80) / 8
        return self._written(repr(number), repr(number), Type("float64", 10, bits=3))

    def _literal_decimal(self) -> Value:
        number = Decimal(self.rng.choice([-1, 1]) * self.rng.randint(100, 999_99)).scaleb(-2)
        digits = len(number.as_tuple().digits)
        return self._written(f'D("{number}")', str(number), Type("decimal", 1000, digits=digits, scale=2))

    def _literal_string(self) -> Value:
        text = self.rng.choice(KEYWORDS + WORDS)
        return self._written(repr(text), quoted(text), Type("string", len(text)))

    def _literal_bool(self) -> Value:
        truth = self.rng.choice([True, False])
        return self._written(str(truth), str(truth).lower(), Type("bool"))

    def _literal_date(self) -> Value:
        day = self.rng.choice(DAYS)
        return self._written(f"dt.date({day.year}, {day.month}, {day.day})", f"date '{day}'", Type("date"))

    def _moment(self) -> dt.datetime:
        seconds = self.rng.randint(0, 86399) if self.rng.random() < 0.5 else 0
        return dt.datetime.combine(self.rng.choice(DAYS), dt.time()) + dt.timedelta(seconds=seconds)

    def _literal_timestamp(self) -> Value:
        moment = self._moment()
        parts = ", ".join(str(part) for part in moment.timetuple()[:6])
        return self._written(f"dt.datetime({parts})", f"timestamp '{moment}'", Type("timestamp"))

    def _literal_timestamptz(self) -> Value:
        moment = self._moment()
        parts = ", ".join(str(part) for part in moment.timetuple()[:6])
        return self._written(f"dt.datetime({parts}, tzinfo=dt.UTC)", f"timestamptz '{moment}+00'", Type("timestamptz"))
