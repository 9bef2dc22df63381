"""What docs/python.md and the package's README show runs, every line of it."""

import pathlib
import re

import polybolos as pb
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
README = (ROOT / "bindings" / "python" / "README.md").read_text(encoding="utf-8")


def programs(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def names() -> dict:
    """The names that the guide has made, block after block."""
    made: dict = {}
    for number, program in enumerate(programs(GUIDE)):
        exec(compile(program, f"docs/python.md, block {number}", "exec"), made)
    return made


def test_the_guide_runs(names: dict) -> None:
    assert names["tips"].count() == 2


def idioms() -> list[str]:
    rows = [line.split("|")[-2].strip() for line in GUIDE.splitlines() if line.startswith("| `")]
    return [row.strip("`") for row in rows if row.startswith("`people")]


@pytest.mark.parametrize("idiom", idioms())
def test_every_idiom_runs(names: dict, idiom: str) -> None:
    made = eval(idiom, dict(names))
    assert made is not None
    if isinstance(made, pb.DataFrame):
        assert made.collect().schema.names


def test_there_are_idioms() -> None:
    assert len(idioms()) >= 14


def test_the_readme_runs() -> None:
    [program] = programs(README)
    exec(compile(program, "README.md", "exec"), {})
