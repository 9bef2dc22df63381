"""Expressions: columns, literals, operators, aggregates, windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from polybolos import _native

if TYPE_CHECKING:
    from polybolos.dataframe import DataFrame

Column = Any
"""A column: its name, an expression, or a plain value, which is a literal."""
Operand = Any
"""A value: an expression or a plain value. A `str` is a string, not the name of a column."""
Lambda = Callable[..., Any]
"""A Python function from expressions to an expression."""
SortKeys = Any
"""A column, a sort key, or several of them."""


class Expr:
    """An expression over the columns of a DataFrame.

    Operators build new expressions: `+ - * / %`, `== != < <= > >=`, and `& | ~` for and, or, not. Python's own `and`, `or` and `not`
    cannot be overloaded and are a `TypeError`.

    Example:
        >>> (col("tip") / col("fare") > 0.2) & col("fare").is_not_null()
        Expr: (((tip / fare) > 0.2) and (fare is not null))
    """

    __slots__ = ("_native",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, native: _native.Expr) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"Expr: {self._native.text()}"

    @property
    def name(self) -> str:
        """The name that the expression has as an output column."""
        return self._native.name()

    def _core(self, name: str, *others: Any) -> Expr:
        return Expr(self._native.core(name, [_operand(other, f"{name}()") for other in others]))

    def _reflected(self, name: str, left: Any) -> Expr:
        return Expr(_operand(left, f"{name}()").core(name, [self._native]))

    # What Python would do silently and wrongly.

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"the truth of an expression is not known before it runs: {self!r}. "
            "Write & for 'and', | for 'or', ~ for 'not' (with parentheses around comparisons), between() for a < x < b, in_() for 'in'"
        )

    def __contains__(self, item: object) -> NoReturn:
        raise TypeError(f"{item!r} in {self!r}: write in_([...]) for membership, or functions.array_contains() for lists")

    def __iter__(self) -> NoReturn:
        raise TypeError(f"an expression cannot be iterated: {self!r}")

    def __len__(self) -> NoReturn:
        raise TypeError(f"an expression has no length: {self!r}. See functions.character_length() and functions.array_length()")

    # Operators.

    def __add__(self, other: Operand) -> Expr:
        return self._core("add", other)

    def __radd__(self, other: Operand) -> Expr:
        return self._reflected("add", other)

    def __sub__(self, other: Operand) -> Expr:
        return self._core("subtract", other)

    def __rsub__(self, other: Operand) -> Expr:
        return self._reflected("subtract", other)

    def __mul__(self, other: Operand) -> Expr:
        return self._core("multiply", other)

    def __rmul__(self, other: Operand) -> Expr:
        return self._reflected("multiply", other)

    def __truediv__(self, other: Operand) -> Expr:
        return self._core("divide", other)

    def __rtruediv__(self, other: Operand) -> Expr:
        return self._reflected("divide", other)

    def __mod__(self, other: Operand) -> Expr:
        return self._core("modulo", other)

    def __rmod__(self, other: Operand) -> Expr:
        return self._reflected("modulo", other)

    def __neg__(self) -> Expr:
        return self._core("negate")

    def __eq__(self, other: Operand) -> Expr:  # type: ignore[override]
        return self._core("eq", other)

    def __ne__(self, other: Operand) -> Expr:  # type: ignore[override]
        return self._core("ne", other)

    def __lt__(self, other: Operand) -> Expr:
        return self._core("lt", other)

    def __le__(self, other: Operand) -> Expr:
        return self._core("le", other)

    def __gt__(self, other: Operand) -> Expr:
        return self._core("gt", other)

    def __ge__(self, other: Operand) -> Expr:
        return self._core("ge", other)

    def __and__(self, other: Operand) -> Expr:
        return self._core("and", other)

    def __rand__(self, other: Operand) -> Expr:
        return self._reflected("and", other)

    def __or__(self, other: Operand) -> Expr:
        return self._core("or", other)

    def __ror__(self, other: Operand) -> Expr:
        return self._reflected("or", other)

    def __invert__(self) -> Expr:
        return self._core("not")

    def __getitem__(self, key: int | str | Expr) -> Expr:
        """`expr["field"]` is the field of a struct, `expr[1]` the first element of a list."""
        return self.field(key) if isinstance(key, str) else self.get_item(key)

    def field(self, name: str) -> Expr:
        """The field of a struct.

        Example:
            >>> col("address").field("city").name
            'city'
        """
        return Expr(self._native.field(_text(name, "field()")))

    def alias(self, name: str) -> Expr:
        """The expression under another name.

        Example:
            >>> (col("a") + 1).alias("b").name
            'b'
        """
        return Expr(self._native.alias(_text(name, "alias()")))

    def cast(self, dtype: Any) -> Expr:
        """The value as another type; a value that does not fit is an error.

        Example:
            >>> session.select(lit("12").cast("int64")).scalar()
            12
        """
        return Expr(self._native.cast(_dtype(dtype), False))

    def try_cast(self, dtype: Any) -> Expr:
        """The value as another type; a value that does not fit becomes null.

        Example:
            >>> session.select(lit("twelve").try_cast("int64")).scalar() is None
            True
        """
        return Expr(self._native.cast(_dtype(dtype), True))

    def between(self, low: Operand, high: Operand) -> Expr:
        """Within the two bounds, both included."""
        return self._core("between", low, high)

    def not_between(self, low: Operand, high: Operand) -> Expr:
        """Outside the two bounds."""
        return self._core("not_between", low, high)

    def in_(self, items: Iterable[Operand]) -> Expr:
        """One of these. With a null among them and no match the answer is null.

        Example:
            >>> col("mode").in_(["AIR", "RAIL"])
            Expr: (mode in ('AIR', 'RAIL'))
        """
        if isinstance(items, (str, bytes, Mapping)) or not isinstance(items, Iterable):
            raise TypeError(f"in_() takes a list of values, not {items!r}; for a DataFrame see in_subquery()")
        return Expr(self._native.is_in([_operand(item, "in_()") for item in items]))

    def not_in(self, items: Iterable[Operand]) -> Expr:
        """None of these. With a null among them and no match the answer is null."""
        return ~self.in_(items)

    def like(self, pattern: Operand, escape: str | None = None) -> Expr:
        """Matches the SQL pattern: `%` stands for any text, `_` for one character; `escape` makes the next one ordinary."""
        return self._core("like", pattern) if escape is None else self._core("like", pattern, escape)

    def get_item(self, index: Operand) -> Expr:
        """The element of a list at a 1-based position, from the end where it is negative; null outside the list."""
        return self._core("get_item", index)

    def get_key(self, key: Operand) -> Expr:
        """The value of a map under a key; null where the map does not have it."""
        return self._core("get_key", key)

    def slice(self, first: Operand, last: Operand) -> Expr:
        """The elements of a list from one 1-based position to another, both included."""
        return self._core("slice", first, last)

    def asc(self, nulls: str | None = None) -> SortKey:
        """Smallest first; nulls last unless `nulls="first"`."""
        return SortKey(self._native.sort_key(False, _nulls_first(nulls)))

    def desc(self, nulls: str | None = None) -> SortKey:
        """Largest first; nulls first unless `nulls="last"`."""
        return SortKey(self._native.sort_key(True, _nulls_first(nulls)))

    def in_subquery(self, frame: DataFrame) -> Expr:
        """Among the values of a DataFrame of one column."""
        return Expr(self._native.in_subquery(frame._native))

    def not_in_subquery(self, frame: DataFrame) -> Expr:
        """Not among the values of a DataFrame of one column; null where it holds a null, as in SQL."""
        return ~self.in_subquery(frame)

    def any_of(self, comparison: str, frame: DataFrame) -> Expr:
        """The comparison (`=`, `<>`, `<`, `<=`, `>`, `>=`) holds for at least one row of a DataFrame of one column."""
        return Expr(self._native.quantified(comparison, frame._native, False))

    def all_of(self, comparison: str, frame: DataFrame) -> Expr:
        """The comparison holds for every row of a DataFrame of one column."""
        return Expr(self._native.quantified(comparison, frame._native, True))

    # The operators of the contract by name.

    def eq(self, other: Operand) -> Expr:
        """Equal."""
        return self._core("eq", other)

    def ne(self, other: Operand) -> Expr:
        """Not equal."""
        return self._core("ne", other)

    def lt(self, other: Operand) -> Expr:
        """Less than."""
        return self._core("lt", other)

    def le(self, other: Operand) -> Expr:
        """Less than or equal."""
        return self._core("le", other)

    def gt(self, other: Operand) -> Expr:
        """Greater than."""
        return self._core("gt", other)

    def ge(self, other: Operand) -> Expr:
        """Greater than or equal."""
        return self._core("ge", other)

    def add(self, other: Operand) -> Expr:
        """The sum."""
        return self._core("add", other)

    def subtract(self, other: Operand) -> Expr:
        """The difference."""
        return self._core("subtract", other)

    def multiply(self, other: Operand) -> Expr:
        """The product."""
        return self._core("multiply", other)

    def divide(self, other: Operand) -> Expr:
        """The quotient. Dividing two integers truncates."""
        return self._core("divide", other)

    def modulo(self, other: Operand) -> Expr:
        """The remainder, with the sign of the left side."""
        return self._core("modulo", other)

    def xor(self, other: Operand) -> Expr:
        """Exactly one is true; null when either is null."""
        return self._core("xor", other)

    def is_distinct_from(self, other: Operand) -> Expr:
        """Not equal, where two nulls are equal. Never null."""
        return self._core("is_distinct_from", other)

    def is_not_distinct_from(self, other: Operand) -> Expr:
        """Equal, where two nulls are equal. Never null."""
        return self._core("is_not_distinct_from", other)

    def concat_op(self, other: Operand) -> Expr:
        """The texts one after the other (`||` in SQL); null when either is."""
        return self._core("concat_op", other)

    def not_like(self, other: Operand) -> Expr:
        """Does not match the SQL pattern."""
        return self._core("not_like", other)

    def ilike(self, other: Operand) -> Expr:
        """Matches the SQL pattern whatever the case of letters."""
        return self._core("ilike", other)

    def not_ilike(self, other: Operand) -> Expr:
        """Does not match the SQL pattern whatever the case of letters."""
        return self._core("not_ilike", other)

    def similar_to(self, other: Operand) -> Expr:
        """Matches the SQL regular expression (`SIMILAR TO`)."""
        return self._core("similar_to", other)

    def not_similar_to(self, other: Operand) -> Expr:
        """Does not match the SQL regular expression."""
        return self._core("not_similar_to", other)

    def regex_match(self, other: Operand) -> Expr:
        """Contains a match of the regular expression (`~`)."""
        return self._core("regex_match", other)

    def regex_imatch(self, other: Operand) -> Expr:
        """Contains a match of the regular expression whatever the case of letters."""
        return self._core("regex_imatch", other)

    def regex_not_match(self, other: Operand) -> Expr:
        """Contains no match of the regular expression."""
        return self._core("regex_not_match", other)

    def regex_not_imatch(self, other: Operand) -> Expr:
        """Contains no match of the regular expression whatever the case of letters."""
        return self._core("regex_not_imatch", other)

    def bit_and(self, other: Operand) -> Expr:
        """Bits that both have."""
        return self._core("bit_and", other)

    def bit_or(self, other: Operand) -> Expr:
        """Bits that either has."""
        return self._core("bit_or", other)

    def bit_xor(self, other: Operand) -> Expr:
        """Bits that exactly one has."""
        return self._core("bit_xor", other)

    def shift_left(self, other: Operand) -> Expr:
        """Bits moved towards the high end."""
        return self._core("shift_left", other)

    def shift_right(self, other: Operand) -> Expr:
        """Bits moved towards the low end."""
        return self._core("shift_right", other)

    def and_(self, other: Operand) -> Expr:
        """Both are true. `&` is the short form."""
        return self._core("and", other)

    def or_(self, other: Operand) -> Expr:
        """At least one is true. `|` is the short form."""
        return self._core("or", other)

    def not_(self) -> Expr:
        """The opposite. `~` is the short form."""
        return self._core("not")

    def negate(self) -> Expr:
        """The value with the opposite sign."""
        return self._core("negate")

    def bit_not(self) -> Expr:
        """All bits flipped."""
        return self._core("bit_not")

    def is_null(self) -> Expr:
        """Is null. Never null itself."""
        return self._core("is_null")

    def is_not_null(self) -> Expr:
        """Is not null."""
        return self._core("is_not_null")

    def is_true(self) -> Expr:
        """Is true: neither false nor null."""
        return self._core("is_true")

    def is_not_true(self) -> Expr:
        """Is false or null."""
        return self._core("is_not_true")

    def is_false(self) -> Expr:
        """Is false: neither true nor null."""
        return self._core("is_false")

    def is_not_false(self) -> Expr:
        """Is true or null."""
        return self._core("is_not_false")

    def is_unknown(self) -> Expr:
        """A boolean that is null."""
        return self._core("is_unknown")

    def is_not_unknown(self) -> Expr:
        """A boolean that is not null."""
        return self._core("is_not_unknown")

    def is_nan(self) -> Expr:
        """A float that is NaN; null for null."""
        return self._core("is_nan")

    def is_not_nan(self) -> Expr:
        """A float that is a number; null for null."""
        return self._core("is_not_nan")

    # Aggregates and windows.

    def distinct(self) -> Expr:
        """Of an aggregate: takes equal arguments once."""
        return Expr(self._native.distinct())

    def filter(self, condition: Expr) -> Expr:
        """Of an aggregate: takes only the rows for which the condition is true."""
        return Expr(self._native.filter(_operand(condition, "filter()")))

    def order_by(self, *keys: SortKeys) -> Expr:
        """Of an aggregate: takes the rows in this order."""
        return Expr(self._native.order_by(_sort_keys(keys, "order_by()")))

    def ignore_nulls(self) -> Expr:
        """Of an aggregate: passes over rows where the argument is null."""
        return Expr(self._native.nulls(True))

    def respect_nulls(self) -> Expr:
        """Of an aggregate: takes rows where the argument is null like any other."""
        return Expr(self._native.nulls(False))

    def over(
        self,
        window: Window | None = None,
        *,
        partition_by: Any = None,
        order_by: SortKeys = None,
        rows: tuple[int | None, int | None] | None = None,
        range: tuple[Any, Any] | None = None,
        groups: tuple[int | None, int | None] | None = None,
        exclude: str | None = None,
    ) -> Expr:
        """The aggregate or window function over a window: a `Window`, or its parts.

        Args:
            window: The window.
            partition_by: The columns whose rows go together.
            order_by: The order of the rows.
            rows: The frame in rows, from and to: None is unbounded, 0 the current row, -1 the one before, 1 the one after.
            range: The frame in values of the one sort key: numbers, `timedelta` or `Interval`.
            groups: The frame in groups of rows that are equal in the order.
            exclude: Leaves out the "current row", its "group", or its "ties".

        Example:
            >>> F.sum("fare").over(partition_by="driver", order_by="day", rows=(-6, 0)).name
            'sum(fare) over (partition by driver order by day asc nulls last rows between 6 preceding and current row)'
        """
        if window is None:
            window = Window(
                _columns_of(partition_by, "over(partition_by=)"),
                _sort_keys(() if order_by is None else (order_by,), "over(order_by=)"),
            )
            for units, frame in (("rows", rows), ("range", range), ("groups", groups)):
                if frame is not None:
                    window = window._between(units, *frame)
            window = window if exclude is None else window.excluding(exclude)
        return Expr(self._native.over(window._partition_by, window._order_by, window._frame, window._exclude))


class SortKey:
    """One key of an order: `col("x").desc(nulls="last")`."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.SortKey) -> None:
        self._native = native

    def __repr__(self) -> str:
        return f"SortKey: {self._native.text()}"


