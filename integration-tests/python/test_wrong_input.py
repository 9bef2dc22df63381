"""Wrong input and bad days, as a person with the binary meets them: the server dies, restarts, refuses to start; tokens end; nothing leaks."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable

import pyarrow.flight
import pytest
from conftest import CORPUS, Server

DATA = CORPUS / "data"
CANARY = "canary-41d7"


def sql(polybolos: str, server: Server, text: str, *args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    command = [polybolos, "sql", "--url", server.url, "-c", text, "--format", "csv", *args]
    environment = {**os.environ, **(env or {})}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)


def answers(polybolos: str, server: Server, **kwargs) -> None:
    done = sql(polybolos, server, "select 1 as x", **kwargs)
    assert (done.returncode, done.stdout) == (0, "x\n1\n"), done.stderr


def until(what: str, condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Streaming:
    """`polybolos sql` in the middle of a large result."""

    ROWS = 500_000_000

    def __init__(self, polybolos: str, server: Server, rows: int = ROWS, **kwargs):
        text = f"select value as x, value * 2 as y from generate_series(1, {rows})"
        command = [polybolos, "sql", "--url", server.url, "-c", text, "--format", "csv"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)
        self.out = self.process.stdout.read(1 << 16)
        assert self.out.startswith(b"x,y\n"), self.process.stderr.read()

    def rest(self, seconds: float = 60) -> tuple[int, int, str]:
        """Exit code, lines of the result, what it said."""
        lines = self.out.count(b"\n")
        errors: list[bytes] = []
        reader = threading.Thread(target=lambda: errors.append(self.process.stderr.read()))
        reader.start()
        while part := self.process.stdout.read(1 << 20):
            lines += part.count(b"\n")
        code = self.process.wait(timeout=seconds)
        reader.join()
        return code, lines - 1, errors[0].decode()


# A server that goes away


def test_a_server_killed_in_the_middle_of_a_result_is_an_error_with_exit_code_1(polybolos: str, serve) -> None:
    server = serve("--data", str(DATA))
    reader = Streaming(polybolos, server)
    server.kill()
    killed = time.monotonic()
    code, rows, said = reader.rest()
    assert code == 1
    assert rows < Streaming.ROWS
    assert "UNAVAILABLE" in said, said
    assert "panicked" not in said
    assert time.monotonic() - killed < 10


def test_a_result_is_whole_or_an_error_whenever_the_server_is_killed(polybolos: str, serve) -> None:
    rows = 3_000_000
    for delay in (0.0, 0.05, 0.2, 0.5):
        server = serve("--data", str(DATA))
        reader = Streaming(polybolos, server, rows)
        # The moment of the kill is what varies here; nothing is waited for.
        threading.Timer(delay, server.kill).start()
        code, got, said = reader.rest()
        if code == 0:
            assert got == rows
        else:
            assert (code, "UNAVAILABLE" in said) == (1, True), said


def test_a_server_that_is_not_there_is_named_quickly(polybolos: str) -> None:
    port = free_port()
    asked = time.monotonic()
    done = subprocess.run(
        [polybolos, "sql", "--url", f"grpc://127.0.0.1:{port}", "-c", "select 1"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "UNAVAILABLE" in done.stderr and f"127.0.0.1:{port}" in done.stderr
    assert time.monotonic() - asked < 5


def test_a_restarted_server_on_the_same_port_answers(polybolos: str, serve) -> None:
    first = serve("--data", str(DATA))
    answers(polybolos, first)
    first.kill()
    assert sql(polybolos, first, "select 1").returncode == 1
    second = restarted(polybolos, first.port)
    try:
        answers(polybolos, first)
    finally:
        second.kill()
        second.wait()


def restarted(polybolos: str, port: int) -> subprocess.Popen:
    command = [polybolos, "serve", "--listen", f"127.0.0.1:{port}", "--data", str(DATA)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert str(port) in process.stdout.readline()
    return process


def test_views_of_a_shell_are_gone_after_a_restart_and_the_shell_says_so(polybolos: str, serve) -> None:
    import pexpect

    first = serve("--data", str(DATA))
    shell = pexpect.spawn(polybolos, ["sql", "--url", first.url, "--format", "csv"], encoding="utf-8", timeout=30, dimensions=(40, 200))
    shell.expect("polybolos>|> ")
    shell.sendline("create view v as select 41 + 1 as answer;")
    shell.sendline("select answer from v;")
    shell.expect("42")
    first.kill()
    second = restarted(polybolos, first.port)
    try:
        shell.sendline("select answer from v;")
        shell.expect("SESSION_NOT_FOUND|UNAVAILABLE|TABLE_NOT_FOUND")
    finally:
        shell.close(force=True)
        second.kill()
        second.wait()


def test_sigterm_lets_a_running_query_finish_and_exits_with_0(polybolos: str, serve) -> None:
    rows = 3_000_000
    server = serve("--data", str(DATA))
    reader = Streaming(polybolos, server, rows)
    server.process.send_signal(signal.SIGTERM)
    code, got, said = reader.rest()
    assert (code, got) == (0, rows), said
    assert server.process.wait(timeout=30) == 0
    done = sql(polybolos, server, "select 1")
    assert done.returncode == 1 and "UNAVAILABLE" in done.stderr


def test_sigterm_ends_a_query_that_outlives_the_drain(polybolos: str, serve) -> None:
    server = serve("--data", str(DATA), env={"POLYBOLOS_SHUTDOWN__DRAIN": "300ms"})
    reader = Streaming(polybolos, server)
    server.process.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    code, rows, said = reader.rest()
    assert code == 1 and rows < Streaming.ROWS
    assert re.search("CANCELLED|UNAVAILABLE", said), said
    assert server.process.wait(timeout=30) == 0
    assert time.monotonic() - asked < 10


def test_a_reader_that_is_killed_ends_its_query(polybolos: str, serve) -> None:
    server = serve("--data", str(DATA))
    reader = Streaming(polybolos, server)
    reader.process.kill()
    reader.process.wait()

    def idle() -> bool:
        done = subprocess.run([polybolos, "queries", "--url", server.url], capture_output=True, text=True, check=True, timeout=30)
        return "RUNNING" not in done.stdout.upper()

    until("the query is gone", idle)
    answers(polybolos, server)


# A server that does not start


def refuses_to_start(polybolos: str, *args: str, env: dict[str, str] | None = None) -> str:
    environment = {**os.environ, **(env or {})}
    done = subprocess.run([polybolos, "serve", *args], capture_output=True, text=True, check=False, timeout=30, env=environment)
    assert done.returncode in (1, 2), (done.returncode, done.stderr)
    assert done.stdout == "" and "panicked" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0"])
def test_a_public_address_without_tls_and_tokens_is_refused_with_what_to_do(polybolos: str, address: str) -> None:
    said = refuses_to_start(polybolos, "--listen", address, "--data", str(DATA))
    for part in ("TLS", "token", "127.0.0.1", "--insecure"):
        assert part in said, said


def test_a_public_address_with_tokens_alone_is_refused_for_want_of_tls(polybolos: str, tmp_path: pathlib.Path) -> None:
    tokens, _ = token_file(polybolos, tmp_path)
    said = refuses_to_start(polybolos, "--listen", "0.0.0.0:0", "--tokens", str(tokens))
    assert "TLS" in said and "--insecure" in said


def test_a_port_in_use_is_named(polybolos: str, serve) -> None:
    server = serve("--data", str(DATA))
    said = refuses_to_start(polybolos, "--listen", f"127.0.0.1:{server.port}", "--data", str(DATA))
    assert f"127.0.0.1:{server.port}" in said and "in use" in said
    answers(polybolos, server)


def test_a_folder_that_is_not_there_is_named(polybolos: str, tmp_path: pathlib.Path) -> None:
    said = refuses_to_start(polybolos, "--listen", "127.0.0.1:0", "--data", str(tmp_path / "nothing"))
    assert str(tmp_path / "nothing") in said and "exists" in said


def test_a_wrong_configuration_is_told_by_file_line_and_key(polybolos: str, tmp_path: pathlib.Path) -> None:
    config = tmp_path / "server.toml"
    for text, parts in {
        'listen = "127.0.0.1:0"\nlisten_port = 5\n': ["line 2", "listen_port"],
        '[admission]\nqueries = "many"\n': ["line 2", "queries"],
        'listen = "nowhere"\n': ["line 1", "listen"],
        "[results\n": ["line 1"],
    }.items():
        config.write_text(text)
        said = refuses_to_start(polybolos, "--config", str(config))
        for part in [str(config), *parts]:
            assert part in said, (text, said)


def test_a_wrong_environment_variable_is_named(polybolos: str) -> None:
    said = refuses_to_start(polybolos, "--listen", "127.0.0.1:0", env={"POLYBOLOS_SHUTDOWN__DRAIN": "soon"})
    assert "POLYBOLOS_SHUTDOWN__DRAIN" in said


def test_a_tokens_file_that_is_not_there_or_broken_is_named_without_its_content(polybolos: str, tmp_path: pathlib.Path) -> None:
    missing = tmp_path / "missing"
    assert str(missing) in refuses_to_start(polybolos, "--listen", "127.0.0.1:0", "--tokens", str(missing))
    broken = tmp_path / "tokens"
    broken.write_text(f"# fine\nada:{CANARY}\n")
    said = refuses_to_start(polybolos, "--listen", "127.0.0.1:0", "--tokens", str(broken))
    assert str(broken) in said and "line 2" in said and CANARY not in said


# Tokens


def token(polybolos: str, name: str, *args: str) -> tuple[str, str]:
    """A new token, and its line for the server's file."""
    done = subprocess.run([polybolos, "token", "--name", name, *args], capture_output=True, text=True, check=True)
    line = next(line for line in done.stderr.splitlines() if line.startswith(f"{name}:"))
    return done.stdout.strip(), line


