"""The command line, as a person or a script meets it."""

import json
import os
import pathlib
import signal
import subprocess
import time

import pexpect
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from conftest import CORPUS

DATA = CORPUS / "data"


def run(polybolos: str, *args: str, **kwargs) -> subprocess.CompletedProcess:
    return subprocess.run([polybolos, *args], capture_output=True, text=True, check=False, cwd=DATA, timeout=120, **kwargs)


def test_a_query_prints_a_table(polybolos: str) -> None:
    done = run(polybolos, "sql", "-c", "select id, name from 'people.parquet' where id < 3 order by id")
    assert done.returncode == 0, done.stderr
    assert "Ada" in done.stdout and "Béla" in done.stdout and "id" in done.stdout


def test_the_plans_of_explain_are_printed_whole(polybolos: str) -> None:
    text = "explain select id from 'people.parquet' where id < 3 and length(name) + length(name) > 3 order by salary limit 5"
    lines = run(polybolos, "sql", "-c", text).stdout.splitlines()
    assert lines[0] == "logical_plan" and "physical_plan" in lines
    assert any(line.strip().startswith("DataSourceExec:") and "people.parquet" in line for line in lines)
    assert not any("…" in line or line.startswith("|") for line in lines)


def test_csv_json_arrow_and_parquet_hold_the_same_rows(polybolos: str, tmp_path: pathlib.Path) -> None:
    query = "select id, name, salary from 'people.parquet' where id <= 2 order by id"
    csv = run(polybolos, "sql", "-c", query, "--format", "csv").stdout
    assert csv == "id,name,salary\n1,Ada,5200.50\n2,Béla,4100.00\n"
    lines = [json.loads(line) for line in run(polybolos, "sql", "-c", query, "--format", "json").stdout.splitlines()]
    assert [(line["id"], line["name"]) for line in lines] == [(1, "Ada"), (2, "Béla")]
    for form in ("arrow", "parquet"):
        path = tmp_path / f"out.{form}"
        assert run(polybolos, "sql", "-c", query, "--format", form, "-o", str(path)).returncode == 0
        table = pq.read_table(path) if form == "parquet" else pa.ipc.open_stream(path.read_bytes()).read_all()
        assert table.column("id").to_pylist() == [1, 2]


