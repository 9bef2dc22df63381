"""Steps that aggregate."""

import dataclasses

from .columns import _items, _types
from .expressions import Expressions
from .frames import Frame, Maker, names, python_keys, sql_keys, strings
from .types import EXACT_FLOAT, Type, Value


def aggregate(make: Maker, frame: Frame) -> Frame | None:
    frame = frame if frame.key else make.exact(frame)
    columns = make.sortable(frame)
    if not columns:
        return None
    mode = make.rng.choice(["plain"] * 6 + ["rollup", "cube", "sets"])
    keys = make.some(columns, 0 if mode == "plain" else 2, 3)
    values = [(make.fresh(), measure(make, frame, first=at == 0)) for at in range(make.rng.randint(1, 4))]
    if mode == "plain":
        return _plain(make, frame, keys, values)
    python, values = make.named(values)
    grouped, groups = _grouping(make, mode, keys)
    sql = f"select {names(keys)}, {_items(values)} from {frame.name} group by {groups}"
    types = {key: frame.columns[key] for key in keys} | _types(values)
    return make.step(f"{frame.name}.{grouped}.agg({python})", sql, frame, columns=types, key=())


def _grouping(make: Maker, mode: str, keys: list[str]) -> tuple[str, str]:
    if mode != "sets":
        return f"{mode}({strings(keys)})", f"{mode} ({names(keys)})"
    # The first set has all keys, which settles the order of their columns.
    sets = [keys, *(make.some(keys, 0, 2) for _ in range(make.rng.randint(1, 2)))]
    python = ", ".join(f"[{strings(some)}]" for some in sets)
    return f"grouping_sets({python})", f"grouping sets ({', '.join(f'({names(some)})' for some in sets)})"


def _plain(make: Maker, frame: Frame, keys: list[str], values: list[tuple[str, Value]]) -> Frame:
    computed = [(make.fresh(), make.exprs(frame).any(1))] if keys and make.chance(0.3) else []
    group, by = make.named([(key, make.column(frame, key)) for key in keys] + computed)
    python, values = make.named(values)
    source = f"(select *, {_items(computed)} from {frame.name})" if computed else frame.name
    groups = f" group by {names(name for name, _ in by)}" if by else ""
    selected = [(name, Value("", f'"{name}"', value.type)) for name, value in by] + values
    sql = f"select {_items(selected)} from {source}{groups}"
    text = f"{frame.name}.group_by({group}).agg({python})" if by else f"{frame.name}.agg({python})"
    rows = frame.rows if by else 1
    key = tuple(name for name, _ in by) or tuple(name for name, value in values if value.type.name != "real")[:1]
    return make.step(text, sql, frame, columns=_types(selected), key=key, rows=max(rows, 1), guess=max(1, frame.guess / 5))


def measure(make: Maker, frame: Frame, first: bool = True) -> Value:
    """An aggregate, perhaps with a filter of its own; only the first of several takes the rows in an order."""
    exprs = make.exprs(frame)
    shape = make.rng.choice(["count", "sum", "sum", "extreme", "extreme", "mean", "all", "distinct", "ordered", "span", "if"])
    if shape == "ordered" and not first:
        shape = "count"
    if shape == "span":
        a = exprs.of("int", 1)
        type_ = dataclasses.replace(a.type, bound=2 * a.type.bound)
        if type_.fits():
            return Value(f"(F.max({a.as_argument()}) - F.min({a.as_argument()}))", f"(max({a.sql}) - min({a.sql}))", type_)
        shape = "count"
    if shape == "if":
        test = exprs.condition(1)
        return Value(f"F.count_if({test.python})", f"count(*) filter (where {test.sql})", Type("int64", frame.rows))
    value, around = _call(make, frame, exprs, shape)
    if make.chance(0.25):
        test = exprs.condition(1)
        value = Value(f"{value.python}.filter({test.python})", f"{value.sql} filter (where {test.sql})", value.type)
    return dataclasses.replace(value, sql=around.format(value.sql))


