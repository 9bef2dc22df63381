"""The DataFrame: a lazily built, immutable description of a result.

Each method makes a new frame and does no I/O. Nothing runs before an action asks for rows: `collect`, `stream`, `show`, the `to_` methods,
a write. A mistake that needs no schema is told by the method, one that needs it by the action, with the line of the method to blame.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from polybolos import _native
from polybolos._expr import (
    Column,
    Expr,
    SortKeys,
    _column,
    _columns,
    _columns_of,
    _dtype,
    _mapping,
    _named,
    _nulls_first,
    _operand,
    _sort_keys,
    _text,
)
from polybolos._progress import Progress
from polybolos._site import call_site
from polybolos.errors import CardinalityViolationError, Error
from polybolos.plan import Explanation, Plan
from polybolos.table import RecordBatch, Schema, Table, html_table, terminal_width

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from polybolos.session import Session


class WriteSummary(NamedTuple):
    """What a write did."""

    rows: int
    files: int
    bytes: int
    path: str | None


class DataFrame:
    """A result that has not been computed. Made by a `Session` and by the methods of other frames.

    Example:
        >>> trips = session.from_pydict({"passengers": [1, 1, 2], "fare": [10.0, 20.0, 5.0], "tip": [1.0, 4.0, None]})
        >>> tips = (
        ...     trips.filter(col("tip").is_not_null())
        ...     .with_columns(share=col("tip") / col("fare"))
        ...     .group_by("passengers")
        ...     .agg(F.avg("share").alias("share"), trips=F.count())
        ... )
        >>> tips.to_pylist()
        [{'passengers': 1, 'share': 0.15000000000000002, 'trips': 2}]
    """

    __slots__ = ("_native", "_session")

    def __init__(self, native: _native.Frame, session: Session) -> None:
        self._native, self._session = native, session

    def _then(self, native: _native.Frame) -> DataFrame:
        return DataFrame(native, self._session)

    @property
    def session(self) -> Session:
        """The session that the frame belongs to."""
        return self._session

    @property
    def id(self) -> int:
        """The id that the frame has in plans and errors."""
        return self._native.id()

    def __repr__(self) -> str:
        try:
            return f"DataFrame[{', '.join(f'{name}: {dtype}' for name, dtype in self.schema)}]"
        except Error as error:
            return f"DataFrame[{error.code}: {error.message}]"

    def _repr_html_(self) -> str:
        return html_table(self.limit(11).collect()._native, 10)

    def __bool__(self) -> NoReturn:
        raise TypeError("a DataFrame has no truth value: ask frame.count() > 0, or use functions such as exists()")

    def __len__(self) -> NoReturn:
        raise TypeError("a DataFrame does not know its length before it runs: use count()")

    def __iter__(self) -> NoReturn:
        raise TypeError("a DataFrame is not iterated itself: use rows(), to_pylist(), or stream() for batches")

    def __getitem__(self, name: str) -> Expr:
        """The column of this name that comes from this frame; see `col`."""
        return self.col(name)

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self._native.stream().export_stream()

    # Columns of this frame.

    def col(self, name: str) -> Expr:
        """The column of this name that comes from this frame, wherever the expression is used. Tells the sides of a join apart."""
        return Expr(self._native.column(_text(name, "col()")))

    def outer(self, name: str) -> Expr:
        """The column of this frame, seen from inside a subquery or a lateral join of it."""
        return Expr(self._native.outer(_text(name, "outer()")))

    def star(self) -> Expr:
        """Every column that comes from this frame; stands only in a `select`."""
        return Expr(self._native.star())

    # Which columns.

    def select(self, *columns: Column, **named: Column) -> DataFrame:
        """These columns, in this order. When all of them are aggregates the answer is one row.

        Example:
            >>> session.range(2).select("id", next=col("id") + 1).rows()
            [(0, 1), (1, 2)]
        """
        return self._then(self._native.select(call_site(), _named(columns, named, "select()")))

    def with_columns(self, *columns: Column, **named: Column) -> DataFrame:
        """All columns and these; a column of the same name is replaced in its place."""
        return self._then(self._native.with_columns(call_site(), _named(columns, named, "with_columns()")))

    def with_column(self, name: str, value: Column) -> DataFrame:
        """All columns and this one."""
        return self._then(self._native.with_columns(call_site(), [_column(value, "with_column()").alias(_text(name, "with_column()"))]))

    def rename(self, names: Mapping[str, str], *, strict: bool = True) -> DataFrame:
        """All columns, some under new names; a name that no column has is an error unless `strict=False`."""
        return self._then(self._native.rename(call_site(), list(_mapping(names, "rename()").items()), strict))

    def drop(self, *columns: Column, strict: bool = True) -> DataFrame:
        """All columns but these; one that is not there is an error unless `strict=False`."""
        return self._then(self._native.drop(call_site(), _columns(columns, "drop()"), strict))

    def cast(self, types: Mapping[str, Any]) -> DataFrame:
        """These columns cast to these types; a value that does not fit is an error."""
        casts = [_native.Expr.column(name).cast(_dtype(dtype), False).alias(name) for name, dtype in _mapping(types, "cast()").items()]
        return self._then(self._native.with_columns(call_site(), casts))

    def conform(self, schema: Any, *, by_position: bool = False, try_: bool = False) -> DataFrame:
        """Exactly the columns of the schema, found by name (or position), cast to its types; `try_` makes null of what does not fit."""
        return self._then(self._native.conform(call_site(), _schema(schema), by_position, try_))

    # Which rows.

    def filter(self, *conditions: Column) -> DataFrame:
        """The rows for which all conditions are true.

        Example:
            >>> session.range(5).filter(col("id") > 2).to_pydict()
            {'id': [3, 4]}
        """
        if not conditions:
            raise TypeError("filter() needs at least one condition")
        first, *others = _columns(conditions, "filter()")
        for other in others:
            first = first.core("and", [other])
        return self._then(self._native.filter(call_site(), first))

    def sort(self, *keys: SortKeys, descending: bool = False, nulls: str | None = None) -> DataFrame:
        """The rows in this order: columns, or keys such as `col("x").desc(nulls="last")`."""
        return self._then(self._native.sort(call_site(), _directed(keys, descending, nulls, "sort()"), False))

    def sort_within_partitions(self, *keys: SortKeys) -> DataFrame:
        """As `sort`, in each partition for itself."""
        return self._then(self._native.sort(call_site(), _sort_keys(keys, "sort_within_partitions()"), True))

    def limit(self, n: int, offset: int = 0, *, with_ties: bool = False) -> DataFrame:
        """The first `n` rows after `offset`; `with_ties` adds those that are equal to the last one in the order."""
        return self._then(self._native.limit(call_site(), _count(n, "limit()"), _count(offset, "limit(offset=)"), with_ties))

    def offset(self, n: int) -> DataFrame:
        """All but the first `n` rows."""
        return self._then(self._native.limit(call_site(), None, _count(n, "offset()"), False))

    def slice(self, offset: int, n: int) -> DataFrame:
        """`n` rows after the first `offset`."""
        return self._then(self._native.limit(call_site(), _count(n, "slice()"), _count(offset, "slice()"), False))

    def head(self, n: int = 5) -> DataFrame:
        """The first `n` rows."""
        return self._then(self._native.limit(call_site(), _count(n, "head()"), 0, False))

    def distinct(self, *on: Column, keep: SortKeys = None) -> DataFrame:
        """Every different row once; or one row for each value of the columns, the first in the order of `keep`."""
        keep_keys = [] if keep is None else _sort_keys((keep,), "distinct(keep=)")
        return self._then(self._native.distinct(call_site(), _columns(on, "distinct()"), keep_keys))

    def sample(
        self, fraction: float | None = None, *, n: int | None = None, seed: int | None = None, with_replacement: bool = False
    ) -> DataFrame:
        """A random part of the rows: a fraction, or `n` rows."""
        return self._then(self._native.sample(call_site(), fraction, n, seed, with_replacement))

    # Several frames.

    def join(
        self,
        other: DataFrame,
        on: Any = None,
        how: str = "inner",
        *,
        nulls_equal: bool = False,
        lateral: bool = False,
    ) -> DataFrame:
        """Pairs of rows of both frames.

        Args:
            other: The right frame.
            on: Names of columns that both have (the answer has one copy of each), or a condition (the answer has all columns).
            how: inner, left, right, full, semi, anti or cross.
            nulls_equal: Two nulls match; only for names.
            lateral: The right frame may look at the left row with `outer`.

        Example:
            >>> left = session.from_pydict({"k": [1, 2], "a": ["x", "y"]})
            >>> left.join(session.from_pydict({"k": [2], "b": [True]}), "k").to_pylist()
            [{'k': 2, 'a': 'y', 'b': True}]
        """
        _frame(other, "join()")
        if how == "cross":
            if on is not None:
                raise TypeError("a cross join takes no condition")
            return self.cross_join(other, lateral=lateral)
        if on is None:
            raise TypeError("join() needs on=: names of columns, or a condition; how='cross' takes all pairs")
        if isinstance(on, Expr):
            return self._then(self._native.join_on(call_site(), other._native, on._native, how, lateral))
        names = [on] if isinstance(on, str) else [_text(name, "join(on=)") for name in on]
        return self._then(self._native.join_using(call_site(), other._native, names, how, nulls_equal, lateral))

    def cross_join(self, other: DataFrame, *, lateral: bool = False) -> DataFrame:
        """All pairs of rows of both frames."""
        return self._then(self._native.cross_join(call_site(), _frame(other, "cross_join()"), lateral))

    def _set(self, kind: str, *others: DataFrame) -> DataFrame:
        return self._then(self._native.set_op(call_site(), kind, [_frame(other, f"{kind}()") for other in others]))

    def union(self, *others: DataFrame) -> DataFrame:
        """The rows of all, duplicates kept (`UNION ALL`); columns by position."""
        return self._set("union", *others)

    def union_distinct(self, other: DataFrame) -> DataFrame:
        """Every different row of both once; columns by position."""
        return self._set("union_distinct", other)

    def union_by_name(self, other: DataFrame, *, allow_missing: bool = False) -> DataFrame:
        """The rows of both, duplicates kept; columns by name. `allow_missing` fills a column that one side lacks with nulls."""
        return self._set("union_by_name_filling" if allow_missing else "union_by_name", other)

    def intersect(self, other: DataFrame, *, all: bool = False) -> DataFrame:
        """Every different row that both have, once; with `all` as often as both have it."""
        return self._set("intersect_all" if all else "intersect", other)

    def except_(self, other: DataFrame, *, all: bool = False) -> DataFrame:
        """Every different row that the other frame does not have; with `all` each row of the other takes one equal row away."""
        return self._set("except_all" if all else "except", other)

    # Groups.

    def group_by(self, *keys: Column, **named: Column) -> GroupBy:
        """One group for each different combination of the keys; two nulls are equal here."""
        return GroupBy(self, "plain", _named(keys, named, "group_by()"))

    def rollup(self, *keys: Column) -> GroupBy:
        """Groups by all keys, then by all but the last, down to one group of all rows."""
        return GroupBy(self, "rollup", _columns(keys, "rollup()"))

    def cube(self, *keys: Column) -> GroupBy:
        """Groups by every subset of the keys."""
        return GroupBy(self, "cube", _columns(keys, "cube()"))

    def grouping_sets(self, *sets: Sequence[Column]) -> GroupBy:
        """Groups by each of these sets of keys."""
        return GroupBy(self, "sets", [], [_columns_of(keys, "grouping_sets()") for keys in sets])

    def agg(self, *measures: Column, **named: Column) -> DataFrame:
        """One row: these aggregates over all rows."""
        return self._then(self._native.aggregate(call_site(), "plain", [], _named(measures, named, "agg()")))

    def describe(self, *columns: str, statistics: Sequence[str] = ()) -> DataFrame:
        """Statistics of columns, one row each: count, null_count, mean, std, min, 25%, 50%, 75%, max."""
        return self._then(self._native.describe(call_site(), list(columns), list(statistics)))

    # Shapes.

    def unnest(
        self, column: Column, *, name: str | None = None, outer: bool = False, ordinality: str | None = None, fields: bool = False
    ) -> DataFrame:
        """One row for each element of the list (or entry of the map).

        Args:
            column: The list.
            name: The name of the column of elements; without it they take the place of the list.
            outer: Keeps a row whose list is empty or null.
            ordinality: Adds a column of this name with the 1-based position.
            fields: Makes a column of each field where the elements are structs.
        """
        return self._then(self._native.unnest(call_site(), _column(column, "unnest()"), name, outer, ordinality, fields))

    def pivot(self, on: Column, values: Sequence[Any] | None = None, *, rows: Any, cells: Any) -> DataFrame:
        """Values of the column `on` as columns: one row for each combination of `rows`, filled with the aggregates `cells`."""
        keys, measures = _columns_of(rows, "pivot(rows=)"), _columns_of(cells, "pivot(cells=)")
        return self._then(self._native.pivot(call_site(), keys, _column(on, "pivot()"), list(values or ()), measures))

    def unpivot(
        self, columns: Any, *, keep: Any = (), names_to: str = "variable", values_to: str = "value", keep_nulls: bool = True
    ) -> DataFrame:
        """Each of the columns as rows of its name and its value."""
        values, kept = _columns_of(columns, "unpivot()"), _columns_of(keep, "unpivot(keep=)")
        return self._then(self._native.unpivot(call_site(), values, kept, (names_to, values_to), keep_nulls))

    def fill_null(self, value: Any) -> DataFrame:
        """Nulls replaced by a value in every column of its family of types, or by the value of each column in a dict."""
        if isinstance(value, Mapping):
            return self._then(self._native.fill_null_of(call_site(), list(value.items())))
        if isinstance(value, (list, tuple, set)):
            raise TypeError(f"fill_null() takes one value, or a dict of columns and values, not {value!r}")
        return self._then(self._native.fill_null(call_site(), value))

    def drop_nulls(self, *columns: str, at_least: int | None = None, nan_too: bool = False) -> DataFrame:
        """The rows without a null in these columns (or in any); `at_least` keeps rows with so many values that are not null."""
        return self._then(self._native.drop_nulls(call_site(), list(columns), at_least, nan_too))

    def replace(self, values: Mapping[Any, Any], columns: str | Sequence[str] = ()) -> DataFrame:
        """Values replaced by others in these columns, or in every column."""
        names = [columns] if isinstance(columns, str) else list(columns)
        return self._then(self._native.replace(call_site(), names, list(_mapping(values, "replace()").items())))

    def alias(self, name: str, columns: Sequence[str] | None = None) -> DataFrame:
        """The same rows under a name, for `qualified` columns and for a join of a frame with itself."""
        return self._then(self._native.alias(call_site(), _text(name, "alias()"), None if columns is None else list(columns)))

    def repartition(self, n: int | None = None, *, by: Any = None, by_range: SortKeys = None) -> DataFrame:
        """The rows over `n` partitions: in turn, by the hash of columns, or by ranges."""
        keys = [] if by_range is None else _sort_keys((by_range,), "repartition(by_range=)")
        return self._then(self._native.repartition(call_site(), n, _columns_of(by, "repartition(by=)"), keys))

    def coalesce(self, n: int) -> DataFrame:
        """The rows over at most `n` partitions, without moving them about."""
        return self._then(self._native.coalesce(call_site(), n))

    def hint(self, name: str, *args: Column) -> DataFrame:
        """Advice to the engine, which may ignore it."""
        return self._then(self._native.hint(call_site(), name, _columns(args, "hint()")))

    def observe(self, name: str, *metrics: Column) -> DataFrame:
        """Measures the rows that pass here, beside the result."""
        return self._then(self._native.observe(call_site(), name, _columns(metrics, "observe()")))

    def bind(self, values: Mapping[str, Any] | None = None, **named: Any) -> DataFrame:
        """Gives parameters their values."""
        native = self._native
        for name, value in {**(values or {}), **named}.items():
            native = native.bind(call_site(), name, value)
        return self._then(native)

    # Actions.

    def collect(self) -> Table:
        """Runs the query: all its rows, in memory. Ctrl-C stops it, on the server too."""
        told = Progress()
        try:
            return Table(self._native.collect(told))
        finally:
            told.close()

    async def collect_async(self) -> Table:
        """Runs the query without blocking the event loop; cancelling the task stops the query."""
        import asyncio

        loop = asyncio.get_running_loop()
        future: asyncio.Future[Table] = loop.create_future()

        def settle(batches: _native.Batches | None, error: BaseException | None) -> None:
            if future.done():
                return
            if batches is None:
                future.set_exception(error or RuntimeError("the query ended by itself"))
            else:
                future.set_result(Table(batches))

        task = self._native.collect_task(lambda batches, error: loop.call_soon_threadsafe(settle, batches, error))
        try:
            return await future
        except asyncio.CancelledError:
            task.cancel()
            raise

    def stream(self) -> RecordBatchStream:
        """Runs the query: its batches, as they come. Closing the stream stops the query.

        Example:
            >>> with session.range(10).stream() as batches:
            ...     sum(batch.num_rows for batch in batches)
            10
        """
        return RecordBatchStream(self._native.stream())

    def to_arrow(self) -> pyarrow.Table:
        """The rows as a `pyarrow.Table`."""
        return self.collect().to_arrow()

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a `pandas.DataFrame`."""
        return self.collect().to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """The rows as a `polars.DataFrame`."""
        return self.collect().to_polars()

    def to_pydict(self) -> dict[str, list[Any]]:
        """The rows as a dict of columns."""
        return self.collect().to_pydict()

    def to_pylist(self) -> list[dict[str, Any]]:
        """The rows as a list of dicts."""
        return self.collect().to_pylist()

    def rows(self) -> list[tuple[Any, ...]]:
        """The rows as a list of tuples."""
        return self.collect().rows()

    def count(self) -> int:
        """How many rows there are."""
        count = _native.Expr.aggregate("std", "count", []).alias("count")
        return int(self._then(self._native.aggregate(call_site(), "plain", [], [count])).rows()[0][0])

    def scalar(self) -> Any:
        """The one value of one row of one column."""
        rows = self.limit(2).rows()
        if len(rows) != 1 or len(rows[0]) != 1:
            found = f"{len(rows)} rows" + (f" of {len(rows[0])} columns" if rows else "")
            raise CardinalityViolationError(f"scalar() needs one row of one column, not {found}")
        return rows[0][0]

    def show(self, n: int = 20) -> None:
        """Prints the first rows as a table, as wide as the terminal.

        Example:
            >>> session.range(1).show()
            +-------+
            |    id |
            | int64 |
            +-------+
            |     0 |
            +-------+
            1 row
        """
        print(self._native.table_text(call_site(), n, terminal_width()), end="")

    @property
    def schema(self) -> Schema:
        """The columns, without running the query."""
        return Schema(self._native.schema())

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self.schema.names

    @property
    def dtypes(self) -> dict[str, str]:
        """The types of the columns by name."""
        return dict(self.schema)

    def explain(self, mode: str = "physical", *, analyze: bool = False) -> Explanation:
        """How the query would run; with `analyze` it runs, and rows and times are told. Its form is for people and may change."""
        import json

        text, tree = self._native.explain("analyze" if analyze else mode)
        return Explanation(text, json.loads(tree))

    def plan(self) -> Plan:
        """The plan: the protobuf message that an action sends."""
        return Plan(self._native.plan())

    def cache(self) -> DataFrame:
        """Runs the query now and keeps its rows in the session; the frame that comes back reads them."""
        return self._then(self._native.cache(call_site()))

    def uncache(self) -> None:
        """Gives up what `cache` kept."""
        self._native.uncache()

    def create_view(self, name: str | Sequence[str]) -> None:
        """Gives the query a name in the session."""
        self._session.create_view(name, self)

    # Writes.

    def _write(self, format: str, target: Any, options: dict[str, Any]) -> WriteSummary:
        given = {key: value for key, value in options.items() if value is not None}
        if "sort_by" in given:
            given["sort_by"] = _sort_keys((given["sort_by"],), "sort_by=")
        if "partition_by" in given:
            given["partition_by"] = [given["partition_by"]] if isinstance(given["partition_by"], str) else list(given["partition_by"])
        if "options" in given:
            given["options"] = [(key, str(value)) for key, value in given["options"].items()]
        if "overwrite_where" in given:
            given["overwrite_where"] = _operand(given["overwrite_where"], "overwrite_where=")
        return WriteSummary(*self._native.write(format, target, given))

    def write_parquet(self, path: Any, *, mode: str = "error", **options: Any) -> WriteSummary:
        """Writes Parquet files into a folder, or one file where the path ends in an extension.

        Args:
            path: Where to.
            mode: What to do to what is there: error, append, overwrite, overwrite_partitions or ignore.
            **options: `partition_by`, `sort_by`, `storage_profile`, and `options`, a dict such as `{"compression": "zstd(3)"}`.
        """
        return self._write("parquet", str(path), {"mode": mode, **options})

    def write_csv(self, path: Any, *, mode: str = "error", csv: Mapping[str, Any] | None = None, **options: Any) -> WriteSummary:
        """Writes CSV files; `csv` has the options of `Session.read_csv`, such as `{"delimiter": ";"}`."""
        return self._write("csv", str(path), {"mode": mode, "csv": None if csv is None else dict(csv), **options})

    def write_json(self, path: Any, *, mode: str = "error", json: Mapping[str, Any] | None = None, **options: Any) -> WriteSummary:
        """Writes files with one JSON object per line."""
        return self._write("json", str(path), {"mode": mode, "json": None if json is None else dict(json), **options})

    def write_arrow(self, path: Any, *, mode: str = "error", stream: bool = False, **options: Any) -> WriteSummary:
        """Writes Arrow IPC files."""
        return self._write("arrow", str(path), {"mode": mode, "stream": stream, **options})

    def write_avro(self, path: Any, *, mode: str = "error", **options: Any) -> WriteSummary:
        """Writes Avro files."""
        return self._write("avro", str(path), {"mode": mode, **options})

    def write_table(self, name: str | Sequence[str], *, mode: str = "error", **options: Any) -> WriteSummary:
        """Makes a table of the rows, or writes them into one."""
        return self._write("table", name if isinstance(name, str) else list(name), {"mode": mode, **options})

    def insert_into(self, name: str | Sequence[str]) -> WriteSummary:
        """Adds the rows to a table; columns are matched by name."""
        return self.write_table(name, mode="append")


