"""The conformance corpus: its cases by name, and their expected results. See `conformance/README.md`."""

import functools
import tomllib

import pyarrow as pa
import pyarrow.ipc
from conftest import CORPUS

CASES = {str(path.relative_to(CORPUS / "cases").with_suffix("")): path for path in sorted((CORPUS / "cases").rglob("*.toml"))}


@functools.cache
def load(name: str) -> dict:
    return tomllib.loads(CASES[name].read_text(encoding="utf-8"))


def expected(name: str) -> pa.Table:
    with pa.ipc.open_stream(CASES[name].with_suffix(".arrow")) as reader:
        return reader.read_all()


def rows_of(table: pa.Table) -> list[tuple]:
    columns = [column.to_pylist() for column in table.columns]
    return list(zip(*columns)) if columns else [()] * table.num_rows
