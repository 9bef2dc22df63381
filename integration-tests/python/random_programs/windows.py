"""Steps with window functions."""

from . import faults
from .columns import replaced
from .frames import Frame, Maker, names, python_keys, sql_keys, strings
from .groups import summed
from .types import Type, Value

FRAMES = [(None, 0), (None, None), (-2, 0), (-1, 1), (0, None), (-3, -1), (1, 2), (0, 0)]


def window(make: Maker, frame: Frame) -> Frame | None:
    frame = frame if frame.key else make.exact(frame)
    if not make.sortable(frame):
        return None
    # Equal rows may change places, but not differently for two columns.
    values = [(make.fresh(), _call(make, frame)) for _ in range(make.rng.randint(1, 2) if frame.key else 1)]
    python, values = make.named(values)
    return replaced(make, frame, f"{frame.name}.with_columns({python})", dict(values), keep_order=False)


def _call(make: Maker, frame: Frame) -> Value:
    shape = make.rng.choice(["number", "rank", "neighbour", "sum", "sum", "aggregate", "place"])
    return {"number": _number, "rank": _rank, "neighbour": _neighbour, "sum": _sum, "aggregate": _aggregate, "place": _place}[shape](
        make, frame
    )


def _over(make: Maker, frame: Frame, total: bool, rows: tuple | None = None, units: str = "rows") -> tuple[str, str]:
    """The window in both languages; in a total order, or in one with ties."""
    parts = make.some(make.sortable(frame), 0, 2)
    some = make.some([name for name in make.sortable(frame) if name not in parts] or make.sortable(frame), 1, 2)
    keys = make.total_order(frame) if total else [make.sort_key(frame, name) for name in some]
    sql = [f"partition by {names(parts)}"] if parts else []
    sql.append(f"order by {sql_keys(keys)}")
    if rows:
        sql.append(f"{units} between {_bound(rows[0], 'preceding')} and {_bound(rows[1], 'following')}")
    if make.chance(0.5):
        python = f"pb.Window.partition_by({strings(parts)}).order_by({python_keys(keys)})"
        python += f".{units}_between({rows[0]}, {rows[1]})" if rows else ""
    else:
        python = (f"partition_by=[{strings(parts)}], " if parts else "") + f"order_by=[{python_keys(keys)}]"
        python += f", {units}={rows}" if rows else ""
    return f".over({python})", f"over ({' '.join(sql)})"


def _bound(bound: int | None, unbounded: str) -> str:
    if bound is None:
        return f"unbounded {unbounded}"
    return "current row" if bound == 0 else f"{abs(bound)} {'preceding' if bound < 0 else 'following'}"


def _integer(python: str, sql: str, frame: Frame) -> Value:
    return Value(f"{python}.cast('int64')", f"cast({sql} as bigint)", Type("int64", frame.rows))


def _number(make: Maker, frame: Frame) -> Value:
    python, sql = _over(make, frame, total=True)
    name, arguments = make.rng.choice([("row_number", ""), ("row_number", ""), ("ntile", "3")])
    return _integer(f"F.{name}({arguments}){python}", f"{name}({arguments}) {sql}", frame)


def _rank(make: Maker, frame: Frame) -> Value:
    python, sql = _over(make, frame, total=False)
    name = make.rng.choice(["rank", "rank", "dense_rank", "percent_rank", "cume_dist"])
    if name.endswith("rank") and name != "percent_rank":
        return _integer(f"F.{name}(){python}", f"{name}() {sql}", frame)
    return Value(f"F.{name}(){python}", f"{name}() {sql}", Type("real"))


def _neighbour(make: Maker, frame: Frame) -> Value:
    exprs = make.exprs(frame)
    a, name, offset = exprs.any(1), make.rng.choice(["lag", "lead"]), make.rng.choice([1, 1, 2, 5])
    python, sql = _over(make, frame, total=True)
    if a.type.kind == "int" and a.type.name == "int64" and make.chance(0.4):
        return Value(f"F.{name}({a.as_argument()}, {offset}, -1){python}", f"{name}({a.sql}, {offset}, -1) {sql}", a.type)
    return Value(f"F.{name}({a.as_argument()}, {offset}){python}", f"{name}({a.sql}, {offset}) {sql}", a.type)


def _framed(make: Maker, frame: Frame) -> tuple[str, str]:
    """A window with a frame that is the same in both engines: rows in a total order, or groups of equal rows."""
    draw = make.rng.random()
    if draw < 0.6:
        return _over(make, frame, True, make.rng.choice(FRAMES))
    if draw < 0.8:
        return _over(make, frame, False, make.rng.choice(FRAMES), "groups")
    return _over(make, frame, False)


def _sum(make: Maker, frame: Frame) -> Value:
    (call, around), (python, sql) = summed(make, frame, make.exprs(frame)), _framed(make, frame)
    return Value(f"{call.python}{python}", around.format(f"{call.sql} {sql}"), call.type)


def _aggregate(make: Maker, frame: Frame) -> Value:
    exprs, rng = make.exprs(frame), make.rng
    python, sql = _framed(make, frame)
    name = rng.choice(["count", "min", "max", "avg", "bool_or"])
    if name == "count":
        return Value(f"F.count(){python}", f"count(*) {sql}", Type("int64", frame.rows))
    if name == "avg":
        a = exprs.of(rng.choice(["int", "float64"]), 1)
        return Value(f"F.avg({a.as_argument()}){python}", f"avg({a.sql}) {sql}", Type("real"))
    if name == "bool_or":
        # It cannot take rows back.
        python, sql = _over(make, frame, True, make.rng.choice([(None, 0), (None, None)]))
    a = exprs.condition(1) if name == "bool_or" else exprs.any(1)
    return Value(f"F.{name}({a.as_argument()}){python}", f"{name}({a.sql}) {sql}", a.type)


def _place(make: Maker, frame: Frame) -> Value:
    """The value at a place of the frame."""
    a, name = make.exprs(frame).any(1), make.rng.choice(["first_value", "last_value", "nth_value"])
    python, sql = _over(make, frame, True, make.rng.choice(FRAMES))
    more = ", 2" if name == "nth_value" else ""
    if name != "nth_value" and not faults.IGNORE_NULLS_IN_WINDOWS and make.chance(0.3):
        return Value(f"F.{name}({a.as_argument()}).ignore_nulls(){python}", f"{name}({a.sql} ignore nulls) {sql}", a.type)
    return Value(f"F.{name}({a.as_argument()}{more}){python}", f"{name}({a.sql}{more}) {sql}", a.type)
