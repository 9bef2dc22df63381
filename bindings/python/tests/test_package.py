"""The package as its users meet it, embedded and over Flight."""

import asyncio
import datetime as dt
import decimal
import os
import pathlib
import pickle
import re
import signal
import subprocess
import sys
import threading
from xml.etree import ElementTree

import polybolos as pb
import pyarrow as pa
import pytest
from polybolos import _native, col, lit
from polybolos import functions as F

ROOT = pathlib.Path(__file__).resolve().parents[3]
ROWS = {
    "k": [1, 2, None],
    "s": ["a", None, "ü"],
    "d": [decimal.Decimal("1.50"), None, decimal.Decimal("-2.25")],
    "t": [dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC), None, dt.datetime(1960, 1, 1, tzinfo=dt.UTC)],
    "day": [dt.date(2024, 2, 29), None, dt.date(1, 1, 1)],
    "b": [b"x", b"", None],
    "l": [[1, None], [], None],
    "m": [{"x": 1.5}, None, {"x": None}],
    "td": [dt.timedelta(hours=-1), None, dt.timedelta(microseconds=1)],
    "tm": [dt.time(1, 2, 3, 4), None, dt.time()],
}


@pytest.fixture(scope="module")
def server():
    binary = os.environ.get("POLYBOLOS_BIN", ROOT / "bin" / "polybolos")
    command = [str(binary), "serve", "--listen", "127.0.0.1:0", "--data", str(ROOT / "integration-tests/conformance/data")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
    yield f"grpc://127.0.0.1:{found.group(1)}"
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)


@pytest.fixture(params=["embedded", "flight"])
def door(request, server):
    with pb.connect() if request.param == "embedded" else pb.connect(server) as session:
        yield session


def test_values_come_back_as_they_were(door) -> None:
    assert door.from_pydict(ROWS).to_pydict() == ROWS


def test_pyarrow_reads_the_same_values(door) -> None:
    table = door.from_pydict(ROWS).to_arrow()
    assert table.drop_columns(["t"]).to_pydict() == {name: values for name, values in ROWS.items() if name != "t"}


def test_arrow_goes_in_and_comes_out(door) -> None:
    table = pa.table({"x": pa.array([1, None], pa.int32()), "y": pa.array(["a", "b"])})
    for data in (table, table.to_batches()[0], table.to_reader(), iter(table.to_batches())):
        assert door.from_arrow(data).to_arrow().to_pydict() == table.to_pydict()


def test_pandas_and_polars_go_in_and_come_out(door) -> None:
    frame = door.from_pydict({"x": [1, 2], "y": ["a", "b"]})
    assert door.from_pandas(frame.to_pandas()).to_pydict() == frame.to_pydict()
    assert door.from_polars(frame.to_polars()).to_pydict() == frame.to_pydict()


def test_large_local_data_is_sent_beside_the_plan(door) -> None:
    frame = door.from_arrow(pa.table({"x": range(1_000_000)}))
    assert frame.agg(F.sum("x")).scalar() == 499_999_500_000
    assert len(bytes(frame.plan())) < 1000


def test_a_generator_that_raises_gives_the_upload_up(door) -> None:
    def broken():
        yield pa.record_batch({"x": [1]})
        raise LookupError("the source is gone")

    with pytest.raises(LookupError, match="the source is gone"):
        door.from_arrow(broken())
    assert door.range(2).count() == 2


def test_an_error_shows_line_expression_and_near_names(door) -> None:
    frame = door.from_pydict({"salary": [1]}).filter(col("salry") > 0)  # the guilty line
    with pytest.raises(pb.UnresolvedColumnError) as caught:
        frame.collect()
    error = caught.value
    assert (error.code, error.candidates, error.expression) == ("UNRESOLVED_COLUMN", ["salary"], "(salry > 0)")
    assert error.file == __file__
    assert "the guilty line" in str(error)
    assert isinstance(error, pb.InvalidPlanError)
    assert not error.retryable
    assert pickle.loads(pickle.dumps(error)).candidates == ["salary"]


