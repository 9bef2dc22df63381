"""Errors: `Error`, one subclass for each class of errors, and below it one for each code.

Codes are stable; messages are not. `docs/errors.md` lists the codes with their meaning.

Example:
    >>> try:
    ...     session.from_pydict({"salary": [1]}).filter(col("salry") > 0).collect()
    ... except pb.InvalidPlanError as error:
    ...     print(error.code, error.candidates, error.expression)
    UNRESOLVED_COLUMN ['salary'] (salry > 0)
"""

from __future__ import annotations

from typing import Any, ClassVar


class Error(Exception):
    """What went wrong in a query, a session or a call.

    Attributes:
        code: The stable code, such as `UNRESOLVED_COLUMN`.
        message: One sentence, without the place.
        query_id: The id of the query, where there is one.
        retryable: Whether the same call may succeed when it is made again.
        retry_after_ms: How long to wait before that, in milliseconds; 0 where there is no advice.
        candidates: The names that the caller may have meant, best first.
        file: The file of the call to blame, where that is another one than the call that raised.
        line: Its line.
        expression: The text of the expression to blame, where there is one.
        relation: The id of the relation of the plan to blame; 0 where there is none.
        path: The path of fields in it.
        others: Further errors of the same plan.
    """

    code: str = "INTERNAL"
    retryable: bool = False
    _codes: ClassVar[dict[str, type[Error]]] = {}

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.query_id: str | None = facts.get("query_id")
        self.retry_after_ms: int = facts.get("retry_after_ms", 0)
        self.candidates: list[str] = facts.get("candidates", [])
        self.file: str | None = facts.get("file")
        self.line: int | None = facts.get("line")
        self.expression: str | None = facts.get("expression")
        self.relation: int = facts.get("relation", 0)
        self.path: str = facts.get("path", "")
        self.others: list[Error] = facts.get("others", [])

    def __init_subclass__(cls, code: str | None = None, retryable: bool = False, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if code is not None:
            cls.code, cls.retryable = code, retryable
            Error._codes[code] = cls

    def __str__(self) -> str:
        from linecache import getline

        lines = [f"{self.message} [{self.code}]"]
        if any(candidate not in self.message for candidate in self.candidates):
            lines.append("  did you mean: " + ", ".join(self.candidates))
        if self.expression:
            lines.append(f"  in: {self.expression}")
        if self.file:
            lines.append(f'  at: File "{self.file}", line {self.line}')
            source = getline(self.file, self.line or 0).strip()
            if source:
                lines.append(f"    {source}")
        if self.query_id:
            lines.append(f"  query: {self.query_id}")
        return "\n".join(lines)

    def __reduce__(self) -> Any:
        facts = {name: getattr(self, name) for name in _FACTS}
        return _from_native, (self.code, {"message": self.message, **facts})


_FACTS = ("query_id", "retry_after_ms", "candidates", "file", "line", "expression", "relation", "path", "others")


def _from_native(code: str, facts: dict[str, Any]) -> Error:
    """The exception of an error."""
    return Error._codes.get(code, InternalError)(**facts)


class InvalidPlanError(Error):
    """The plan does not fit together: an unknown column or function, types that do not match."""


class LimitExceededError(Error, code="LIMIT_EXCEEDED"):
    """A limit is exceeded."""


class InvalidArgumentError(Error, code="INVALID_ARGUMENT"):
    """An argument is wrong."""


class InvalidSqlError(Error):
    """The SQL text is wrong or not allowed."""


class UnsupportedError(Error, code="UNSUPPORTED"):
    """The contract has it, this engine does not."""


class NotFoundError(Error):
    """A table, file, session or query is not there."""


class AlreadyExistsError(Error, code="ALREADY_EXISTS"):
    """Something of that name is there already."""


class UnauthenticatedError(Error, code="UNAUTHENTICATED"):
    """The token is missing, wrong or expired."""


class PermissionDeniedError(Error, code="PERMISSION_DENIED"):
    """The caller may not do this."""


class ResourcesExhaustedError(Error, code="RESOURCES_EXHAUSTED", retryable=True):
    """Memory or another shared resource ran out."""


class UnavailableError(Error, code="UNAVAILABLE", retryable=True):
    """The server cannot be reached or is too busy."""


class DeadlineExceededError(Error, code="DEADLINE_EXCEEDED"):
    """The query ran longer than its deadline."""


class CancelledError(Error, code="CANCELLED"):
    """The query was cancelled."""


class DataError(Error):
    """A value or a file is not what it should be."""


class ExternalError(Error, code="EXTERNAL", retryable=True):
    """Storage or another outside system failed."""


class InternalError(Error, code="INTERNAL"):
    """A fault of ours."""


class PlanMalformedError(InvalidPlanError, code="PLAN_MALFORMED"):
    """The bytes are not a message of the contract."""


class PlanUnknownFieldError(InvalidPlanError, code="PLAN_UNKNOWN_FIELD"):
    """A field that this build does not know; it is never ignored."""


class PlanUnknownEnumError(InvalidPlanError, code="PLAN_UNKNOWN_ENUM"):
    """An enum value that this build does not know, or UNSPECIFIED where a choice is required."""


class PlanUnknownRequirementError(InvalidPlanError, code="PLAN_UNKNOWN_REQUIREMENT"):
    """Plan.requirements names a feature that this build does not have."""


class PlanMissingFieldError(InvalidPlanError, code="PLAN_MISSING_FIELD"):
    """A required field is absent."""


class PlanInvalidValueError(InvalidPlanError, code="PLAN_INVALID_VALUE"):
    """A field holds a value outside its range."""


class PlanInvalidTopologyError(InvalidPlanError, code="PLAN_INVALID_TOPOLOGY"):
    """Relation ids repeat, or an edge points to no earlier relation, or the number of inputs is wrong."""


class PlanTooLargeError(LimitExceededError, code="PLAN_TOO_LARGE"):
    """The plan exceeds a size or count limit."""


class PlanTooDeepError(LimitExceededError, code="PLAN_TOO_DEEP"):
    """An expression or type nests deeper than the limit."""


class UnresolvedColumnError(InvalidPlanError, code="UNRESOLVED_COLUMN"):
    """No column of that name is in scope."""


class AmbiguousColumnError(InvalidPlanError, code="AMBIGUOUS_COLUMN"):
    """More than one column matches the reference."""


class DuplicateColumnError(InvalidPlanError, code="DUPLICATE_COLUMN"):
    """An output would hold the same column name twice where that is not allowed."""


class UnresolvedFunctionError(InvalidPlanError, code="UNRESOLVED_FUNCTION"):
    """The registry has no function of that name."""


class WrongArgumentCountError(InvalidPlanError, code="WRONG_ARGUMENT_COUNT"):
    """A function is called with too few or too many arguments."""


class TypeMismatchError(InvalidPlanError, code="TYPE_MISMATCH"):
    """The types of an expression do not fit together."""


class InvalidExpressionError(InvalidPlanError, code="INVALID_EXPRESSION"):
    """An expression stands where it is not allowed, such as an aggregate in a filter."""


class ParameterMismatchError(InvalidArgumentError, code="PARAMETER_MISMATCH"):
    """Parameters are missing, too many, or of the wrong type."""


class SqlSyntaxError(InvalidSqlError, code="SQL_SYNTAX"):
    """The SQL text does not parse."""


class SqlNotAllowedError(InvalidSqlError, code="SQL_NOT_ALLOWED"):
    """The statement is outside what this session may run."""


class TableNotFoundError(NotFoundError, code="TABLE_NOT_FOUND"):
    """No table or view of that name."""


class FileNotFoundError(NotFoundError, code="FILE_NOT_FOUND"):
    """No file matches the path."""


class SessionNotFoundError(NotFoundError, code="SESSION_NOT_FOUND"):
    """The session has expired, was closed, or never was; open a new one."""


class QueryNotFoundError(NotFoundError, code="QUERY_NOT_FOUND"):
    """No query, ticket or uploaded data of that id."""


class TokenExpiredError(UnauthenticatedError, code="TOKEN_EXPIRED"):
    """The token was right and has expired."""


class OverloadedError(UnavailableError, code="OVERLOADED", retryable=True):
    """The server has too many queries at once."""


class DivisionByZeroError(DataError, code="DIVISION_BY_ZERO"):
    """An integer or decimal was divided by zero."""


class NumericOverflowError(DataError, code="NUMERIC_OVERFLOW"):
    """A result does not fit its type."""


class CastFailedError(DataError, code="CAST_FAILED"):
    """A value cannot be cast to the type."""


class CardinalityViolationError(DataError, code="CARDINALITY_VIOLATION"):
    """A scalar subquery gave more than one row."""


class DataInvalidError(DataError, code="DATA_INVALID"):
    """A value or a line of a file is not what its schema says."""


class DataCorruptError(DataError, code="DATA_CORRUPT"):
    """A file or stream is damaged."""


__all__ = [
    "AlreadyExistsError",
    "AmbiguousColumnError",
    "CancelledError",
    "CardinalityViolationError",
    "CastFailedError",
    "DataCorruptError",
    "DataError",
    "DataInvalidError",
    "DeadlineExceededError",
    "DivisionByZeroError",
    "DuplicateColumnError",
    "Error",
    "ExternalError",
    "FileNotFoundError",
    "InternalError",
    "InvalidArgumentError",
    "InvalidExpressionError",
    "InvalidPlanError",
    "InvalidSqlError",
    "LimitExceededError",
    "NotFoundError",
    "NumericOverflowError",
    "OverloadedError",
    "ParameterMismatchError",
    "PermissionDeniedError",
    "PlanInvalidTopologyError",
    "PlanInvalidValueError",
    "PlanMalformedError",
    "PlanMissingFieldError",
    "PlanTooDeepError",
    "PlanTooLargeError",
    "PlanUnknownEnumError",
    "PlanUnknownFieldError",
    "PlanUnknownRequirementError",
    "QueryNotFoundError",
    "ResourcesExhaustedError",
    "SessionNotFoundError",
    "SqlNotAllowedError",
    "SqlSyntaxError",
    "TableNotFoundError",
    "TokenExpiredError",
    "TypeMismatchError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnresolvedColumnError",
    "UnresolvedFunctionError",
    "UnsupportedError",
    "WrongArgumentCountError",
]
