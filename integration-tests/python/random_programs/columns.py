"""Steps that change columns."""

import itertools

from .frames import Frame, Maker, names, strings
from .types import KINDS, Type, Value, cast, merged

_TAGS = itertools.count(-1, -1)
NUMBERS = ("int32", "int64", "float64", "decimal", "real")


def select(make: Maker, frame: Frame) -> Frame:
    exprs = make.exprs(frame)
    kept = make.some(list(frame.columns), 2, len(frame.columns))
    values = [(name, make.column(frame, name)) for name in kept] + [(make.fresh(), exprs.any()) for _ in range(make.rng.randint(0, 2))]
    python, values = make.named(values)
    return make.step(f"{frame.name}.select({python})", f"select {_items(values)} from {frame.name}", frame, columns=_types(values))


def with_columns(make: Maker, frame: Frame) -> Frame:
    exprs = make.exprs(frame)
    values = [(make.fresh(), exprs.any(3)) for _ in range(make.rng.randint(1, 3))]
    if make.chance(0.3):
        values.append((make.rng.choice(list(frame.columns)), exprs.any()))
    python, values = make.named(values)
    return replaced(make, frame, f"{frame.name}.with_columns({python})", dict(values))


def replaced(make: Maker, frame: Frame, python: str, values: dict[str, Value], keep_order: bool = True) -> Frame:
    """A step whose output is the input with columns replaced in their place, and new ones after them."""
    items = [(name, values.get(name, Value("", f'"{name}"', type_))) for name, type_ in frame.columns.items()]
    items += [(name, value) for name, value in values.items() if name not in frame.columns]
    touched = any(name in frame.columns for name in values)
    changes = {"key": () if set(values) & set(frame.key) else frame.key, "order": frame.order if keep_order and not touched else ""}
    return make.step(python, f"select {_items(items)} from {frame.name}", frame, columns=_types(items), **changes)


def _items(values: list[tuple[str, Value]]) -> str:
    return ", ".join(value.sql if value.sql == f'"{name}"' else f'{value.sql} as "{name}"' for name, value in values)


def _types(values: list[tuple[str, Value]]) -> dict[str, Type]:
    """The types of new columns; those that are computed alike are copies of each other."""
    tags: dict[str, int] = {}
    return {name: value.type.tagged(tags.setdefault(value.sql, next(_TAGS))) for name, value in values}


def rename(make: Maker, frame: Frame) -> Frame:
    chosen = make.some(list(frame.columns), 1, 3)
    new = [*chosen[1:], chosen[0]] if len(chosen) > 1 and make.chance(0.3) else [make.fresh() for _ in chosen]
    return renamed(make, frame, dict(zip(chosen, new)))


def renamed(make: Maker, frame: Frame, new: dict[str, str]) -> Frame:
    columns = {new.get(name, name): type_ for name, type_ in frame.columns.items()}
    items = ", ".join(f'"{name}" as "{new[name]}"' if name in new else f'"{name}"' for name in frame.columns)
    key = tuple(new.get(name, name) for name in frame.key)
    return make.step(f"{frame.name}.rename({new!r})", f"select {items} from {frame.name}", frame, columns=columns, key=key)


def drop(make: Maker, frame: Frame) -> Frame | None:
    if len(frame.columns) < 3:
        return None
    gone = make.some(list(frame.columns), 1, 2)
    columns = {name: type_ for name, type_ in frame.columns.items() if name not in gone}
    return make.step(f"{frame.name}.drop({strings(gone)})", f"select {names(columns)} from {frame.name}", frame, columns=columns)


def cast_columns(make: Maker, frame: Frame) -> Frame | None:
    targets = {}
    for name, type_ in frame.columns.items():
        if type_.name == "int32" or (type_.name == "int64" and type_.bound < 10**9):
            targets[name] = make.rng.choice([Type("float64", type_.bound), Type("decimal", type_.bound, 15, 2), Type("int64", type_.bound)])
        elif type_.name in ("bool", "date"):
            targets[name] = Type("string", 10)
    chosen = make.some(list(targets), 1, 2)
    if not chosen:
        return None
    python = ", ".join(f"{name!r}: {targets[name].plan!r}" for name in chosen)
    values = {name: cast(make.column(frame, name), targets[name]) for name in chosen}
    return replaced(make, frame, f"{frame.name}.cast({{{python}}})", values, keep_order=False)