class GroupBy:
    """Keys that wait for their measures. Made by `DataFrame.group_by` and its kin."""

    def __init__(self, frame: DataFrame, mode: str, keys: list[_native.Expr], sets: list[list[_native.Expr]] | None = None) -> None:
        self._frame, self._mode, self._keys, self._sets = frame, mode, keys, sets

    def agg(self, *measures: Column, **named: Column) -> DataFrame:
        """The keys, then these aggregates, one row per group."""
        columns = _named(measures, named, "agg()")
        native = self._frame._native
        if self._sets is not None:
            return self._frame._then(native.grouping_sets(call_site(), self._sets, columns))
        return self._frame._then(native.aggregate(call_site(), self._mode, self._keys, columns))

    def count(self) -> DataFrame:
        """The keys and the number of rows of each group, as `count`."""
        return self.agg(Expr(_native.Expr.aggregate("std", "count", []).alias("count")))

    def pivot(self, column: Column, values: Sequence[Any] | None = None) -> PivotedGroupBy:
        """Spreads the measures over columns: one for each of these values of the column."""
        if self._mode != "plain":
            raise ValueError("pivot() stands after group_by(), not after rollup(), cube() or grouping_sets()")
        return PivotedGroupBy(self, _column(column, "pivot()"), list(values or ()))


