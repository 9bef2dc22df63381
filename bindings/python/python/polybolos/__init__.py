"""DataFrames and SQL that run in this process or on a Polybolos server: one plan, Arrow results.

Example:
    >>> import polybolos as pb
    >>> from polybolos import col, functions as F
    >>> session = pb.connect()
    >>> session.range(6).group_by(rest=col("id") % 2).agg(F.sum("id").alias("total")).sort("rest").rows()
    [(0, 6), (1, 9)]
"""

from polybolos import errors, functions
from polybolos._expr import (
    Case,
    Expr,
    SortKey,
    Star,
    When,
    Window,
    aggregate_call,
    call,
    case,
    col,
    columns_matching,
    exists,
    lit,
    null,
    parameter,
    qualified,
    scalar,
    sql_expr,
    star,
    when,
    window_call,
)
from polybolos._native import __version__
from polybolos._values import Interval, interval
from polybolos.dataframe import DataFrame, GroupBy, PivotedGroupBy, RecordBatchStream, WriteSummary
from polybolos.errors import *  # noqa: F403
from polybolos.plan import Explanation, Plan
from polybolos.session import Session, TableInfo, Tls, connect
from polybolos.table import RecordBatch, Schema, Table

__all__ = [
    "Case",
    "DataFrame",
    "Explanation",
    "Expr",
    "GroupBy",
    "Interval",
    "PivotedGroupBy",
    "Plan",
    "RecordBatch",
    "RecordBatchStream",
    "Schema",
    "Session",
    "SortKey",
    "Star",
    "Table",
    "TableInfo",
    "Tls",
    "When",
    "Window",
    "WriteSummary",
    "__version__",
    "aggregate_call",
    "call",
    "case",
    "col",
    "columns_matching",
    "connect",
    "errors",
    "exists",
    "functions",
    "interval",
    "lit",
    "null",
    "parameter",
    "qualified",
    "scalar",
    "sql_expr",
    "star",
    "when",
    "window_call",
]
__all__ += errors.__all__
