"""Long queries show how far they are: in a terminal, in a notebook, and nowhere where output is piped."""

import subprocess
import sys

import nbformat
import pexpect
from nbclient import NotebookClient

# Runs until it is stopped.
LONG = """
import threading, os, signal, polybolos as pb
from polybolos import col, functions as F
session = pb.connect()
threading.Timer(1.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    session.range(10**15).agg(F.sum(col("id") % 7)).collect()
except KeyboardInterrupt:
    print("stopped")
"""


def test_a_terminal_shows_a_bar_and_loses_it_again() -> None:
    child = pexpect.spawn(sys.executable, ["-c", LONG], encoding="utf-8", timeout=60, dimensions=(24, 100))
    child.expect("stopped")
    shown = child.before
    child.expect(pexpect.EOF)
    assert any(spinner in shown for spinner in "⠁⠂⠄⡀⢀⠠⠐⠈"), repr(shown)
    assert "\x1b[2K" in shown, "the line is cleared"


def test_a_pipe_shows_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", LONG], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("stopped\n", "")


def test_a_notebook_shows_a_bar_and_loses_it_again() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(LONG)])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    outputs = notebook["cells"][0]["outputs"]
    bars = [output for output in outputs if output["output_type"] == "display_data"]
    assert len(bars) == 1
    assert bars[0]["data"]["text/html"] == "", "the bar is gone"
