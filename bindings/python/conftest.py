"""What doctests see: the package as in its documentation, and a session of the engine in this process."""

import datetime
from decimal import Decimal
from typing import Any

import polybolos as pb
import pytest


@pytest.fixture(scope="session")
def session() -> Any:
    """A session of the engine in this process."""
    with pb.connect() as session:
        yield session


@pytest.fixture(autouse=True)
def names_of_doctests(doctest_namespace: dict[str, Any], session: pb.Session) -> None:
    """The names that examples use."""
    doctest_namespace.update(
        pb=pb, F=pb.functions, session=session, col=pb.col, lit=pb.lit, when=pb.when, case=pb.case, Window=pb.Window, Plan=pb.Plan
    )
    doctest_namespace.update(datetime=datetime, Decimal=Decimal)