class Window:
    """Which rows a window function sees. Windows are values: each method answers a new one.

    Example:
        >>> week = Window.partition_by("driver").order_by("day").rows_between(-6, 0)
        >>> F.sum("fare").over(week).alias("week").name
        'week'
    """

    __slots__ = ("_exclude", "_frame", "_order_by", "_partition_by")

    def __init__(
        self,
        partition_by: list[_native.Expr] | None = None,
        order_by: list[_native.SortKey] | None = None,
        frame: tuple[str, Any, Any] | None = None,
        exclude: str | None = None,
    ) -> None:
        self._partition_by, self._order_by, self._frame, self._exclude = partition_by or [], order_by or [], frame, exclude

    @staticmethod
    def all() -> Window:
        """All rows, in no order."""
        return Window()

    @staticmethod
    def partition_by(*keys: Column) -> Window:
        """The rows that have equal keys."""
        return Window(_columns(keys, "Window.partition_by()"))

    def order_by(self, *keys: SortKeys) -> Window:
        """The order of the rows in each partition."""
        return Window(self._partition_by, _sort_keys(keys, "Window.order_by()"), self._frame, self._exclude)

    def rows_between(self, start: int | None, end: int | None) -> Window:
        """The frame in rows: None is unbounded, 0 the current row, negative before it, positive after it."""
        return self._between("rows", start, end)

    def groups_between(self, start: int | None, end: int | None) -> Window:
        """The frame in groups of rows that are equal in the order."""
        return self._between("groups", start, end)

    def range_between(self, start: Any, end: Any) -> Window:
        """The frame in values of the one sort key, from `start` (negative or 0) to `end` (positive or 0) around the current row's."""
        return self._between("range", start, end)

    def excluding(self, what: str) -> Window:
        """Leaves out the "current row", its "group", or its "ties"."""
        return Window(self._partition_by, self._order_by, self._frame, what)

    def _between(self, units: str, start: Any, end: Any) -> Window:
        if units == "range":
            start = None if start is None else -start
        return Window(self._partition_by, self._order_by, (units, start, end), self._exclude)


