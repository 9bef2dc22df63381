"""Steps that bring a second frame in: joins, set operations, subqueries."""

from .columns import renamed
from .frames import Frame, Maker, names, strings
from .types import KINDS, Type, Value, merged

MANY = 4000


def source(make: Maker, left: Frame, tables: str = "aabbc") -> Frame:
    """A table, perhaps filtered; another one than the left frame, whose columns would be ambiguous in the answer of a join."""
    frame = make.table(make.rng.choice([table for table in tables if table != left.name]))
    if make.chance(0.5):
        conditions = make.exprs(frame).condition(2)
        frame = make.step(
            f"{frame.name}.filter({conditions.python})",
            f"select * from {frame.name} where {conditions.sql}",
            frame,
            guess=frame.guess * 0.6,
        )
    return frame


def narrowed(make: Maker, frame: Frame, least: int, most: int, must: tuple[str, ...] = ()) -> Frame:
    chosen = list(dict.fromkeys([*must, *make.some(list(frame.columns), least, most)]))
    columns = {name: frame.columns[name] for name in chosen}
    return make.step(f"{frame.name}.select({strings(chosen)})", f"select {names(chosen)} from {frame.name}", frame, columns=columns)


def _share(type_: Type) -> float:
    """How many pairs of values are equal, perhaps."""
    return 0.5 if type_.name == "bool" else 0.15


def join(make: Maker, left: Frame) -> Frame | None:
    how = make.rng.choice(["inner", "inner", "left", "left", "right", "full", "semi", "anti"])
    right = source(make, left)
    if make.chance(0.5):
        return _join_using(make, left, right, how)
    return _join_on(make, left, right, how)


def _join_using(make: Maker, left: Frame, right: Frame, how: str) -> Frame | None:
    common = [name for name in ("k", "g", "s", "day", "f", "id", "d", "x", "at", "z") if left.columns.get(name) == right.columns.get(name)]
    common = [name for name in common if name in left.columns]
    using = make.some(common, 1, 2)
    share = min((_share(left.columns[name]) for name in using), default=1) ** max(1, len(using))
    if not using or (how not in ("semi", "anti") and left.guess * right.guess * share > MANY):
        return None
    right = narrowed(make, right, 1, 3, tuple(using))
    nulls = make.chance(0.2)
    equal = " and ".join(f'l."{name}" {"is not distinct from" if nulls else "="} r."{name}"' for name in using)
    on = repr(using[0]) if len(using) == 1 and make.chance(0.7) else f"[{strings(using)}]"
    more = ", nulls_equal=True" if nulls else ""
    if how not in ("semi", "anti"):
        right = _apart(make, left, right, using)
    python = f"{left.name}.join({right.name}, {on}, {how!r}{more})"
    if how in ("semi", "anti"):
        return _filtering(make, left, right, how, python, equal)
    rest = [name for name in left.columns if name not in using], [name for name in right.columns if name not in using]
    items = [f'coalesce(l."{name}", r."{name}") as "{name}"' for name in using]
    items += [f'l."{name}"' for name in rest[0]] + [f'r."{name}"' for name in rest[1]]
    types = {name: left.columns[name] for name in using + rest[0]} | {name: right.columns[name] for name in rest[1]}
    return _joined(make, left, right, how, python, items, equal, types, share)


def _apart(make: Maker, left: Frame, right: Frame, using: list[str]) -> Frame:
    """The right frame with other names for the columns that the left one has, too."""
    same = [name for name in right.columns if name in left.columns and name not in using]
    return renamed(make, right, {name: make.fresh() for name in same}) if same else right


def _joined(make: Maker, left: Frame, right: Frame, how: str, python: str, items: list[str], on: str, types: dict, share: float) -> Frame:
    sql = f"select {', '.join(items)} from {left.name} l {how} join {right.name} r on {on}"
    guess = left.guess * right.guess * share
    guess = guess + left.guess * (how in ("left", "full")) + right.guess * (how in ("right", "full"))
    key = (*left.key, *right.key) if left.key and right.key and not set(left.key) & set(right.key) else ()
    rows = left.rows * right.rows + left.rows + right.rows
    return make.step(python, sql, left, columns=types, key=key, rows=rows, guess=guess)


