"""The command line on its rough edges: pipes that close, full disks, Ctrl-C, scripts, files of results."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time

import pexpect
import pyarrow.parquet
import pytest

SLOW = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b where a.value * b.value % 7 = 8"
LARGE = "select value as x from generate_series(1, 20000000)"


def run(polybolos: str, *args: str, **kwargs) -> subprocess.CompletedProcess:
    return subprocess.run([polybolos, *args], capture_output=True, text=True, check=False, timeout=60, **kwargs)


def left_early(command: list[str]) -> tuple[int, str]:
    """Reads a little of what the command prints and goes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(10)
    process.stdout.close()
    said = process.stderr.read().decode()
    return process.wait(timeout=60), said


@pytest.mark.parametrize("form", ["csv", "json", "arrow", "parquet"])
def test_a_reader_that_leaves_ends_the_command_without_an_error(polybolos: str, form: str) -> None:
    assert left_early([polybolos, "sql", "--format", form, "-c", LARGE]) == (0, "")


@pytest.mark.parametrize("args", [["completions", "bash"], ["config", "template"], ["--help"]])
def test_a_closed_pipe_or_a_full_disk_is_no_panic(polybolos: str, args: list[str]) -> None:
    code, said = left_early([polybolos, *args])
    assert code == 0 and "panicked" not in said
    with open("/dev/full", "w") as full:
        done = subprocess.run([polybolos, *args], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=30)
    assert "panicked" not in done.stderr


@pytest.mark.parametrize("form", ["csv", "json", "table", "arrow", "parquet"])
def test_a_full_disk_is_told(polybolos: str, form: str) -> None:
    with open("/dev/full", "w") as full:
        command = [polybolos, "sql", "--format", form, "-c", "select 1 as x"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=30)
    assert done.returncode == 1 and "No space left" in done.stderr, done.stderr


def test_what_is_piped_in_is_a_script_that_stops_at_its_first_error(polybolos: str) -> None:
    done = run(
        polybolos, "sql", "--format", "csv", input="create view v as select 41 + 1 as x; select x from v;\nselect nope; select 7 as y"
    )
    assert done.returncode == 1 and "UNRESOLVED_COLUMN" in done.stderr
    assert "x\n42\n" in done.stdout and "7" not in done.stdout
    assert run(polybolos, "sql", "--format", "csv", input="select 1 as x").stdout == "x\n1\n"


def test_a_file_holds_the_results_of_all_statements_or_the_last_one(polybolos: str, tmp_path) -> None:
    text, parquet = tmp_path / "out.csv", tmp_path / "out.parquet"
    text.write_text("what was here before")
    assert run(polybolos, "sql", "--format", "csv", "-o", str(text), "-c", "select 1 as x; select 2 as y").returncode == 0
    assert text.read_text() == "x\n1\ny\n2\n"
    script = "create view v as select 5 as z; select z from v"
    assert run(polybolos, "sql", "--format", "parquet", "-o", str(parquet), "-c", script).returncode == 0
    assert pyarrow.parquet.read_table(parquet).to_pydict() == {"z": [5]}


