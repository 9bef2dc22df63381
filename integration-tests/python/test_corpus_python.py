"""Every case of the corpus holds in the Python package: in this process, and on a server, over Flight."""

import pathlib
from collections.abc import Callable
from typing import NamedTuple

import polybolos as pb
import pyarrow as pa
import pytest
from conftest import CORPUS
from corpus import CASES, expected, load, rows_of
from values import difference

DATA = CORPUS / "data"


class Door(NamedTuple):
    """A way to an engine over the corpus' data (read only) and a scratch folder (writable)."""

    connect: Callable[[], pb.Session]
    scratch: pathlib.Path


@pytest.fixture(scope="module", params=["embedded", "flight"])
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Door:
    scratch = tmp_path_factory.mktemp("scratch")
    if request.param == "embedded":
        roots = {"data": (DATA, "r"), "scratch": (scratch, "rw")}
        return Door(lambda: pb.connect(roots=roots), scratch)
    config = tmp_path_factory.mktemp("server") / "server.toml"
    config.write_text(root("data", DATA, "false") + root("scratch", scratch, "true"))
    server = request.getfixturevalue("serve")("--config", str(config))
    return Door(lambda: pb.connect(server.url), scratch)


def root(name: str, folder: pathlib.Path, writable: str) -> str:
    return f'[[storage.roots]]\nname = "{name}"\nfolder = "{folder}"\nwritable = {writable}\n'


@pytest.mark.parametrize("name", CASES)
def test_case_holds(name: str, door: Door) -> None:
    case = load(name)
    scratch = door.scratch / name.replace("/", "-")
    scratch.mkdir()
    with door.connect() as session:
        if "error" not in case:
            compare(name, case, run(case, session, str(scratch)))
            return
        with pytest.raises(pb.Error) as error:
            run(case, session, str(scratch))
        compare_error(case["error"], error.value)


def run(case: dict, session: pb.Session, scratch: str) -> pa.Table:
    for statement in case.get("setup", []):
        session.execute(statement.replace("{scratch}", scratch))
    return session.run_plan(plan_of(case, scratch), case.get("parameters", [])).to_arrow()


def plan_of(case: dict, scratch: str) -> pb.Plan | bytes:
    if "plan_hex" in case:
        return bytes.fromhex(case["plan_hex"])
    return pb.Plan.from_text(case["plan"].replace("{scratch}", scratch))


def compare(name: str, case: dict, actual: pa.Table) -> None:
    promised = expected(name)
    assert columns_of(actual) == columns_of(promised)
    wrong = difference(rows_of(promised), rows_of(actual), case.get("ordered", False), case.get("float_tolerance", 0.0))
    assert wrong is None, wrong


def compare_error(promised: dict, actual: pb.Error) -> None:
    assert actual.code == promised["code"], actual
    assert type(actual).code == promised["code"]
    assert promised.get("relation", actual.relation) == actual.relation, actual
    assert promised.get("path", actual.path) == actual.path, actual
    assert set(promised.get("candidates", [])) <= set(actual.candidates), actual


def columns_of(table: pa.Table) -> list[tuple[str, pa.DataType]]:
    """Names and types, without nullability, metadata and layout."""
    return [(field.name, logical(field.type)) for field in table.schema]


def logical(dtype: pa.DataType) -> pa.DataType:
    kinds = pa.types
    if kinds.is_large_string(dtype) or kinds.is_string_view(dtype):
        return pa.string()
    if kinds.is_large_binary(dtype) or kinds.is_binary_view(dtype):
        return pa.binary()
    if kinds.is_list(dtype) or kinds.is_large_list(dtype):
        return pa.list_(logical(dtype.value_type))
    if kinds.is_fixed_size_list(dtype):
        return pa.list_(logical(dtype.value_type), dtype.list_size)
    if kinds.is_struct(dtype):
        return pa.struct([(field.name, logical(field.type)) for field in dtype])
    if kinds.is_map(dtype):
        return pa.map_(logical(dtype.key_type), logical(dtype.item_type))
    return dtype
