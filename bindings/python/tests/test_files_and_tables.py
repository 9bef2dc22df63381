"""Reads, writes, views, tables and SQL, embedded and over Flight."""

import pathlib
import re
import signal
import subprocess

import polybolos as pb
import pyarrow.parquet
import pytest
from polybolos import col

ROOT = pathlib.Path(__file__).resolve().parents[3]
ROWS = {"id": [1, 2, 3], "name": ["a", None, "ü"], "year": [2024, 2025, 2025]}


@pytest.fixture(params=["embedded", "flight"])
def door(request, tmp_path: pathlib.Path):
    """A session that may write below a folder of its own, and that folder."""
    if request.param == "embedded":
        with pb.connect(roots={"data": (tmp_path, "rw")}) as session:
            yield session, tmp_path
        return
    command = [str(ROOT / "bin" / "polybolos"), "serve", "--listen", "127.0.0.1:0", "--data", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    port = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline()).group(1)
    with pb.connect(f"grpc://127.0.0.1:{port}") as session:
        yield session, tmp_path
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)


@pytest.mark.parametrize("format", ["parquet", "csv", "json", "arrow", "avro"])
def test_what_is_written_is_read_again(door, format: str) -> None:
    session, _ = door
    frame = session.from_pydict(ROWS)
    summary = getattr(frame, f"write_{format}")(f"out.{format}")
    assert (summary.rows, summary.files) == (3, 1)
    assert getattr(session, f"read_{format}")(f"out.{format}").sort("id").to_pydict() == ROWS


def test_partitions_and_modes(door) -> None:
    session, folder = door
    frame = session.from_pydict(ROWS)
    frame.write_parquet("out", partition_by="year", options={"compression": "zstd(3)"})
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["year=2024", "year=2025"]
    with pytest.raises(pb.AlreadyExistsError):
        frame.write_parquet("out")
    frame.write_parquet("out", mode="overwrite", sort_by=col("id").desc())
    files = list((folder / "out").rglob("*.parquet"))
    assert pyarrow.parquet.read_table(files[0])["id"].to_pylist() == [3, 2, 1]
    with pytest.raises(ValueError, match="there are error, append"):
        frame.write_parquet("out", mode="replace")
    with pytest.raises(pb.InvalidArgumentError, match="no option named"):
        frame.write_parquet("out", partition="year")


def test_csv_with_a_schema_and_its_own_signs(door) -> None:
    session, folder = door
    (folder / "odd.csv").write_text("1;x\n2;-\n", encoding="utf-8")
    frame = session.read_csv("odd.csv", schema={"n": "int32", "s": str}, header=False, delimiter=";", null_text="-")
    assert frame.dtypes == {"n": "int32", "s": "string"}
    assert frame.rows() == [(1, "x"), (2, None)]
    with pytest.raises(pb.InvalidArgumentError, match='no option named "delimeter"'):
        session.read_csv("odd.csv", delimeter=";")


def test_views_tables_and_statements(door) -> None:
    session, _ = door
    frame = session.from_pydict(ROWS)
    session.create_view("young", frame.filter(col("year") > 2024))
    assert session.table("young").count() == 2
    assert session.sql("select name from young where id = $id", {"id": 3}).scalar() == "ü"
    assert "young" in {table.name for table in session.tables()}
    session.drop_view("young")
    with pytest.raises(pb.TableNotFoundError) as caught:
        session.table("young").collect()
    assert caught.value.line is not None
    frame.write_table("kept")
    assert frame.insert_into("kept").rows == 3
    assert session.execute("select count(*) as n from kept").to_pydict() == {"n": [6]}
    session.drop_table("kept")


def test_a_cached_frame_is_computed_once(door) -> None:
    session, _ = door
    cached = session.range(3).with_columns(r=pb.functions.random()).cache()
    assert cached.rows() == cached.rows()
    cached.uncache()
    with pytest.raises(pb.Error):
        cached.rows()


def test_options_queries_and_capabilities(door) -> None:
    session, _ = door
    session.set_option("time_zone", "Europe/Vienna")
    assert session.options()["time_zone"] == "Europe/Vienna"
    with pytest.raises(pb.InvalidArgumentError):
        session.set_option("no_such_option", 1)
    session.with_tags("nightly").range(1).collect()
    assert any("nightly" in query["tags"] for query in session.queries(all_states=True))
    assert session.capabilities()["engine"] == "datafusion"


def test_a_file_that_is_not_there_names_it_and_the_line(door) -> None:
    session, _ = door
    frame = session.read_parquet("nowhere/*.parquet")  # the line to blame
    with pytest.raises(pb.FileNotFoundError) as caught:
        frame.collect()
    assert "nowhere" in caught.value.message
    assert "the line to blame" in str(caught.value)
