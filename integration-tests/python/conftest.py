"""What the Python tests share: the binary, a server over a folder, TPC-H data."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "integration-tests" / "conformance"


@pytest.fixture(scope="session")
def polybolos() -> str:
    """Path of the binary under test: POLYBOLOS_BIN, or what `make develop` builds."""
    binary = pathlib.Path(os.environ.get("POLYBOLOS_BIN", ROOT / "bin" / "polybolos"))
    assert binary.exists(), f"{binary} is missing: run 'make develop', or set POLYBOLOS_BIN"
    return str(binary)


class Server:
    """A `polybolos serve` of its own."""

    def __init__(self, binary: str, *args: str, env: dict[str, str] | None = None):
        listen = [] if "--listen" in args else ["--listen", "127.0.0.1:0"]
        command = [binary, "serve", *listen, *args]
        environment = {**os.environ, "RUST_LOG": "info", **(env or {})}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.log: list[str] = []
        threading.Thread(target=self._drain, daemon=True).start()
        self.port = self._wait_for_port()

    def _drain(self) -> None:
        for line in self.process.stderr:
            self.log.append(line)

    def _wait_for_port(self) -> int:
        line = self.process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        assert found, f"the server printed {line!r} and logged {''.join(self.log)}"
        return int(found.group(1))

    @property
    def url(self) -> str:
        return f"grpc://127.0.0.1:{self.port}"

    @property
    def flight_sql_uri(self) -> str:
        return f"grpc://127.0.0.1:{self.port}"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def serve(polybolos: str):
    """Starts servers; they are stopped when the tests end."""
    with contextlib.ExitStack() as stack:

        def start(*args: str, env: dict[str, str] | None = None) -> Server:
            server = Server(polybolos, *args, env=env)
            stack.callback(lambda: server.process.poll() is None and server.kill())
            return server

        yield start


@pytest.fixture(scope="session")
def tpch(polybolos: str, tmp_path_factory) -> pathlib.Path:
    """The TPC-H tables at scale factor 0.01."""
    folder = tmp_path_factory.mktemp("tpch") / "data"
    subprocess.run([polybolos, "demo", "tpch", "--scale-factor", "0.01", "--output", str(folder)], check=True)
    return folder
