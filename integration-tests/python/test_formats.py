"""Files that Polybolos writes, read by the libraries that define the formats, and the other way round."""

import datetime
import decimal
import json
import pathlib
import subprocess

import duckdb
import fastavro
import pyarrow as pa
import pyarrow.ipc
import pytest

ROWS = """select * from (values
    (1, 'Ada', 1.5, date '2024-02-29', arrow_cast('2024-02-29T12:00:00.000123', 'Timestamp(Microsecond, None)'), true, arrow_cast(12.34, 'Decimal128(10, 2)')),
    (2, null, null, null, null, null, null)) t(id, name, score, day, seen, yes, price)"""

EXPECTED = [
    (1, "Ada", 1.5, datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 12, 0, 0, 123), True, decimal.Decimal("12.34")),
    (2, None, None, None, None, None, None),
]
NAMES = ["id", "name", "score", "day", "seen", "yes", "price"]


@pytest.fixture
def sql(polybolos, tmp_path):
    """Runs statements by the CLI and answers CSV."""

    def run(text: str) -> str:
        script = tmp_path / "script.sql"
        script.write_text(text + ";\n")
        done = subprocess.run([polybolos, "sql", "-f", str(script), "--format", "csv"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def plain(value):
    """A value without the zone that fastavro gives to wall clock readings."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    return value


def test_fastavro_reads_what_is_written(sql, tmp_path):
    sql(f"copy ({ROWS}) to '{tmp_path}/x.avro' stored as avro")
    with (tmp_path / "x.avro").open("rb") as file:
        rows = [tuple(plain(row[name]) for name in NAMES) for row in fastavro.reader(file)]
    assert rows == EXPECTED


def test_fastavro_reads_an_empty_file(sql, tmp_path):
    sql(f"copy (select 1 as a where false) to '{tmp_path}/e.avro' stored as avro")
    with (tmp_path / "e.avro").open("rb") as file:
        reader = fastavro.reader(file)
        assert [field["name"] for field in reader.writer_schema["fields"]] == ["a"]
        assert list(reader) == []


def test_pyarrow_reads_an_arrow_stream_and_an_arrow_file(sql, tmp_path):
    sql(f"copy ({ROWS}) to '{tmp_path}/x.arrows' stored as arrow options (stream 'true')")
    sql(f"copy ({ROWS}) to '{tmp_path}/x.arrow' stored as arrow")
    stream = pa.ipc.open_stream(tmp_path / "x.arrows").read_all()
    assert [tuple(row.values()) for row in stream.to_pylist()] == EXPECTED
    assert pa.ipc.open_file(tmp_path / "x.arrow").read_all().equals(stream)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_duckdb_reads_a_json_array(sql, tmp_path, compression):
    suffix = {"none": "", "gzip": ".gz", "zstd": ".zst"}[compression]
    path = tmp_path / f"x.json{suffix}"
    query = "select n, 'text \"' || n as s from generate_series(1, 20000) t(n)"
    sql(f"copy ({query}) to '{path}' stored as json options (lines 'false', compression '{compression}')")
    told = duckdb.sql(f"select count(*), sum(n), max(length(s)) from read_json('{path}', format = 'array')").fetchall()
    assert told == [(20000, 20000 * 20001 // 2, 11)]
    if compression == "none":
        assert len(json.loads(path.read_text())) == 20000


def avro_file(path: pathlib.Path, codec: str, rows: int) -> None:
    schema = {"type": "record", "name": "r", "fields": [{"name": "n", "type": "long"}, {"name": "s", "type": ["null", "string"]}]}
    with path.open("wb") as file:
        fastavro.writer(file, schema, ({"n": n, "s": f"text {n}"} for n in range(rows)), codec=codec, sync_interval=4000)


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_what_fastavro_writes_is_read_and_a_cut_of_it_is_told(polybolos, sql, tmp_path, codec):
    path = tmp_path / "f.avro"
    avro_file(path, codec, 5000)
    assert f"{5000 * 4999 // 2}" in sql(f"select sum(n) as n from '{path}'")
    whole = path.read_bytes()
    for kept in (len(whole) - 1, len(whole) - 17, len(whole) // 2, 300):
        path.write_bytes(whole[:kept])
        query = f"select sum(n) as n from '{path}'"
        done = subprocess.run([polybolos, "sql", "-c", query], capture_output=True, text=True, timeout=60)
        assert done.returncode != 0 and "f.avro" in done.stderr, (kept, done.stdout, done.stderr)


def test_timestamps_are_parsed_as_python_parses_them(sql, tmp_path):
    pattern = "%d.%m.%Y %H:%M:%S"
    times = [datetime.datetime(2024, 1, 1) + datetime.timedelta(hours=37 * n, seconds=n) for n in range(500)]
    (tmp_path / "t.csv").write_text("seen\n" + "".join(time.strftime(pattern) + "\n" for time in times))
    sql_text = f"create external table t (seen timestamp) stored as csv location '{tmp_path}/t.csv' options (timestamp_format '{pattern}');"
    answer = sql(f"{sql_text} select min(seen) as a, max(seen) as b, count(distinct seen) as c from t")
    assert times[0].isoformat() in answer and times[-1].isoformat() in answer and "500" in answer