def test_every_code_has_a_class_of_its_kind() -> None:
    for code, kind, retryable, _ in _native.error_codes():
        error = pb.errors._from_native(code, {"message": "x"})
        assert (error.code, error.retryable) == (code, retryable)
        assert isinstance(error, getattr(pb, f"{kind}Error"))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda s: col("a") and col("b"), "Write & for 'and'"),
        (lambda s: 1 < col("a") < 3, "between"),
        (lambda s: not col("a"), "~ for 'not'"),
        (lambda s: 1 in col("a"), "in_"),
        (lambda s: col("a") > [1, 2], "not the list"),
        (lambda s: col(5), "takes a str"),
        (lambda s: s.range(1).limit("a"), "number of rows"),
        (lambda s: s.range(1).join(3, "id"), "takes a DataFrame"),
        (lambda s: s.range(1).filter(), "at least one condition"),
        (lambda s: F.upper(), "value"),
        (lambda s: F.array_transform("l", 3), "takes a function"),
        (lambda s: s.from_pydict({"x": [1, "a"]}), 'column "x": row 1 is string'),
        (lambda s: lit(object()), "no value that a query can hold"),
        (lambda s: bool(s.range(1)), "no truth value"),
        (lambda s: s.range(1).agg({"id": "sum"}), "name=value"),
        (lambda s: s.range(1).rename("id"), "rename() takes a dict"),
        (lambda s: s.range(1).fill_null([1]), "one value, or a dict"),
        (lambda s: s.read_parquet(5), "read_parquet() takes a path"),
        (lambda s: s.from_arrow(5), "takes Arrow data"),
    ],
)
def test_wrong_calls_are_told_at_once(session, call, says) -> None:
    with pytest.raises(TypeError, match=re.escape(says)):
        call(session)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda s: s.range(1).limit(-1), "cannot be -1"),
        (lambda s: s.range(1).sort("id", nulls="top"), 'there are "first" and "last"'),
        (lambda s: s.range(1).join(s.range(1), "id", "outer"), "there are inner, left"),
        (lambda s: s.range(1).explain("nonsense"), '"physical" and "logical"'),
        (lambda s: s.from_pydict({"a": [1], "b": [1, 2]}), 'column "b" has 2 values'),
        (lambda s: s.from_pydict({"a": [1]}, {"b": int}), "does not have"),
        (lambda s: s.from_arrow([]), "no batch"),
        (lambda s: pb.connect("grpc://127.0.0.1:1", timeout=-1), "timeout=-1"),
        (lambda s: lit(decimal.Decimal("NaN")), "no decimal number"),
    ],
)
def test_wrong_values_are_told_at_once(session, call, says) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        call(session)


def test_a_string_compared_with_a_number_is_told_with_both_types(door) -> None:
    frame = door.from_pydict({"name": ["a"]}).filter(col("name") > 5)
    with pytest.raises(pb.TypeMismatchError, match="string and int64") as caught:
        frame.collect()
    assert caught.value.expression == "(name > 5)"


def test_an_error_in_sql_is_shown_once_with_its_place(door) -> None:
    with pytest.raises(pb.SqlSyntaxError) as caught:
        door.sql("selec 1").collect()
    assert caught.value.message.count("Expected") == 1
    assert "line 1, column 1" in caught.value.message


def test_frames_of_two_sessions_do_not_meet(session) -> None:
    with pb.connect() as other, pytest.raises(pb.InvalidArgumentError, match="different sessions"):
        session.range(1).join(other.range(1), "id")


def test_a_closed_session_says_so() -> None:
    with pb.connect() as session:
        frame = session.range(1)
    with pytest.raises(pb.SessionNotFoundError):
        session.range(1)
    with pytest.raises(pb.SessionNotFoundError):
        frame.collect()
    session.close()


def test_html_is_escaped_and_short(session) -> None:
    frame = session.from_pydict({"<b>": ["<script>"] * 3})
    page = frame._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page and "<th>&lt;b&gt;" in page
    assert session.range(1_000_000)._repr_html_().count("<tr>") == 11


def test_repr_shows_the_schema_or_the_mistake(session) -> None:
    assert repr(session.range(1)) == "DataFrame[id: int64]"
    assert "UNRESOLVED_COLUMN" in repr(session.range(1).select("nope"))


def test_collect_async_runs_beside_the_loop(door) -> None:
    async def both():
        return await asyncio.gather(door.range(3).collect_async(), door.range(2).collect_async())

    assert [table.num_rows for table in asyncio.run(both())] == [3, 2]