class PivotedGroupBy:
    """Groups whose measures become columns. Made by `GroupBy.pivot`."""

    def __init__(self, grouped: GroupBy, column: _native.Expr, values: list[Any]) -> None:
        self._grouped, self._column, self._values = grouped, column, values

    def agg(self, *measures: Column, **named: Column) -> DataFrame:
        """The keys, then a column for each value and measure."""
        frame = self._grouped._frame
        columns = _named(measures, named, "agg()")
        return frame._then(frame._native.pivot(call_site(), self._grouped._keys, self._column, self._values, columns))


class RecordBatchStream:
    """The batches of a running query: an iterator, a context manager, and an Arrow stream. It is read once."""

    def __init__(self, native: _native.Stream) -> None:
        self._native = native

    @property
    def schema(self) -> Schema:
        """The columns of every batch."""
        return Schema(self._native.schema())

    @property
    def query_id(self) -> str:
        """The id of the query."""
        return self._native.query_id()

    def __iter__(self) -> Iterator[RecordBatch]:
        return self

    def __next__(self) -> RecordBatch:
        batch = self._native.next()
        if batch is None:
            raise StopIteration
        return RecordBatch(batch)

    def __enter__(self) -> RecordBatchStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self._native.export_stream()

    def close(self) -> None:
        """Stops the query."""
        self._native.close()

    def cancel(self) -> None:
        """Stops the query while another thread reads it, which gets a `CancelledError`."""
        self._native.cancel()


def _frame(value: Any, where: str) -> _native.Frame:
    if not isinstance(value, DataFrame):
        raise TypeError(f"{where} takes a DataFrame, not {type(value).__name__}: {value!r}")
    return value._native


def _count(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{where} takes a number of rows, not {value!r}")
    if value < 0:
        raise ValueError(f"{where}: a number of rows cannot be {value}")
    return value


def _directed(keys: tuple[Any, ...], descending: bool, nulls: str | None, where: str) -> list[_native.SortKey]:
    if not descending and nulls is None:
        return _sort_keys(keys, where)
    first = _nulls_first(nulls)
    return [column.sort_key(descending, first) for column in _columns(keys, where)]


def _schema(schema: Any) -> Any:
    return {name: _dtype(dtype) for name, dtype in schema.items()} if isinstance(schema, Mapping) else schema