def fill_null(make: Maker, frame: Frame) -> Frame:
    exprs = make.exprs(frame)
    if make.chance(0.3):
        return _fill_family(make, frame)
    chosen = [name for name in make.some(make.sortable(frame), 1, 3)]
    fills = {name: exprs.literal(frame.columns[name].kind) for name in chosen}
    python = ", ".join(f"{name!r}: {fill.operand or fill.python[4:-1].split(', ')[0]}" for name, fill in fills.items() if fill.operand)
    filled = {name: _filled(frame, name, fill) for name, fill in fills.items() if fill.operand}
    return replaced(make, frame, f"{frame.name}.fill_null({{{python}}})", filled, keep_order=False) if filled else _fill_family(make, frame)


def _filled(frame: Frame, name: str, fill: Value) -> Value:
    type_ = frame.columns[name]
    return Value("", f'coalesce("{name}", cast({fill.sql} as {type_.sql}))', merged(type_, fill.type) if type_.kind != "decimal" else type_)


def _fill_family(make: Maker, frame: Frame) -> Frame:
    """Every column of a family of types."""
    fill, families = make.rng.choice([("0", NUMBERS), ("'?'", ("string",)), ("True", ("bool",))])
    chosen = [name for name, type_ in frame.columns.items() if type_.name in families]
    types = {name: frame.columns[name] for name in chosen}
    values = {name: Value("", f'coalesce("{name}", cast({fill.lower()} as {type_.sql}))', type_) for name, type_ in types.items()}
    return replaced(make, frame, f"{frame.name}.fill_null({fill})", values, keep_order=False)


def replace(make: Maker, frame: Frame) -> Frame | None:
    kind = make.rng.choice(["int", "string"])
    columns = [name for name, type_ in frame.columns.items() if type_.kind == kind]
    if not columns:
        return None
    name = make.rng.choice(columns)
    exprs = make.exprs(frame)
    pairs = {}
    while len(pairs) < 2:
        old, new = exprs.literal(kind), exprs.literal(kind)
        if old.operand and new.operand:
            pairs[old.operand] = (old, new)
    python = ", ".join(f"{old.operand}: {new.operand}" for old, new in pairs.values())
    branches = " ".join(f'when "{name}" = {old.sql} then {new.sql}' for old, new in pairs.values())
    type_ = frame.columns[name]
    bound = max([type_.bound, *(new.type.bound for _, new in pairs.values())])
    sql = f'cast(case {branches} else "{name}" end as {type_.sql})'
    value = Value("", sql, Type(type_.name, bound))
    return replaced(make, frame, f"{frame.name}.replace({{{python}}}, columns={name!r})", {name: value}, keep_order=False)


def unpivot(make: Maker, frame: Frame) -> Frame | None:
    kind = make.rng.choice(KINDS)
    columns = make.some([name for name, type_ in frame.columns.items() if type_.kind == kind], 1, 3)
    if not columns or frame.guess > 1000:
        return None
    keep = make.some([name for name in frame.columns if name not in columns], 0, 3)
    type_ = merged(*(frame.columns[name] for name in columns))
    name, value, nulls = make.fresh(), make.fresh(), make.chance(0.5)
    python = (
        f"{frame.name}.unpivot([{strings(columns)}], keep=[{strings(keep)}], names_to={name!r}, values_to={value!r}, keep_nulls={nulls})"
    )
    kept = f"{names(keep)}, " if keep else ""
    filters = "" if nulls else ' where "{}" is not null'
    parts = [
        f'select {kept}\'{column}\' as "{name}", cast("{column}" as {type_.sql}) as "{value}" from {frame.name}{filters.format(column)}'
        for column in columns
    ]
    types = {column: frame.columns[column] for column in keep} | {name: Type("string", 20), value: type_}
    key = (*frame.key, name) if frame.key and set(frame.key) <= set(keep) else ()
    rows = {"rows": frame.rows * len(columns), "guess": frame.guess * len(columns)}
    return make.step(python, " union all ".join(parts), frame, columns=types, key=key, **rows)
