"""The tutorial runs in a real Jupyter kernel, and shows what it should."""

import pathlib
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = pathlib.Path(__file__).resolve().parents[3] / "docs" / "tutorial.ipynb"


@pytest.fixture(scope="module")
def outputs() -> list[list[dict[str, Any]]]:
    """The outputs of each code cell."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def html(cell: list[dict[str, Any]]) -> str:
    return "".join(output["data"].get("text/html", "") for output in cell if "data" in output)


def test_a_frame_of_a_million_rows_shows_ten(outputs: list[list[dict[str, Any]]]) -> None:
    page = html(outputs[1])
    assert page.count("<tr>") == 11
    assert "first 10 rows, there are more" in page


def test_answers_are_shown(outputs: list[list[dict[str, Any]]]) -> None:
    assert "4 rows" in html(outputs[2])
    assert outputs[4][0]["data"]["text/plain"] == "4"
    assert outputs[5][0]["text"] == "['fare'] (fair > 10)\n"