class When:
    """A case in the making; an expression at every moment: without `otherwise` the result is null where no branch matches."""

    def __init__(self, operand: _native.Expr | None, branches: list[tuple[_native.Expr, _native.Expr]]) -> None:
        self._operand, self._branches = operand, branches

    def when(self, condition: Operand, result: Operand) -> Case:
        """One more branch."""
        branch = (_operand(condition, "when(condition)"), _operand(result, "when(result)"))
        return Case(self._operand, [*self._branches, branch])


class Case(When, Expr):
    """A case with at least one branch."""

    def __init__(self, operand: _native.Expr | None, branches: list[tuple[_native.Expr, _native.Expr]]) -> None:
        When.__init__(self, operand, branches)
        Expr.__init__(self, _native.Expr.case(operand, branches, None))

    def otherwise(self, result: Operand) -> Expr:
        """The result where no branch matches."""
        return Expr(_native.Expr.case(self._operand, self._branches, _operand(result, "otherwise()")))


def when(condition: Operand, result: Operand) -> Case:
    """Starts a case: the result of the first condition that is true.

    Example:
        >>> when(col("miles") > 10, "long").otherwise("short")
        Expr: case when (miles > 10) then 'long' else 'short' end
    """
    return When(None, []).when(condition, result)


def case(operand: Column) -> When:
    """Starts a case that compares one value.

    Example:
        >>> case("code").when(1, "one").when(2, "two")
        Expr: case code when 1 then 'one' when 2 then 'two' end
    """
    return When(_column(operand, "case()"), [])