def _filtering(make: Maker, left: Frame, right: Frame, how: str, python: str, on: str) -> Frame:
    """A semi or anti join; SQL says it with EXISTS."""
    sql = f"select * from {left.name} l where {'not ' if how == 'anti' else ''}exists (select 1 from {right.name} r where {on})"
    return make.step(python, sql, left, guess=left.guess * 0.6)


def _join_on(make: Maker, left: Frame, right: Frame, how: str) -> Frame | None:
    if not make.sortable(left):
        return None
    pair = _equal_pair(make, left, right)
    few = left.guess * right.guess <= MANY
    if pair is None or (not few and left.guess * right.guess * _share(left.columns[pair[0]]) > MANY and how not in ("semi", "anti")):
        return None
    right = narrowed(make, right, 1, 4, (pair[1],))
    new = {}
    if how not in ("semi", "anti"):
        new = {name: make.fresh() for name in right.columns if name in left.columns}
        right = renamed(make, right, new) if new else right
    both = make.over((left, "l."), (right, "r."))
    a, b = make.column(left, pair[0], "l."), make.column(right, new.get(pair[1], pair[1]), "r.")
    terms = [Value(f"({a.python} == {b.python})", f"({a.sql} = {b.sql})", Type("bool"))]
    if few and make.chance(0.4):
        sign = make.rng.choice(["<", ">=", "<"])
        terms = [Value(f"({a.python} {sign} {b.python})", f"({a.sql} {sign} {b.sql})", Type("bool"))]
    if make.chance(0.5):
        terms.append(both.condition(2))
    on = " & ".join(term.python for term in terms)
    python, sql = f"{left.name}.join({right.name}, {on}, {how!r})", " and ".join(term.sql for term in terms)
    if how in ("semi", "anti"):
        return _filtering(make, left, right, how, python, sql)
    items = [f'l."{name}"' for name in left.columns] + [f'r."{name}"' for name in right.columns]
    share = 0.5 if few else _share(left.columns[pair[0]])
    return _joined(make, left, right, how, python, items, sql, left.columns | right.columns, share)


def _equal_pair(make: Maker, left: Frame, right: Frame) -> tuple[str, str] | None:
    """Two columns of one kind."""
    for kind in make.rng.sample(KINDS, len(KINDS)):
        a = [name for name, type_ in left.columns.items() if type_.kind == kind]
        b = [name for name, type_ in right.columns.items() if type_.kind == kind]
        if a and b:
            return make.rng.choice(a), make.rng.choice(b)
    return None


def cross(make: Maker, left: Frame) -> Frame | None:
    if left.guess * 12 > MANY:
        return None
    right = narrowed(make, source(make, left, "c"), 1, 2)
    right = _apart(make, left, right, [])
    python = make.rng.choice([f"{left.name}.cross_join({right.name})", f"{left.name}.join({right.name}, how='cross')"])
    items = [f'l."{name}"' for name in left.columns] + [f'r."{name}"' for name in right.columns]
    key = (*left.key, *right.key) if left.key and right.key else ()
    sql = f"select {', '.join(items)} from {left.name} l cross join {right.name} r"
    rows = {"rows": left.rows * right.rows, "guess": left.guess * right.guess}
    return make.step(python, sql, left, columns=left.columns | right.columns, key=key, **rows)


def set_operation(make: Maker, left: Frame) -> Frame | None:
    left = make.exact(left)
    if not make.sortable(left):
        return None
    if len(left.columns) > 3 and make.chance(0.7):
        left = narrowed(make, left, 1, 3)
    left, right = _alike(make, left)
    types = dict(zip(left.columns, (merged(a, b) for a, b in zip(left.columns.values(), right.columns.values()))))
    if not all(type_.fits() for type_ in types.values()):
        return None
    method, sql = make.rng.choice(
        [
            ("union({})", "union all"),
            ("union({})", "union all"),
            ("union_distinct({})", "union"),
            ("intersect({})", "intersect"),
            ("intersect({}, all=True)", "intersect all"),
            ("except_({})", "except"),
            ("except_({}, all=True)", "except all"),
        ]
    )
    text = f"select {names(left.columns)} from {left.name} {sql} select {names(right.columns)} from {right.name}"
    key = () if sql.endswith("all") else tuple(types)
    rows = {"rows": left.rows + right.rows, "guess": left.guess + right.guess}
    return make.step(f"{left.name}.{method.format(right.name)}", text, left, columns=types, key=key, **rows)


