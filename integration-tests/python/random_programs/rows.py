"""Steps that choose rows, put them in an order or spread them."""

from .frames import Frame, Maker, names, python_keys, sql_keys, strings


def filter_(make: Maker, frame: Frame) -> Frame:
    conditions = [make.exprs(frame).condition(3) for _ in range(make.rng.randint(1, 2))]
    python = ", ".join(condition.python for condition in conditions)
    sql = f"select * from {frame.name} where {' and '.join(condition.sql for condition in conditions)}"
    return make.step(f"{frame.name}.filter({python})", sql, frame, guess=frame.guess * 0.6, order=frame.order)


def drop_nulls(make: Maker, frame: Frame) -> Frame:
    chosen = make.some(list(frame.columns), 1, 4)
    if make.chance(0.4):
        least = make.rng.randint(1, len(chosen))
        count = " + ".join(f'cast("{name}" is not null as integer)' for name in chosen)
        python, where = f"{strings(chosen)}, at_least={least}", f"{count} >= {least}"
    else:
        python, where = strings(chosen), " and ".join(f'"{name}" is not null' for name in chosen)
    return make.step(f"{frame.name}.drop_nulls({python})", f"select * from {frame.name} where {where}", frame, order="")


def sort(make: Maker, frame: Frame) -> Frame | None:
    """A total order, perhaps with a limit."""
    frame = frame if frame.key else make.exact(frame)
    if not make.sortable(frame):
        return None
    if make.chance(0.2):
        python, keys = _sort_one_way(make, frame)
    else:
        order = make.total_order(frame)
        python, keys = f"{frame.name}.sort({python_keys(order)})", sql_keys(order)
    count, offset = make.rng.choice([0, 1, 5, 50]), make.rng.choice([0, 0, 3, 20])
    limits = [
        (".limit({n}, {offset})", "limit {n} offset {offset}"),
        (".slice({offset}, {n})", "limit {n} offset {offset}"),
        (".head({n})", "limit {n}"),
        (".offset({offset})", "offset {offset}"),
        ("", ""),
    ]
    more, limit = (text.format(n=count, offset=offset) for text in make.rng.choice(limits))
    rows = min(frame.rows, count) if "limit" in limit else frame.rows
    sql = f"select * from {frame.name} order by {keys} {limit}"
    return make.step(python + more, sql, frame, order=keys, rows=rows, guess=min(frame.guess, rows))


def _sort_one_way(make: Maker, frame: Frame) -> tuple[str, str]:
    first = make.some(make.sortable(frame), 0, 2)
    columns = list(dict.fromkeys([*first, *(frame.key or make.sortable(frame))]))
    down, nulls = make.chance(0.5), make.rng.choice(["first", "last"])
    keys = ", ".join(f'"{name}" {"desc" if down else "asc"} nulls {nulls}' for name in columns)
    return f"{frame.name}.sort({strings(columns)}, descending={down}, nulls={nulls!r})", keys


def with_ties(make: Maker, frame: Frame) -> Frame | None:
    """The first rows in an order that need not be total, and those that are equal to the last."""
    chosen = make.some(make.sortable(frame), 1, 2)
    if not chosen:
        return None
    keys, count = [make.sort_key(frame, name) for name in chosen], make.rng.choice([1, 3, 20])
    python = f"{frame.name}.sort({python_keys(keys)}).limit({count}, with_ties=True)"
    ranked = f"select *, rank() over (order by {sql_keys(keys)}) as standing from {frame.name}"
    return make.step(python, f"select {names(frame.columns)} from ({ranked}) where standing <= {count}", frame)


def distinct(make: Maker, frame: Frame) -> Frame | None:
    if make.chance(0.5):
        frame = make.exact(frame)
        if not make.sortable(frame):
            return None
        return make.step(f"{frame.name}.distinct()", f"select distinct * from {frame.name}", frame, key=frame.key or tuple(frame.columns))
    frame = frame if frame.key else make.exact(frame)
    on = make.some(make.sortable(frame), 1, 2)
    if not on:
        return None
    keep = make.total_order(frame)
    python = f"{frame.name}.distinct({strings(on)}, keep=[{python_keys(keep)}])"
    numbered = f"select *, row_number() over (partition by {names(on)} order by {sql_keys(keep)}) as place from {frame.name}"
    return make.step(
        python, f"select {names(frame.columns)} from ({numbered}) where place = 1", frame, key=tuple(on), guess=frame.guess / 5
    )


def unchanged(make: Maker, frame: Frame) -> Frame:
    """What must never change a result."""
    column = make.rng.choice(list(frame.columns))
    python = make.rng.choice(["alias('t')", "repartition(3)", f"repartition(2, by={column!r})", "coalesce(1)", "hint('broadcast')"])
    return make.step(f"{frame.name}.{python}", f"select * from {frame.name}", frame)
