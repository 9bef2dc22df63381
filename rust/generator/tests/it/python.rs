//! The shape of the Python wrappers for each kind of argument, and their doctests.

use crate::wrappers::{function, rendered};

fn python(yaml: &str) -> String {
    rendered(yaml, "bindings/python")
}

#[track_caller]
fn has(text: &str, part: &str) {
    assert!(text.contains(part), "{part}\n-- is missing in --\n{text}");
}

#[test]
fn an_ordinary_argument_is_a_column_and_a_literal_one_an_operand() {
    let args = "{name: value, type: string, doc: A.}, {name: unit, type: string, literal: true, doc: B.}";
    let text = python(&function("part", "scalar", args, "{args: [a, b], result: 1}, {args: [null, b], result: null}"));
    has(&text, "def part(value: Column, unit: Operand) -> Expr:\n");
    has(&text, r#"_scalar("std", "part", [_column(value, "F.part(value)"), _operand(unit, "F.part(unit)")])"#);
}

#[test]
fn a_keyword_gets_an_underscore_and_a_builtin_does_not() {
    let args = "{name: from, type: string, doc: A.}, {name: type, type: string, doc: B.}";
    let text = python(&function("min", "scalar", args, "{args: [a, b], result: 1}, {args: [null, b], result: null}"));
    has(&text, "def min(from_: Column, type: Column) -> Expr:\n");
    has(&text, r#"_column(from_, "F.min(from_)")"#);
    has(&text, "        from_ (string): A.\n");
}

#[test]
fn optional_arguments_that_are_left_out_are_not_sent() {
    let args = "{name: value, type: int64, doc: A.}, {name: places, type: int64, optional: true, doc: B.}";
    let text = python(&function("cut", "scalar", args, "{args: [1], result: 1}, {args: [null], result: null}"));
    has(&text, "def cut(value: Column, places: Column | None = None) -> Expr:\n");
    has(&text, "    if places is not None:\n        args.append(_column(places, \"F.cut(places)\"))\n");
}

#[test]
fn several_optional_arguments_fill_gaps_with_defaults() {
    let args = "{name: value, type: int64, doc: A.}, {name: start, type: int64, optional: true, default: 1, doc: B.}, \
                {name: flags, type: string, optional: true, literal: true, doc: C.}";
    let text = python(&function("find", "scalar", args, "{args: [1], result: 1}, {args: [null], result: null}"));
    has(&text, r#"(None if start is None else _column(start, "F.find(start)"), 1),"#);
    has(&text, r#"(None if flags is None else _operand(flags, "F.find(flags)"), None),"#);
}

#[test]
fn a_variadic_argument_takes_any_number() {
    let args = "{name: value, type: T, doc: A.}, {name: others, type: T, variadic: true, doc: B.}";
    let text = python(&function("least", "scalar", args, "{args: [1, 2], result: 1}, {args: [null], result: null}"));
    has(&text, "def least(value: Column, *others: Column) -> Expr:\n");
    has(&text, r#"*(_column(each, "F.least(others)") for each in others)])"#);
}

#[test]
fn an_example_is_a_doctest_and_a_null_has_its_type() {
    let args = "{name: value, type: string, doc: The text.}";
    let text = python(&function("shout", "scalar", args, "{args: [it's], result: 1}, {args: [null], result: null}"));
    has(&text, "    Example:\n        >>> session.select(F.shout(lit(\"it's\"))).scalar()\n        1\n");
    has(&text, ">>> session.select(F.shout(lit(None, \"string\"))).scalar() is None\n        True\n");
}

#[test]
fn values_are_spelled_as_in_python() {
    let args = "{name: value, type: any, doc: A.}";
    for (value, spelled) in [
        ("{int32: 5}", "lit(5, \"int32\")"),
        ("1.0e+16", "lit(1e+16)"),
        ("1.0e-7", "lit(1e-07)"),
        ("{float64: NaN}", "lit(float(\"nan\"))"),
        ("true", "lit(True)"),
        ("'say \"hi\"'", "lit('say \"hi\"')"),
        ("{binary: \"00ff61\"}", "lit(b\"\\x00\\xffa\")"),
        ("{date: \"2024-01-31\"}", "lit(datetime.date(2024, 1, 31))"),
        ("{time: \"07:30:00\"}", "lit(datetime.time(7, 30))"),
        ("{timestamp: \"2024-01-31T12:00:07.5\"}", "lit(datetime.datetime(2024, 1, 31, 12, 0, 7, 500000))"),
        ("{timestamptz: \"2024-01-31T12:00:00Z\"}", "lit(datetime.datetime(2024, 1, 31, 12, 0, tzinfo=datetime.UTC))"),
        ("{decimal: \"1.50\", precision: 10, scale: 2}", "lit(Decimal(\"1.50\"), \"decimal(10, 2)\")"),
        ("{interval: {months: 1, nanos: 3}}", "lit(pb.interval(months=1, nanos=3))"),
        ("{list: [1, null]}", "lit([1, None])"),
        ("{list: [null], of: timestamp}", "lit([None], \"list<timestamp(us)>\")"),
        ("{map: [[a, 1]]}", "F.map(lit([\"a\"]), lit([1]))"),
        ("{struct: {a: 1}}", "lit({\"a\": 1})"),
    ] {
        let examples = format!("{{args: [{value}], result: 1}}, {{args: [null], result: null}}");
        has(&python(&function("f", "scalar", args, &examples)), &format!("F.f({spelled})"));
    }
}

#[test]
fn aggregates_run_over_a_frame_of_data() {
    let args = "{name: value, type: integer, doc: A.}, {name: n, type: int64, literal: true, doc: B.}";
    let rows = "{rows: [[1], [null]], args_after: [2], order_by: 0, result: 1}, {rows: [[{int32: 1}]], args_after: [2], result: 1}";
    let text = python(&function("total", "aggregate", args, rows));
    has(&text, r#"session.from_pydict({"x": [1, None]}).agg(F.total("x", 2).order_by("x")).scalar()"#);
    has(&text, r#"session.from_pydict({"x": [1]}, {"x": "int32"}).agg(F.total("x", 2)).scalar()"#);
}

#[test]
fn windows_are_ordered_by_the_position_of_the_row() {
    let args = "{name: value, type: int64, doc: A.}";
    let rows = "{rows: [[1], [2]], frame: current, result: [1, 3]}, {rows: [[null]], ties: [7], result: [null]}";
    let text = python(&function("place", "window", args, rows));
    has(&text, r#">>> data = session.from_pydict({"x": [1, 2], "i": [1, 2]})"#);
    has(&text, r#">>> data.select(result=F.place("x").over(order_by="i", rows=(None, 0))).to_pydict()"#);
    has(&text, "\n        {'result': [1, 3]}\n");
    has(&text, r#"{"x": [None], "i": [7]}, {"x": "int64", "i": "int64"})"#);
}

#[test]
fn a_function_without_a_certain_result_shows_its_expression() {
    let text = python(&function("dice", "scalar", "", "{args: [], result_type: int64}"));
    has(&text, "        >>> F.dice()\n        Expr: dice()\n");
}

#[test]
fn exported_names_are_in_natural_order() {
    let more = |name: &str| {
        let one = function(name, "scalar", "", "{args: [], result: 1}");
        one.split_once("functions:\n").unwrap().1.to_owned()
    };
    let yaml = function("log10", "scalar", "", "{args: [], result: 1}") + &more("log2") + &more("log");
    has(&python(&yaml), "__all__ = [\n    \"log\",\n    \"log2\",\n    \"log10\",\n]\n");
}