class Star(Expr):
    """Many columns at once, in a `select`."""

    def __init__(self, qualifier: list[str] | None = None, excluding: list[str] | None = None, regex: str | None = None) -> None:
        self._parts = (qualifier or [], excluding or [], regex)
        super().__init__(_native.Expr.star(*self._parts))

    __slots__ = ("_parts",)

    def of(self, qualifier: str | Sequence[str]) -> Star:
        """Only the columns of this alias or table."""
        return Star(_qualifier(qualifier), self._parts[1], self._parts[2])

    def excluding(self, *names: str) -> Star:
        """All but these columns."""
        return Star(self._parts[0], [*self._parts[1], *names], self._parts[2])


def star() -> Star:
    """Every column of the input, in order; stands only in a `select`."""
    return Star()


def columns_matching(regex: str) -> Star:
    """Every column whose whole name matches the regular expression; stands only in a `select`."""
    return Star(regex=regex)


def col(name: str) -> Expr:
    """The column of this exact name. The name is never parsed: `col("o.x")` is a column named `o.x`; see `qualified`.

    Example:
        >>> col("fare")
        Expr: fare
    """
    return Expr(_native.Expr.column(_text(name, "col()")))


def qualified(qualifier: str | Sequence[str], name: str) -> Expr:
    """The column of an alias or table: `qualified("o", "x")` is `o.x` in SQL."""
    return Expr(_native.Expr.qualified(_qualifier(qualifier), _text(name, "qualified()")))