def token_file(polybolos: str, folder: pathlib.Path) -> tuple[pathlib.Path, str]:
    secret, line = token(polybolos, "ada")
    file = folder / "tokens"
    file.write_text(line + "\n")
    return file, secret


def test_an_expired_token_is_told_as_expired(polybolos: str, serve, tmp_path: pathlib.Path) -> None:
    short, line = token(polybolos, "ada", "--expires", "2s")
    file = tmp_path / "tokens"
    file.write_text(line + "\n")
    server = serve("--data", str(DATA), "--tokens", str(file))
    refused: list[subprocess.CompletedProcess] = []

    def expired() -> bool:
        done = sql(polybolos, server, "select 1 as x", env={"POLYBOLOS_TOKEN": short})
        refused.append(done)
        return done.returncode != 0

    until("the token expires", expired)
    assert refused[-1].returncode == 1
    assert "TOKEN_EXPIRED" in refused[-1].stderr
    assert short not in refused[-1].stderr + "".join(server.log)


def test_a_wrong_or_missing_token_is_refused_and_no_token_is_ever_told(polybolos: str, serve, tmp_path: pathlib.Path) -> None:
    file, secret = token_file(polybolos, tmp_path)
    other, _ = token(polybolos, "ada")
    server = serve("--data", str(DATA), "--tokens", str(file), env={"RUST_LOG": "debug"})
    answers(polybolos, server, env={"POLYBOLOS_TOKEN": secret})
    said = ""
    for environment, args in (({}, []), ({"POLYBOLOS_TOKEN": other}, []), ({}, ["--token", f"pbt_{CANARY}"])):
        done = sql(polybolos, server, "select 1", *args, env={"RUST_LOG": "debug", **environment})
        assert done.returncode == 1 and "UNAUTHENTICATED" in done.stderr, done.stderr
        said += done.stderr + done.stdout
    answers(polybolos, server, env={"POLYBOLOS_TOKEN": secret})
    said += "".join(server.log)
    for hidden in (secret, other, CANARY):
        assert hidden not in said