def test_a_cancelled_task_stops_its_query(door) -> None:
    endless = door.range(10**15).agg(F.sum(col("id") % 7))

    async def cancelled():
        await asyncio.wait_for(endless.collect_async(), 0.3)

    with pytest.raises(TimeoutError):
        asyncio.run(cancelled())
    assert door.range(1).count() == 1


def test_ctrl_c_stops_the_query(door) -> None:
    endless = door.range(10**15).agg(F.sum(col("id") % 7))
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        endless.collect()
    assert door.range(1).count() == 1


def test_a_stream_is_read_as_it_comes_and_can_be_left(door) -> None:
    with door.range(10**12).stream() as batches:
        first = next(iter(batches))
        assert first.num_rows > 0
    assert list(batches) == []


@pytest.mark.parametrize("url", ["embedded", "flight"])
def test_twenty_million_rows_stream_through_a_small_process(server, url: str) -> None:
    program = """
import resource, sys, polybolos as pb
from polybolos import col
frame = pb.connect(*sys.argv[1:]).range(20_000_000).with_columns(a=col("id") * 2, b=col("id") % 7, c=col("id").cast("string"))
print(sum(batch.num_rows for batch in frame.stream()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    command = [sys.executable, "-c", program, *([server] if url == "flight" else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    rows, kilobytes = map(int, done.stdout.split())
    assert rows == 20_000_000
    assert kilobytes < 1_000_000, "a process limited to 1 GB would have been ended"


def test_an_interrupted_upload_leaves_a_usable_session(door) -> None:
    def endless():
        while True:
            yield pa.record_batch({"x": range(1000)})

    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        door.from_arrow(endless())
    assert door.range(2).count() == 2


def test_an_absent_server_is_told_soon() -> None:
    with pytest.raises(pb.UnavailableError) as caught:
        pb.connect("grpc://127.0.0.1:1", timeout=5)
    assert caught.value.retryable


def test_threads_share_a_session(door) -> None:
    answers = []
    work = [threading.Thread(target=lambda n=n: answers.append(door.range(n).count())) for n in range(16)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert sorted(answers) == list(range(16))


def test_a_forked_child_opens_its_own_session(door) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            try:
                door.range(1).collect()
                said = "no error"
            except pb.SessionNotFoundError as error:
                said = error.message
            with pb.connect() as own:
                os.write(writer, f"{said}; {own.range(3).count()}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    answer = os.read(reader, 1000).decode()
    os.waitpid(child, 0)
    assert "forked" in answer and answer.endswith("; 3")
    assert door.range(2).count() == 2


def test_import_starts_no_thread_and_needs_nothing() -> None:
    program = (
        "import threading, sys, polybolos; print(threading.active_count(), [m for m in ('pyarrow','pandas','polars') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 []"


def test_the_module_runs_the_command_line() -> None:
    command = [sys.executable, "-m", "polybolos"]
    done = subprocess.run([*command, "sql", "-c", "select 1 as one", "--format", "csv"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "one\n1\n")
    assert subprocess.run([*command, "--nonsense"], capture_output=True).returncode == 2


def test_the_package_wraps_all_that_the_native_module_has() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in pathlib.Path(pb.__file__).parent.glob("*.py"))
    for name in (name for name in dir(_native) if not name.startswith("__")):
        member = getattr(_native, name)
        # The codes are for the test above.
        if not isinstance(member, type):
            assert name in sources or name == "error_codes", f"_native.{name} is not used by the package"
        else:
            for method in (method for method in vars(member) if not method.startswith("__")):
                assert f".{method}" in sources, f"_native.{name}.{method} is not used by the package"


def test_a_plan_that_ran_is_a_picture_with_rows_and_times(door) -> None:
    frame = door.from_pydict({"k": ["<a>", "b", "b"]}).filter(col("k") != "<a>").group_by("k").agg(n=F.count())
    explanation = frame.explain(analyze=True)
    picture = explanation.to_svg()
    root = ElementTree.fromstring(picture)
    boxes = root.findall("{http://www.w3.org/2000/svg}g")
    assert len(boxes) == picture.count("<rect") > 3
    assert "<a>" not in picture, "texts are escaped"
    assert "1 rows" in picture and " ms" in picture
    assert "AggregateExec" in explanation
    assert frame.explain().tree.get("rows") is None
    assert pickle.loads(pickle.dumps(explanation)).tree == explanation.tree