def lit(value: Any, dtype: Any = None) -> Expr:
    """A literal, of the type that fits the value, or of this one.

    Example:
        >>> lit("it's")
        Expr: 'it''s'
        >>> session.select(lit(3, "int32").alias("x")).schema
        Schema(x: int32 not null)
    """
    if isinstance(value, Expr):
        return value if dtype is None else value.cast(dtype)
    return Expr(_native.Expr.literal(value, None if dtype is None else _dtype(dtype)))


def null() -> Expr:
    """The null of the null type, which takes the type that its place asks for."""
    return lit(None)


def parameter(name: str, dtype: Any) -> Expr:
    """A value that is given when the query runs, with `DataFrame.bind`."""
    return Expr(_native.Expr.parameter(_text(name, "parameter()"), _dtype(dtype)))


def sql_expr(text: str) -> Expr:
    """An expression written in the SQL of the engine, over the columns in scope."""
    return Expr(_native.Expr.sql(_text(text, "sql_expr()")))


def exists(frame: DataFrame) -> Expr:
    """True where the DataFrame has at least one row."""
    return Expr(_native.Expr.exists(frame._native))


def scalar(frame: DataFrame) -> Expr:
    """The one value of a DataFrame of one column and at most one row; null where it has no row."""
    return Expr(_native.Expr.scalar(frame._native))