def test_literals_of_queries_do_not_reach_the_log(polybolos: str, serve) -> None:
    server = serve("--data", str(DATA), env={"RUST_LOG": "info"})
    for text in (
        f"select '{CANARY}' as x",
        f"select * from 'people.parquet' where name = '{CANARY}'",
        f"select cast('{CANARY}' as int)",
        f"selec '{CANARY}'",
    ):
        sql(polybolos, server, text)
    answers(polybolos, server)
    until("the log has the queries", lambda: "query ended" in "".join(server.log))
    assert CANARY not in "".join(server.log)


# Bytes that no client of ours would send


@pytest.fixture(scope="module")
def raw(serve):
    server = serve("--data", str(DATA))
    with pyarrow.flight.connect(server.url) as client:
        yield server, client


@pytest.mark.parametrize("size", [0, 1, 100, 1 << 20, 20 << 20, 100 << 20])
def test_a_ticket_of_any_size_that_is_none_is_refused(polybolos: str, raw, size: int) -> None:
    server, client = raw
    asked = time.monotonic()
    with pytest.raises((pyarrow.ArrowException, OSError)) as error:
        client.do_get(pyarrow.flight.Ticket(b"\xa5" * size)).read_all()
    assert "panicked" not in str(error.value)
    assert time.monotonic() - asked < 20
    answers(polybolos, server)


def test_descriptors_and_actions_that_are_none_are_refused(polybolos: str, raw) -> None:
    server, client = raw
    for descriptor in (
        pyarrow.flight.FlightDescriptor.for_command(b"\xff" * 50),
        pyarrow.flight.FlightDescriptor.for_path("etc", "passwd"),
    ):
        with pytest.raises(pyarrow.ArrowException):
            client.get_flight_info(descriptor)
        with pytest.raises(pyarrow.ArrowException):
            client.get_schema(descriptor)
    with pytest.raises(pyarrow.ArrowException):
        list(client.do_action(pyarrow.flight.Action("no such action", b"")))
    answers(polybolos, server)


def test_a_connection_that_speaks_another_language_is_closed(polybolos: str, raw) -> None:
    server, _ = raw
    for hello in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01" + b"\x00" * 200, os.urandom(4096)):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(hello)
            try:
                while connection.recv(4096):
                    pass
            except ConnectionError:
                pass
    answers(polybolos, server)


def test_a_literal_of_a_hundred_megabytes_in_a_file_is_refused(polybolos: str, serve, tmp_path: pathlib.Path) -> None:
    server = serve("--data", str(DATA))
    script = tmp_path / "large.sql"
    script.write_text(f"select '{'x' * (100 << 20)}' as big")
    for target in ([], ["--url", server.url]):
        done = subprocess.run([polybolos, "sql", *target, "-f", str(script)], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 1 and "PLAN_TOO_LARGE" in done.stderr, done.stderr[:500]
        assert len(done.stderr) < 10_000
    answers(polybolos, server)