def _call(make: Maker, frame: Frame, exprs: Expressions, shape: str) -> tuple[Value, str]:
    """The call of an aggregate function, and what stands around it in SQL."""
    rng = make.rng
    if shape == "sum":
        return summed(make, frame, exprs)
    if shape == "extreme":
        name, a = rng.choice(["min", "max"]), exprs.any(1)
        return Value(f"F.{name}({a.as_argument()})", f"{name}({a.sql})", a.type), "{}"
    if shape == "mean":
        a = exprs.of(rng.choice(["int", "float64", "decimal"]), 1)
        return Value(f"F.avg({a.as_argument()})", f"avg({a.sql})", Type("real")), "{}"
    if shape == "all":
        name, a = rng.choice(["bool_and", "bool_or"]), exprs.condition(1)
        return Value(f"F.{name}({a.as_argument()})", f"{name}({a.sql})", Type("bool")), "{}"
    if shape == "distinct":
        a = exprs.any(1)
        python = rng.choice([f"F.count({a.as_argument()}).distinct()", f"F.count_distinct({a.as_argument()})"])
        return Value(python, f"count(distinct {a.sql})", Type("int64", frame.rows)), "{}"
    if shape == "ordered":
        return _ordered(make, frame, exprs)
    if rng.random() < 0.5:
        return Value("F.count()", "count(*)", Type("int64", frame.rows)), "{}"
    a = exprs.any(1)
    return Value(f"F.count({a.as_argument()})", f"count({a.sql})", Type("int64", frame.rows)), "{}"


def _ordered(make: Maker, frame: Frame, exprs: Expressions) -> tuple[Value, str]:
    """An aggregate for which the order of the rows matters."""
    order = make.order_of_rows(frame)
    if make.chance(0.5):
        a = exprs.of("string", 1)
        python = f"F.string_agg({a.as_argument()}, '|').order_by({python_keys(order)})"
        # A text of unknown length is only passed on.
        return Value(python, f"string_agg({a.sql}, '|' order by {sql_keys(order)})", Type("string", 10**6)), "{}"
    name, a = make.rng.choice(["first", "last"]), exprs.any(1)
    return Value(f"F.{name}({a.as_argument()}).order_by({python_keys(order)})", f"{name}({a.sql} order by {sql_keys(order)})", a.type), "{}"


def summed(make: Maker, frame: Frame, exprs: Expressions) -> tuple[Value, str]:
    """A sum that is exact in whatever order."""
    a = exprs.of(make.rng.choice(["int", "int", "float64", "decimal"]), 1)
    bound = a.type.bound * max(frame.rows, 1)
    if a.type.name == "float64":
        type_ = dataclasses.replace(a.type, bound=bound)
        around = "{}"
        if bound > EXACT_FLOAT >> a.type.bits:
            return Value("F.count()", "count(*)", Type("int64", frame.rows)), "{}"
    elif a.type.name == "decimal":
        type_ = Type("decimal", bound, min(38, a.type.digits + 10), a.type.scale)
        around = f"cast({{}} as {type_.sql})"
    else:
        type_, around = Type("int64", bound), "cast({} as bigint)"
    if not type_.fits():
        return Value("F.count()", "count(*)", Type("int64", frame.rows)), "{}"
    return Value(f"F.sum({a.as_argument()})", f"sum({a.sql})", type_), around


def pivot(make: Maker, frame: Frame) -> Frame | None:
    keys = [name for name, type_ in frame.columns.items() if type_.name == "string" and type_.bound <= 5]
    rows = [name for name in make.sortable(frame) if name not in keys]
    if not keys or not rows:
        return None
    column, row = make.rng.choice(keys), make.rng.choice(rows)
    wanted = make.some(["red", "green", "rød", "赤"], 1, 3)
    if set(wanted) & set(frame.columns):
        return None
    call, around = _call(make, frame, make.exprs(frame), make.rng.choice(["count", "sum", "extreme"]))
    cells = ", ".join(around.format(f"{call.sql} filter (where \"{column}\" = '{value}')") + f' as "{value}"' for value in wanted)
    text = f"{frame.name}.group_by({row!r}).pivot({column!r}, values={wanted!r}).agg({call.python}.alias('cell'))"
    types = {row: frame.columns[row]} | {value: call.type for value in wanted}
    sql = f'select "{row}", {cells} from {frame.name} group by "{row}"'
    return make.step(text, sql, frame, columns=types, key=(row,), guess=max(1, frame.guess / 5))