def call(namespace: str, name: str, *args: Column) -> Expr:
    """A call of a scalar function by its name, for those that have no wrapper in `functions`."""
    return _scalar(namespace, name, _columns(args, "call()"))


def aggregate_call(namespace: str, name: str, *args: Column) -> Expr:
    """A call of an aggregate function by its name."""
    return _aggregate(namespace, name, _columns(args, "aggregate_call()"))


def window_call(namespace: str, name: str, *args: Column) -> Expr:
    """A call of a window function by its name; it needs `over`."""
    return _window(namespace, name, _columns(args, "window_call()"))


def _scalar(namespace: str, name: str, args: list[_native.Expr]) -> Expr:
    return Expr(_native.Expr.call(namespace, name, args))


def _aggregate(namespace: str, name: str, args: list[_native.Expr]) -> Expr:
    return Expr(_native.Expr.aggregate(namespace, name, args))


def _window(namespace: str, name: str, args: list[_native.Expr]) -> Expr:
    return Expr(_native.Expr.window(namespace, name, args))


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{where} takes a str, not {value!r}")
    return value


def _qualifier(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _mapping(value: Mapping[Any, Any], where: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{where} takes a dict, not {value!r}")
    return value


def _nulls_first(nulls: str | None) -> bool | None:
    if nulls not in (None, "first", "last"):
        raise ValueError(f'nulls={nulls!r}: there are "first" and "last"')
    return None if nulls is None else nulls == "first"


_PYTHON_TYPES = {
    "bool": "bool",
    "bytes": "binary",
    "date": "date",
    "datetime": "timestamp(us)",
    "float": "float64",
    "int": "int64",
    "Interval": "interval",
    "str": "string",
    "time": "time(us)",
    "timedelta": "duration(us)",
}


def _dtype(dtype: Any) -> Any:
    """A type as the native half takes it: a name, or an Arrow type."""
    if isinstance(dtype, type):
        if dtype.__name__ not in _PYTHON_TYPES:
            raise TypeError(f"{dtype!r} is no type of a column; examples: int, str, 'decimal(10, 2)', 'timestamp(us, UTC)'")
        return _PYTHON_TYPES[dtype.__name__]
    return dtype


def _operand(value: Any, where: str) -> _native.Expr:
    """The native expression of a value; a `str` is a string."""
    if isinstance(value, Expr):
        return value._native
    if isinstance(value, Mapping):
        raise TypeError(
            f"{where} takes one value, not the dict {value!r}; name a column with name=value, or make a struct with lit({value!r})"
        )
    if isinstance(value, (list, tuple, set)) and type(value).__name__ != "Interval":
        raise TypeError(
            f"{where} takes one value, not the {type(value).__name__} {value!r}; lit([...]) is a literal list, in_() tests membership"
        )
    if isinstance(value, SortKey) or hasattr(value, "_native"):
        raise TypeError(f"{where} takes an expression or a value, not {value!r}")
    return _native.Expr.literal(value)


def _column(value: Any, where: str) -> _native.Expr:
    """The native expression of a column; a `str` is its name."""
    if isinstance(value, str):
        return _native.Expr.column(value)
    return _operand(value, where)


def _columns(values: Iterable[Any], where: str) -> list[_native.Expr]:
    """Several columns: each may be a list of columns again."""
    columns: list[_native.Expr] = []
    for value in values:
        if isinstance(value, (list, tuple)) and type(value).__name__ != "Interval":
            columns.extend(_columns(value, where))
        else:
            columns.append(_column(value, where))
    return columns


def _columns_of(value: Any, where: str) -> list[_native.Expr]:
    return [] if value is None else _columns((value,), where)


def _named(values: Iterable[Any], named: Mapping[str, Any], where: str) -> list[_native.Expr]:
    columns = _columns(values, where)
    columns.extend(_column(value, f"{where}: {name}=").alias(name) for name, value in named.items())
    return columns


def _sort_keys(values: Iterable[Any], where: str) -> list[_native.SortKey]:
    keys: list[_native.SortKey] = []
    for value in values:
        if isinstance(value, SortKey):
            keys.append(value._native)
        elif isinstance(value, (list, tuple)):
            keys.extend(_sort_keys(value, where))
        else:
            keys.append(_column(value, where).sort_key(False))
    return keys


def _lambda(function: Lambda, arity: int, where: str) -> _native.Expr:
    """The native lambda of a Python function, whose parameters give their names."""
    if isinstance(function, Expr) or not callable(function):
        raise TypeError(f"{where} takes a function of {arity}, such as lambda x: x + 1, not {function!r}")
    from inspect import signature

    names = list(signature(function).parameters)
    if len(names) != arity:
        raise TypeError(f"{where} takes a function of {arity}, not of {len(names)}")
    return _native.Expr.lambda_(names, lambda *args: _column(function(*(Expr(arg) for arg in args)), where))


def _trailing(args: list[_native.Expr], optional: list[tuple[_native.Expr | None, Any]]) -> None:
    """Appends optional arguments up to the last that is given; one left out before it takes its default."""
    given = max((at + 1 for at, (value, _) in enumerate(optional) if value is not None), default=0)
    for value, default in optional[:given]:
        args.append(value if value is not None else _native.Expr.literal(default))
