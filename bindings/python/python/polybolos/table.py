"""Results in memory: tables, record batches, schemas."""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from polybolos import _native

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_HTML_ROWS = 10


class Schema:
    """The columns of a result. It is an Arrow schema for everything that knows the Arrow PyCapsule interface.

    Example:
        >>> schema = session.range(3).schema
        >>> schema
        Schema(id: int64 not null)
        >>> schema.names, schema.types
        (['id'], ['int64'])
    """

    def __init__(self, native: _native.Schema) -> None:
        self._native = native
        self._fields = native.fields()

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [name for name, _, _ in self._fields]

    @property
    def types(self) -> list[str]:
        """The types of the columns, as plans name them."""
        return [dtype for _, dtype, _ in self._fields]

    def __len__(self) -> int:
        return len(self._fields)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter((name, dtype) for name, dtype, _ in self._fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self._fields == other._fields

    def __hash__(self) -> int:
        return hash(tuple(self._fields))

    def __repr__(self) -> str:
        return "Schema(" + ", ".join(f"{name}: {dtype}{'' if nullable else ' not null'}" for name, dtype, nullable in self._fields) + ")"

    def __arrow_c_schema__(self) -> Any:
        return self._native.export()

    def to_arrow(self) -> pyarrow.Schema:
        """The schema as a `pyarrow.Schema`."""
        import pyarrow

        return pyarrow.schema(self)


class Table:
    """A result in memory. It is an Arrow stream for everything that knows the Arrow PyCapsule interface.

    Example:
        >>> table = session.from_pydict({"x": [1, 2], "y": ["a", None]}).collect()
        >>> table.num_rows, table.to_pylist()
        (2, [{'x': 1, 'y': 'a'}, {'x': 2, 'y': None}])
    """

    def __init__(self, native: _native.Batches) -> None:
        self._native = native

    @property
    def schema(self) -> Schema:
        """The columns."""
        return Schema(self._native.schema())

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""
        return self.schema.names

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return self._native.num_rows()

    @property
    def nbytes(self) -> int:
        """The bytes that the rows take in memory."""
        return self._native.num_bytes()

    def __len__(self) -> int:
        return self.num_rows

    def __repr__(self) -> str:
        return self._native.table_text(20, terminal_width())

    def _repr_html_(self) -> str:
        return html_table(self._native, _HTML_ROWS)

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self._native.export_stream()

    def batches(self) -> list[RecordBatch]:
        """The batches that the result came in."""
        return [RecordBatch(batch) for batch in self._native.batches()]

    def to_pydict(self) -> dict[str, list[Any]]:
        """A dict of columns. Of columns with the same name the last one counts."""
        return dict(zip(self.column_names, self._native.columns()))

    def to_pylist(self) -> list[dict[str, Any]]:
        """A list of dicts, one for each row."""
        names = self.column_names
        return [dict(zip(names, row)) for row in self.rows()]

    def rows(self) -> list[tuple[Any, ...]]:
        """A list of tuples, one for each row."""
        columns = self._native.columns()
        return list(zip(*columns)) if columns else [()] * self.num_rows

    def to_arrow(self) -> pyarrow.Table:
        """A `pyarrow.Table`, without a copy."""
        import pyarrow

        return pyarrow.table(self)

    def to_pandas(self) -> pandas.DataFrame:
        """A `pandas.DataFrame`."""
        frame: pandas.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> polars.DataFrame:
        """A `polars.DataFrame`, without a copy where Polars takes the layout."""
        import polars

        return polars.DataFrame(self)


class RecordBatch(Table):
    """One batch of a result; an Arrow array of structs too."""

    def __arrow_c_array__(self, requested_schema: object = None) -> Any:
        return self._native.export_array()


def terminal_width() -> int | None:
    """The characters of a line of the terminal, where standard output is one."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns


def html_table(batches: _native.Batches, rows: int) -> str:
    """The first rows as an HTML table; every text in it is escaped."""
    fields = batches.schema().fields()
    head = "".join(f"<th>{html.escape(name)}<br><small>{html.escape(dtype)}</small></th>" for name, dtype, _ in fields)
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in batches.cells(rows))
    total = batches.num_rows()
    note = f"first {rows} rows, there are more" if total > rows else f"{total} row{'' if total == 1 else 's'}"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p><small>{note}</small></p>"


def _cell(cell: str | None) -> str:
    return "<td><i>NULL</i></td>" if cell is None else f"<td>{html.escape(cell)}</td>"