def test_the_demo_takes_a_relative_folder(polybolos: str, tmp_path) -> None:
    done = run(polybolos, "demo", "taxi", "--rows", "20000", "--files", "2", "--output", "trips", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Over Flight" in done.stdout


def test_a_configuration_file_that_is_not_there_says_why(polybolos: str, tmp_path) -> None:
    done = run(polybolos, "config", "check", str(tmp_path / "none.toml"))
    assert done.returncode == 1
    assert "FILE_NOT_FOUND" in done.stderr and "none.toml" in done.stderr and "No such file" in done.stderr


def test_a_wrong_guess_about_tls_is_told(polybolos: str, serve, tmp_path) -> None:
    done = run(polybolos, "sql", "--url", serve().url.replace("grpc:", "grpc+tls:"), "-c", "select 1")
    assert done.returncode == 1 and "write grpc://" in done.stderr, done.stderr
    # What a server with TLS answers to plain text: an alert.
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def alert() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    # All that the client says at first: what is left unread would reset the connection before the alert is seen.
                    connection.settimeout(0.3)
                    with contextlib.suppress(TimeoutError):
                        while connection.recv(1024):
                            pass
                    connection.sendall(b"\x15\x03\x01\x00\x02\x02\x46" * 2)

        threading.Thread(target=alert, daemon=True).start()
        done = run(polybolos, "sql", "--url", f"grpc://127.0.0.1:{listener.getsockname()[1]}", "-c", "select 1")
    assert done.returncode == 1 and "write grpc+tls://" in done.stderr, done.stderr
    (tmp_path / "empty.pem").write_text("nothing")
    done = run(polybolos, "sql", "--url", "grpc+tls://127.0.0.1:1", "--tls-ca", str(tmp_path / "empty.pem"), "-c", "select 1")
    assert done.returncode == 2 and "empty.pem" in done.stderr and "certificate" in done.stderr


def test_an_empty_variable_is_not_set(polybolos: str) -> None:
    done = run(polybolos, "sql", "--format", "csv", "-c", "select 1 as x", env={**os.environ, "POLYBOLOS_URL": "", "POLYBOLOS_TOKEN": ""})
    assert (done.returncode, done.stdout) == (0, "x\n1\n"), done.stderr


def interrupted(process: subprocess.Popen, begun) -> tuple[int, str, float]:
    deadline = time.monotonic() + 20
    while not begun():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    _, said = process.communicate(timeout=30)
    return process.returncode, said, time.monotonic() - asked


def test_ctrl_c_ends_a_query_on_a_server_and_says_so(polybolos: str, serve) -> None:
    server = serve()
    process = subprocess.Popen(
        [polybolos, "sql", "--url", server.url, "-c", SLOW], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    code, said, seconds = interrupted(process, lambda: "running" in run(polybolos, "queries", "--url", server.url).stdout)
    assert code == 1 and "CANCELLED" in said and seconds < 5
    deadline = time.monotonic() + 10
    while "running" in run(polybolos, "queries", "--url", server.url).stdout:
        assert time.monotonic() < deadline, "the query goes on without its client"


def test_ctrl_c_ends_a_query_that_waits_for_its_turn(polybolos: str, serve) -> None:
    server = serve(env={"POLYBOLOS_ADMISSION__QUERIES": "1"})
    command = [polybolos, "sql", "--url", server.url, "-c", SLOW]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    listed = lambda state: state in run(polybolos, "queries", "--url", server.url).stdout  # noqa: E731
    deadline = time.monotonic() + 20
    while not listed("running"):
        assert time.monotonic() < deadline
    second = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    code, said, seconds = interrupted(second, lambda: listed("queued"))
    assert code == 1 and "CANCELLED" in said and seconds < 5
    code, said, _ = interrupted(first, lambda: True)
    assert code == 1 and "CANCELLED" in said


@pytest.mark.parametrize("remote", [False, True])
@pytest.mark.parametrize("farewell", ["exit", "quit;", "\\q"])
def test_a_shell_outlives_ctrl_c_and_knows_how_others_are_left(polybolos: str, serve, remote: bool, farewell: str) -> None:
    target = ["--url", serve().url] if remote else []
    shell = pexpect.spawn(polybolos, ["sql", "--format", "csv", *target], encoding="utf-8", timeout=30, dimensions=(40, 200))
    try:
        shell.expect("> ")
        shell.sendline(SLOW + ";")
        shell.expect(r"\d+s")  # the progress line: it runs
        shell.sendintr()
        shell.expect("CANCELLED")
        shell.expect("> ")
        shell.sendline("select 41 + 1 as answer;")
        shell.expect("42")
        shell.expect("> ")
        shell.sendline("create view listed as select 1 as first_column;")
        shell.expect("> ")
        shell.sendline("\\d")
        shell.expect("listed,VIEW")
        shell.expect("> ")
        shell.sendline("\\d listed")
        shell.expect("first_column,")
        shell.expect("> ")
        shell.sendline(farewell)
        shell.expect(pexpect.EOF)
    finally:
        shell.close()
    assert shell.exitstatus == 0
