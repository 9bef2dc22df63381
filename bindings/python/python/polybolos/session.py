"""Sessions: where frames start and where they run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from polybolos import _native
from polybolos._expr import Column, _columns, _operand
from polybolos._site import call_site
from polybolos.dataframe import DataFrame, _schema
from polybolos.errors import SessionNotFoundError
from polybolos.plan import Plan
from polybolos.table import Table

if TYPE_CHECKING:
    import pandas
    import polars

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
TableName = str | Sequence[str]
Pem = str | os.PathLike[str] | bytes


class TableInfo(NamedTuple):
    """A table or view of the catalog."""

    catalog: str
    schema: str
    name: str
    kind: str


class Tls(NamedTuple):
    """What a connection over TLS trusts and shows. Each certificate is a PEM file, or its bytes.

    Attributes:
        ca: The authority to trust, instead of those that the system trusts.
        certificate: The certificate that this client shows, where the server asks for one.
        key: Its private key.
        server_name: The name that the server's certificate must have, where it is not the host of the address.
    """

    ca: Pem | None = None
    certificate: Pem | None = None
    key: Pem | None = None
    server_name: str | None = None

    def __repr__(self) -> str:
        return f"Tls(server_name={self.server_name!r})"


def connect(
    url: str | None = None,
    *,
    token: str | None = None,
    tls: Tls | None = None,
    timeout: float | None = None,
    options: Mapping[str, str] | None = None,
    roots: Mapping[str, tuple[str | os.PathLike[str], str]] | None = None,
    memory_bytes: int | None = None,
    threads: int | None = None,
    spill_dir: str | os.PathLike[str] | None = None,
) -> Session:
    """Opens a session: the engine in this process, or a server.

    Args:
        url: `grpc://host:port` or `grpc+tls://host:port`; without it the engine runs in this process.
        token: The bearer token; without it that of the variable `POLYBOLOS_TOKEN`.
        tls: Certificates, for `grpc+tls://` where the system's authorities are not enough.
        timeout: How long to wait for the server, in seconds; 10 unless given.
        options: Options of the session, such as `{"time_zone": "Europe/Vienna"}`.
        roots: Embedded: the folders that queries reach, by name, each with "r" or "rw"; the whole file system unless given.
        memory_bytes: Embedded: memory for operators; half of the machine's unless given.
        threads: Embedded: threads that run operators; the cores unless given.
        spill_dir: Embedded: where operators spill.

    Returns:
        The session. It is a context manager.

    Example:
        >>> with pb.connect() as s:
        ...     s.sql("select 1 + 1 as two").to_pydict()
        {'two': [2]}
    """
    settings = [(key, str(value)) for key, value in (options or {}).items()]
    if url is not None:
        if any(value is not None for value in (roots, memory_bytes, threads, spill_dir)):
            raise TypeError("roots, memory_bytes, threads and spill_dir are for the engine in this process: leave out the url")
        return Session(_native.Session.flight(url, token, *_certificates(tls or Tls()), timeout, settings))
    if any(value is not None for value in (token, tls, timeout)):
        raise TypeError("token, tls and timeout are for a server: give its url")
    folders = None if roots is None else [(name, os.fspath(folder), _writable(access)) for name, (folder, access) in roots.items()]
    spill = None if spill_dir is None else os.fspath(spill_dir)
    return Session(_native.Session.embedded(folders, memory_bytes, threads, spill, settings))


class Session:
    """A session: its views, uploaded data and options end with it. Made by `connect`."""

    def __init__(self, native: _native.Session) -> None:
        self._open: _native.Session | None = native

    @staticmethod
    def detached() -> Session:
        """A session that builds plans and runs none."""
        return Session(_native.Session.detached())

    @property
    def _handle(self) -> _native.Session:
        if self._open is None:
            raise SessionNotFoundError("the session is closed; open another one with pb.connect()")
        return self._open

    @property
    def closed(self) -> bool:
        """Whether the session has been closed."""
        return self._open is None

    def close(self) -> None:
        """Ends the session. A second call does nothing."""
        native, self._open = self._open, None
        if native is not None:
            native.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Session({'closed' if self.closed else 'open'})"

    def _frame(self, native: _native.Frame) -> DataFrame:
        return DataFrame(native, self)

    # Where frames start.

    def _read(self, format: str, paths: Paths, options: dict[str, Any]) -> DataFrame:
        several = [paths] if isinstance(paths, (str, os.PathLike)) else paths
        if not isinstance(several, (list, tuple)):
            raise TypeError(f"read_{format}() takes a path, or a list of them, not {paths!r}")
        given = {key: value for key, value in options.items() if value is not None}
        for key in ("schema", "partition_columns"):
            if key in given:
                given[key] = _schema(given[key])
        return self._frame(self._handle.read(call_site(), format, [os.fspath(path) for path in several], given))

    def read_parquet(self, paths: Paths, **options: Any) -> DataFrame:
        """The rows of Parquet files: paths, globs, folders, URLs, as the engine sees them.

        Args:
            paths: One, or several.
            **options: `schema`, `partition_columns` (dicts of names and types), `storage_profile`, `binary_as_string`.
        """
        return self._read("parquet", paths, options)

    def read_csv(self, paths: Paths, **options: Any) -> DataFrame:
        """The rows of CSV files.

        Args:
            paths: One, or several.
            **options: `schema`, `header`, `delimiter`, `quote`, `escape`, `comment`, `null_text`, `compression`, `timestamp_format`,
                `multiline`, `partition_columns`, `storage_profile`.
        """
        return self._read("csv", paths, options)

    def read_json(self, paths: Paths, **options: Any) -> DataFrame:
        """The rows of JSON files, one object per line unless `lines=False`; also `schema`, `compression`."""
        return self._read("json", paths, options)

    def read_arrow(self, paths: Paths, **options: Any) -> DataFrame:
        """The rows of Arrow IPC files."""
        return self._read("arrow", paths, options)

    def read_avro(self, paths: Paths, **options: Any) -> DataFrame:
        """The rows of Avro files."""
        return self._read("avro", paths, options)

    def table(self, name: TableName) -> DataFrame:
        """The rows of a table or view: `"sales.orders"`, or exact parts `["sales", "orders"]`."""
        return self._frame(self._handle.table(call_site(), _name(name)))

    def sql(
        self,
        text: str,
        params: Sequence[Any] | Mapping[str, Any] | None = None,
        inputs: Mapping[str, DataFrame] | None = None,
        dialect: str | None = None,
    ) -> DataFrame:
        """The rows of a query in SQL; nothing runs yet.

        Args:
            text: The query.
            params: Values of `$1`, `$2` ... (a list), or of `$name` (a dict).
            inputs: Frames that the text calls by these names.
            dialect: The dialect of the text.

        Example:
            >>> session.sql("select * from t where id > $1", [1], {"t": session.range(3)}).to_pydict()
            {'id': [2]}
        """
        positional, named = [], []
        if isinstance(params, Mapping):
            named = [(name, _operand(value, "sql(params=)")) for name, value in params.items()]
        elif params is not None:
            positional = [_operand(value, "sql(params=)") for value in params]
        frames = [(name, frame._native) for name, frame in (inputs or {}).items()]
        return self._frame(self._handle.sql(call_site(), text, positional, named, frames, dialect))

    def execute(self, text: str) -> Table:
        """Runs one SQL statement of any kind at once: a query answers its rows, a command one row that says what it did."""
        return Table(self._handle.execute(text).collect())

    def run_plan(self, plan: Plan | bytes, parameters: Sequence[str] = ()) -> Table:
        """Runs a plan that was made elsewhere; parameters are literals in protobuf's text format."""
        checked = plan if isinstance(plan, Plan) else Plan.from_bytes(plan)
        return Table(self._handle.run_plan(checked._native, list(parameters)).collect())

    def select(self, *columns: Column, **named: Column) -> DataFrame:
        """One row of these values, without a source."""
        return self.range(1).select(*columns, **named)

    def range(self, start: int, end: int | None = None, step: int = 1) -> DataFrame:
        """The numbers from `start` (0 unless both are given) up to, but without, `end`, as a column `id`."""
        first, last = (0, start) if end is None else (start, end)
        return self._frame(self._handle.range(call_site(), first, last, step))

    def from_pydict(self, data: Mapping[str, Any], schema: Any = None) -> DataFrame:
        """The rows of a dict of columns: lists, Arrow arrays, NumPy arrays.

        Example:
            >>> session.from_pydict({"x": [1, None]}, {"x": "int32"}).schema
            Schema(x: int32)
        """
        return self._frame(self._handle.columns(call_site(), dict(data), None if schema is None else _schema(schema)))

    def from_pylist(self, rows: Sequence[Mapping[str, Any]], schema: Any = None) -> DataFrame:
        """The rows of a list of dicts; a key that a row lacks is null."""
        names: dict[str, None] = {}
        for row in rows:
            names.update(dict.fromkeys(row))
        if schema is not None and isinstance(schema, Mapping):
            names = dict.fromkeys(schema)
        return self.from_pydict({name: [row.get(name) for row in rows] for name in names}, schema)

    def from_arrow(self, data: Any) -> DataFrame:
        """The rows of Arrow data: a table, a batch, a stream, or an iterable of batches.

        What is in memory stays there until an action sends it. A stream or an iterator is read and sent now, batch by batch, so that it
        may be larger than memory; an exception that it raises gives the upload up.
        """
        if hasattr(data, "__arrow_c_stream__") and _in_memory(data):
            return self._frame(self._handle.batches(call_site(), data))
        if hasattr(data, "__arrow_c_array__"):
            return self._upload([data])
        if hasattr(data, "__arrow_c_stream__"):
            import pyarrow

            return self._upload(pyarrow.RecordBatchReader.from_stream(data))
        if isinstance(data, Iterable):
            return self._upload(data)
        raise TypeError(f"from_arrow() takes Arrow data, not {type(data).__name__}")

    def _upload(self, batches: Iterable[Any]) -> DataFrame:
        iterator = iter(batches)
        first = next(iterator, None)
        if first is None:
            schema = getattr(batches, "schema", None)
            if schema is None:
                raise ValueError("from_arrow(): there is no batch, so the columns are not known")
            return self._frame(self._handle.upload(call_site(), schema).finish())
        upload = self._handle.upload(call_site(), first.schema)
        try:
            going = upload.send(first)
            while going and (batch := next(iterator, None)) is not None:
                going = upload.send(batch)
        except BaseException:
            upload.abort()
            raise
        return self._frame(upload.finish())

    def from_pandas(self, frame: pandas.DataFrame) -> DataFrame:
        """The rows of a pandas DataFrame, without its index."""
        import pyarrow

        return self.from_arrow(pyarrow.Table.from_pandas(frame, preserve_index=False))

    def from_polars(self, frame: polars.DataFrame) -> DataFrame:
        """The rows of a Polars DataFrame."""
        return self.from_arrow(frame)

    def table_function(self, name: str, *args: Column) -> DataFrame:
        """The rows that a function gives, such as `generate_series`."""
        return self._frame(self._handle.table_function(call_site(), name, _columns(args, "table_function()")))

    # The catalog and the session itself.

    def create_view(self, name: TableName, frame: DataFrame, *, shared: bool = False, if_exists: str = "replace") -> None:
        """Gives the query a name in this session; shared, everybody sees it. `if_exists`: replace, error or ignore."""
        self._handle.create_view(_name(name), frame._native, shared, if_exists)

    def drop_view(self, name: TableName, *, missing_ok: bool = False) -> None:
        """Removes a view."""
        self._handle.drop_view(_name(name), missing_ok)

    def drop_table(self, name: TableName) -> None:
        """Removes a table with its rows."""
        self._handle.drop_table(_name(name))

    def tables(self) -> list[TableInfo]:
        """The tables and views that the session sees."""
        return [TableInfo(*facts) for facts in self._handle.tables()]

    def queries(self, *, all_states: bool = False) -> list[dict[str, Any]]:
        """The caller's queries that wait or run, or also those that ended lately."""
        return self._handle.queries(all_states)

    def cancel(self, query_id: str) -> str:
        """Cancels a query, and tells what became of it."""
        return self._handle.cancel(query_id)

    def options(self) -> dict[str, str]:
        """All options of the session."""
        return dict(self._handle.options())

    def set_option(self, key: str, value: Any) -> None:
        """Sets one option, such as `time_zone`."""
        self._handle.set_option(key, str(value))

    def capabilities(self) -> dict[str, Any]:
        """What the other side can do."""
        return self._handle.capabilities()

    def with_tags(self, *tags: str) -> Session:
        """The same session; its queries carry these labels."""
        return Session(self._handle.with_tags(list(tags)))

    def with_batch_rows(self, rows_max: int) -> Session:
        """The same session; its results come in batches of at most so many rows."""
        return Session(self._handle.with_batch_rows(rows_max))


def _writable(access: str) -> bool:
    if access not in ("r", "rw"):
        raise ValueError(f'connect(roots=): access is "r" or "rw", not {access!r}')
    return access == "rw"


def _certificates(tls: Tls) -> tuple[bytes | None, tuple[bytes, bytes] | None, str | None]:
    if (tls.certificate is None) != (tls.key is None):
        raise TypeError("Tls(): a certificate and its key go together")
    shown = None if tls.certificate is None or tls.key is None else (_pem(tls.certificate), _pem(tls.key))
    return None if tls.ca is None else _pem(tls.ca), shown, tls.server_name


def _pem(pem: Pem) -> bytes:
    if isinstance(pem, bytes):
        return pem
    with open(pem, "rb") as file:
        return file.read()


def _name(name: TableName) -> Any:
    return name if isinstance(name, str) else list(name)


def _in_memory(data: Any) -> bool:
    """Whether all rows are there already: a table has a length, a stream has none."""
    return hasattr(data, "__len__") or hasattr(data, "num_rows")
