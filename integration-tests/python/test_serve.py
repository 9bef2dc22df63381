"""A server as its operator sees it: the log, the metrics, what it says while it runs and when it ends."""

import json
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

import pyarrow.flight
import pytest
from conftest import CORPUS
from test_contract_example import PAGE
from test_wrong_input import CANARY, Streaming, answers, free_port, sql, token_file, until

DATA = CORPUS / "data"


def test_the_log_in_json_is_one_object_a_line_and_tells_no_secret(polybolos: str, serve, tmp_path: pathlib.Path) -> None:
    tokens, secret = token_file(polybolos, tmp_path)
    server = serve("--data", str(DATA), "--tokens", str(tokens), env={"POLYBOLOS_LOG__FORMAT": "json"})
    answers(polybolos, server, env={"POLYBOLOS_TOKEN": secret})
    sql(polybolos, server, f"select '{CANARY}' as x", env={"POLYBOLOS_TOKEN": secret})
    sql(polybolos, server, "select 1", env={"POLYBOLOS_TOKEN": f"pbt_{CANARY}"})
    until("the log has it", lambda: "login failed" in "".join(server.log))
    lines = [json.loads(line) for line in server.log]
    ended = [line for line in lines if line["message"] == "query ended"]
    assert len(ended) == 2
    for line in ended:
        assert line["principal"] == "ada" and line["code"] == "OK" and line["rows"] == 1
        assert re.fullmatch("[0-9a-f-]{36}", line["operation_id"]) and line["query_id"] and line["elapsed_ms"] >= 0
    said = "".join(server.log)
    assert CANARY not in said and secret not in said and tokens.read_text().split(":")[1].strip() not in said


def test_the_level_of_the_log_is_a_setting_and_a_wrong_one_is_named(polybolos: str, serve) -> None:
    server = serve("--data", str(DATA), env={"POLYBOLOS_LOG__LEVEL": "warn"})
    answers(polybolos, server)
    assert server.stop() == 0
    assert server.log == []
    wrong = subprocess.run(
        [polybolos, "serve", "--listen", "127.0.0.1:0"],
        env={"POLYBOLOS_LOG__LEVEL": "a=b=c"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert wrong.returncode == 2 and "log.level" in wrong.stderr, wrong.stderr


def test_the_id_that_an_answer_names_is_the_one_of_the_log(polybolos: str, serve) -> None:
    ticket = re.search(r"```hex ticket\n(.*?)```", PAGE.read_text(), re.DOTALL).group(1)
    server = serve("--data", str(DATA))
    seen: list[str] = []

    class Headers(pyarrow.flight.ClientMiddleware):
        def received_headers(self, headers) -> None:
            seen.extend(headers.get("polybolos-query-id", []))

    class Factory(pyarrow.flight.ClientMiddlewareFactory):
        def start_call(self, info):
            return Headers()

    with pyarrow.flight.connect(server.url, middleware=[Factory()]) as client:
        client.do_get(pyarrow.flight.Ticket(bytes.fromhex(ticket))).read_all()
    until("the log has the query", lambda: "query ended" in "".join(server.log))
    assert len(seen) == 1 and seen[0] in "".join(server.log)


def test_metrics_count_queries_and_failed_logins(polybolos: str, serve, tmp_path: pathlib.Path) -> None:
    tokens, secret = token_file(polybolos, tmp_path)
    port = free_port()
    limit = {"POLYBOLOS_AUTH__FAILURES_PER_MINUTE": "2"}
    server = serve("--data", str(DATA), "--tokens", str(tokens), "--metrics", f"127.0.0.1:{port}", env=limit)
    answers(polybolos, server, env={"POLYBOLOS_TOKEN": secret})
    said = [sql(polybolos, server, "select 1", env={"POLYBOLOS_TOKEN": "pbt_wrong"}).stderr for _ in range(3)]
    assert "UNAUTHENTICATED" in said[0] and "UNAUTHENTICATED" in said[1] and "LIMIT_EXCEEDED" in said[2], said
    answers(polybolos, server, env={"POLYBOLOS_TOKEN": secret})
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        scraped = answer.read().decode()
    for line in (
        'polybolos_queries_total{state="finished",code="OK"} 2',
        'polybolos_auth_failures_total{code="UNAUTHENTICATED"} 2',
        'polybolos_auth_failures_total{code="LIMIT_EXCEEDED"} 1',
    ):
        assert line in scraped, scraped


def test_a_server_that_drains_refuses_new_queries_and_its_clients_end_well(polybolos: str, serve) -> None:
    server = serve("--data", str(DATA))
    rows = 3_000_000
    reader = Streaming(polybolos, server, rows)
    server.process.send_signal(signal.SIGTERM)
    until("it drains", lambda: "shutting down" in "".join(server.log))
    asked = time.monotonic()
    refused = sql(polybolos, server, "select 1")
    assert refused.returncode == 1 and "UNAVAILABLE" in refused.stderr, refused.stderr
    assert time.monotonic() - asked < 5
    code, got, said = reader.rest()
    assert (code, got) == (0, rows), said
    assert server.process.wait(timeout=30) == 0


def test_an_idle_server_ends_at_once(serve) -> None:
    server = serve("--data", str(DATA))
    asked = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - asked < 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_both_signals_end_a_server_well(serve, number) -> None:
    server = serve("--data", str(DATA))
    server.process.send_signal(number)
    assert server.process.wait(timeout=30) == 0
    assert "panicked" not in "".join(server.log)