def test_statements_of_a_file_run_in_order(polybolos: str, tmp_path: pathlib.Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text("create view v as select 40 as x; -- a view; no more\nselect x + 2 as answer from v;\n")
    done = run(polybolos, "sql", "-f", str(script), "--format", "csv")
    assert done.stdout.endswith("answer\n42\n"), done.stderr


def test_an_error_goes_to_stderr_with_exit_code_1(polybolos: str) -> None:
    done = run(polybolos, "sql", "-c", "select nme from 'people.parquet'")
    assert (done.returncode, done.stdout) == (1, "")
    assert "UNRESOLVED_COLUMN" in done.stderr and "name" in done.stderr


def test_a_syntax_error_shows_the_place(polybolos: str) -> None:
    done = run(polybolos, "sql", "-c", "select *\nfrm people")
    assert done.returncode == 1
    assert "frm people" in done.stderr and "^" in done.stderr


@pytest.mark.parametrize(
    "args", [["sql", "--format", "xml"], ["serve", "--listen", "nowhere"], ["fly"], ["queries"], ["demo", "tpch", "-s", "-1"]]
)
def test_wrong_usage_is_exit_code_2(polybolos: str, args: list[str]) -> None:
    done = run(polybolos, *args)
    assert done.returncode == 2, done.stderr
    assert done.stderr


def test_a_reader_that_leaves_is_no_failure(polybolos: str) -> None:
    command = f'{polybolos} sql -c "select * from generate_series(1, 3000000)" --format csv | head -1'
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_help_has_examples_and_no_secrets(polybolos: str) -> None:
    environment = {**os.environ, "POLYBOLOS_TOKEN": "canary-token-1234"}
    for command in (["--help"], ["sql", "--help"], ["serve", "--help"], ["queries", "--help"], ["demo", "tpch", "--help"]):
        done = subprocess.run([polybolos, *command], capture_output=True, text=True, env=environment)
        assert done.returncode == 0
        assert "Example" in done.stdout or command == ["--help"]
        assert "canary" not in done.stdout


def test_a_server_that_is_not_there_is_named(polybolos: str) -> None:
    done = run(polybolos, "sql", "--url", "grpc://127.0.0.1:1", "-c", "select 1")
    assert done.returncode == 1
    assert "UNAVAILABLE" in done.stderr and "127.0.0.1:1" in done.stderr


def test_a_wrong_address_says_what_is_right(polybolos: str) -> None:
    done = run(polybolos, "sql", "--url", "localhost:50051", "-c", "select 1")
    assert done.returncode == 2
    assert "grpc://" in done.stderr


def test_plans_are_shown_checked_and_explained(polybolos: str, tmp_path: pathlib.Path) -> None:
    plan = tmp_path / "plan.txtpb"
    plan.write_text(
        """
        version { minor: 0 producer: "test" } profile: PROFILE_SURFACE
        relations { id: 1 range { start: 0 end: 10 step: 1 column: "n" } }
        relations { id: 2 inputs: 1 limit { count: 3 } }
        relation: 2
        """
    )
    assert "range" in run(polybolos, "plan", "show", str(plan)).stdout
    assert "valid plan of 2 relations" in run(polybolos, "plan", "validate", str(plan)).stdout
    assert "Limit" in run(polybolos, "plan", "explain", str(plan)).stdout or "fetch" in run(polybolos, "plan", "explain", str(plan)).stdout
    as_json = run(polybolos, "plan", "show", str(plan), "--form", "json").stdout
    (tmp_path / "plan.json").write_text(as_json)
    assert run(polybolos, "plan", "validate", str(tmp_path / "plan.json")).returncode == 0
    plan.write_text(plan.read_text().replace("inputs: 1", "inputs: 7"))
    done = run(polybolos, "plan", "validate", str(plan))
    assert done.returncode == 1 and "PLAN_INVALID_TOPOLOGY" in done.stderr


def test_a_configuration_is_checked_with_places(polybolos: str, tmp_path: pathlib.Path) -> None:
    template = run(polybolos, "config", "template")
    assert template.returncode == 0
    good = tmp_path / "good.toml"
    good.write_text(template.stdout)
    assert run(polybolos, "config", "check", str(good)).returncode == 0
    bad = tmp_path / "bad.toml"
    bad.write_text('listen = "127.0.0.1:0"\nlisen = 1\n')
    done = run(polybolos, "config", "check", str(bad))
    assert done.returncode == 1
    assert "lisen" in done.stderr and "bad.toml" in done.stderr


def test_queries_are_listed_and_cancelled(polybolos: str, serve) -> None:
    server = serve("--data", str(DATA))
    slow = "select count(*) from generate_series(1, 200000) a, generate_series(1, 200000) b where a.value * b.value % 7 = 3"
    running = subprocess.Popen([polybolos, "sql", "--url", server.url, "-c", slow], stderr=subprocess.PIPE, text=True)
    identity = wait_for(lambda: query_id(run(polybolos, "queries", "--url", server.url).stdout))
    assert run(polybolos, "queries", "--url", server.url, "--cancel", identity).returncode == 0
    assert running.wait(timeout=30) == 1
    assert "CANCELLED" in running.stderr.read()


def query_id(listing: str) -> str | None:
    rows = [line.split() for line in listing.splitlines() if "running" in line]
    return rows[0][0] if rows else None


def wait_for(condition, seconds: float = 30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("the condition did not come true")


def test_ctrl_c_cancels_a_query_and_leaves(polybolos: str) -> None:
    slow = "select count(*) from generate_series(1, 200000) a, generate_series(1, 200000) b where a.value * b.value % 7 = 3"
    running = subprocess.Popen([polybolos, "sql", "-c", slow], stderr=subprocess.PIPE, text=True)
    time.sleep(1.0)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=10) == 1
    assert "CANCELLED" in running.stderr.read()


def test_the_shell_runs_statements_over_lines_and_survives_errors(polybolos: str, tmp_path: pathlib.Path) -> None:
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "dumb"}
    shell = pexpect.spawn(polybolos, ["sql"], env=environment, encoding="utf-8", timeout=30, dimensions=(40, 120), cwd=str(DATA))
    shell.expect("> ")
    shell.sendline("select 40 + 2")
    shell.sendline("  as answer;")
    shell.expect("answer")
    shell.expect("42")
    shell.sendline("select nme from 'people.parquet';")
    shell.expect("UNRESOLVED_COLUMN")
    shell.sendline("\\timing")
    shell.expect("timing is on")
    shell.sendline("select 7 as seven;")
    shell.expect("Time:")
    shell.sendline("\\q")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 0
    assert "select 40 + 2" in (tmp_path / "polybolos" / "history").read_text()


def test_completions_are_printed(polybolos: str) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "polybolos" in run(polybolos, "completions", shell).stdout


def test_the_demo_answers_the_same_in_process_and_over_flight(polybolos: str, tmp_path: pathlib.Path) -> None:
    done = run(polybolos, "demo", "taxi", "--rows", "200000", "--files", "2", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    tables = [part.split("\n", 1)[1] for part in done.stdout.split(" ms\n")[0:0]] or done.stdout.split("\n\n")
    answers = ["\n".join(line for line in part.splitlines() if "trips in" not in line).strip() for part in tables if part.strip()]
    assert len(answers) == 2 and answers[0] == answers[1]


def test_the_demo_answer_is_duckdbs(polybolos: str, tmp_path: pathlib.Path) -> None:
    import duckdb
    from values import difference

    assert run(polybolos, "demo", "taxi", "--rows", "200000", "--files", "2", "--output", str(tmp_path)).returncode == 0
    query = f"""select passenger_count, count(*) as trips, avg(fare_amount) as fare, avg(tip_amount / fare_amount) as tip_share
                from '{tmp_path}/*.parquet' where fare_amount > 0 and passenger_count is not null
                group by passenger_count order by passenger_count nulls last limit 10"""
    expected = duckdb.sql(query).fetchall()
    ours = subprocess.run([polybolos, "sql", "-c", query, "--format", "arrow"], capture_output=True, check=True).stdout
    table = pa.ipc.open_stream(ours).read_all()
    assert difference(expected, list(zip(*(column.to_pylist() for column in table.columns))), ordered=True) is None