def _alike(make: Maker, left: Frame) -> tuple[Frame, Frame]:
    """Two frames whose columns have the same kinds: the second is a part of the first, or of another table."""
    if make.chance(0.4):
        condition = make.exprs(left).condition(2)
        sql = f"select * from {left.name} where {condition.sql}"
        return left, make.step(f"{left.name}.filter({condition.python})", sql, left)
    frame = source(make, left)
    exprs = make.exprs(frame)
    values = []
    for type_ in left.columns.values():
        plain = [name for name, other in frame.columns.items() if other.kind == type_.kind]
        values.append((make.fresh(), make.column(frame, make.rng.choice(plain)) if make.chance(0.7) else exprs.of(type_.kind, 1)))
    python = ", ".join(f"{value.python}.alias({name!r})" for name, value in values)
    sql = ", ".join(f'{value.sql} as "{name}"' for name, value in values)
    columns = {name: value.type for name, value in values}
    return left, make.step(f"{frame.name}.select({python})", f"select {sql} from {frame.name}", frame, columns=columns)


def subquery(make: Maker, left: Frame) -> Frame | None:
    """A filter, or a column, with a subquery."""
    right = source(make, left)
    pair = _equal_pair(make, left, right)
    if pair is None:
        return None
    shape = make.rng.choice(["in", "exists", "scalar", "quantified", "count"])
    return {"in": _in, "exists": _exists, "scalar": _scalar, "quantified": _quantified, "count": _count}[shape](make, left, right, *pair)


def _in(make: Maker, left: Frame, right: Frame, a: str, b: str) -> Frame:
    method, word = make.rng.choice([("in_subquery", "in"), ("not_in_subquery", "not in")])
    python = f"{left.name}.filter({make.column(left, a).python}.{method}({right.name}.select({b!r})))"
    sql = f'select * from {left.name} where "{a}" {word} (select "{b}" from {right.name})'
    return make.step(python, sql, left, guess=left.guess * 0.6)


def _exists(make: Maker, left: Frame, right: Frame, a: str, b: str) -> Frame:
    more = make.exprs(right).condition(1)
    sign, word = make.rng.choice([("", ""), ("~", "not ")])
    inner = f"{right.name}.filter(col({b!r}) == {left.name}.outer({a!r}), {more.python})"
    sql = f'select * from {left.name} l where {word}exists (select 1 from {right.name} where "{b}" = l."{a}" and {more.sql})'
    return make.step(f"{left.name}.filter({sign}exists({inner}))", sql, left, guess=left.guess * 0.6)


def _scalar(make: Maker, left: Frame, right: Frame, a: str, b: str) -> Frame:
    name, sign = make.rng.choice(["min", "max"]), make.rng.choice([("<", "<"), (">", ">"), ("==", "=")])
    python = f"{left.name}.filter({make.column(left, a).python} {sign[0]} scalar({right.name}.agg(F.{name}({b!r}).alias('m'))))"
    sql = f'select * from {left.name} where "{a}" {sign[1]} (select {name}("{b}") from {right.name})'
    return make.step(python, sql, left, guess=left.guess * 0.6)


def _quantified(make: Maker, left: Frame, right: Frame, a: str, b: str) -> Frame:
    method, word = make.rng.choice([("any_of", "any"), ("all_of", "all")])
    sign = make.rng.choice(["=", "<>", "<", "<=", ">", ">="])
    python = f"{left.name}.filter({make.column(left, a).python}.{method}({sign!r}, {right.name}.select({b!r})))"
    sql = f'select * from {left.name} where "{a}" {sign} {word} (select "{b}" from {right.name})'
    return make.step(python, sql, left, guess=left.guess * 0.6)


def _count(make: Maker, left: Frame, right: Frame, a: str, b: str) -> Frame:
    """A correlated scalar subquery as a column."""
    name, test = make.fresh(), make.exprs(right).condition(1)
    call = make.rng.choice([("F.count()", "count(*)"), (f"F.count({b!r})", f'count("{b}")')])
    inner = f"{right.name}.filter(col({b!r}) == {left.name}.outer({a!r}), {test.python}).agg({call[0]}.alias('n'))"
    python = f"{left.name}.with_column({name!r}, scalar({inner}))"
    where = f'"{b}" = l."{a}" and {test.sql}'
    sql = f'select *, (select {call[1]} from {right.name} where {where}) as "{name}" from {left.name} l'
    return make.step(python, sql, left, columns=left.columns | {name: Type("int64", right.rows)})
