"""Random expressions over columns, each as Python for a DataFrame and as SQL for DuckDB."""

from .conditions import Conditions
from .literals import Literals
from .numbers import Numbers
from .texts import Texts
from .times import Times


class Expressions(Literals, Numbers, Texts, Conditions, Times):
    """Makes random expressions of every kind."""
