//! Validation of expressions: functions, aggregates, windows, subqueries, shared expressions, lambdas and literals.

use crate::plans::*;
use crate::validate::{COUNT, INT, all, passes};

const ROWS: &str = "frame { units: FRAME_UNITS_ROWS start { kind: BOUND_KIND_UNBOUNDED_PRECEDING } end { kind: BOUND_KIND_CURRENT_ROW } }";

fn literal(rest: &str) -> String {
    project(&format!("literal {{ {rest} }}"))
}

#[test]
fn expressions_are_complete() {
    let at = "2 project.items[0].expr.expr";
    for (expression, expected) in [
        ("", format!("PLAN_MISSING_FIELD {at}")),
        ("column {}", format!("PLAN_MISSING_FIELD {at}.column.name")),
        ("cast { input { column { name: \"a\" } } on_failure: CAST_FAILURE_ERROR }", format!("PLAN_MISSING_FIELD {at}.cast.to")),
        ("cast { input { column { name: \"a\" } } to { primitive: PRIMITIVE_BOOL } }", format!("PLAN_UNKNOWN_ENUM {at}.cast.on_failure")),
        ("case_when {}", format!("PLAN_MISSING_FIELD {at}.case_when.branches")),
        ("in_list { needle { column { name: \"a\" } } }", format!("PLAN_MISSING_FIELD {at}.in_list.items")),
        (
            "in_list { needle { column { name: \"a\" } } items { column { name: \"a\" } } arrow_items: \"x\" }",
            format!("PLAN_INVALID_VALUE {at}.in_list.arrow_items"),
        ),
        ("field { input { column { name: \"a\" } } }", format!("PLAN_MISSING_FIELD {at}.field.field")),
        ("lambda_fn { params { id: 1 } body { lambda_var { id: 1 } } }", format!("INVALID_EXPRESSION {at}.lambda_fn")),
        ("lambda_var { id: 1 }", format!("INVALID_EXPRESSION {at}.lambda_var")),
        ("foreign { function: 1 }", format!("PLAN_INVALID_VALUE {at}.foreign.function")),
        ("sql {}", format!("PLAN_MISSING_FIELD {at}.sql.text")),
        ("shared: 1", format!("PLAN_INVALID_TOPOLOGY {at}.shared")),
        ("shared: 0", format!("PLAN_INVALID_TOPOLOGY {at}.shared")),
    ] {
        assert_eq!(blame(&project(expression)), expected, "{expression}");
    }
}

#[test]
fn functions_come_from_the_registry() {
    let error = check(&filter(r#"call { function { namespace: "std" name: "uper" } args { column { name: "a" } } }"#)).unwrap_err();
    assert_eq!(place(&error), "UNRESOLVED_FUNCTION 2 filter.predicate.call.function");
    assert_eq!(error.candidates()[0], "upper");
    let call = |function: &str, args: usize| {
        filter(&format!("call {{ function {{ {function} }} {} }}", "args { column { name: \"a\" } } ".repeat(args)))
    };
    all(&[
        (call(r#"namespace: "core" name: "eq""#, 1), "WRONG_ARGUMENT_COUNT 2 filter.predicate.call"),
        (call(r#"namespace: "core" name: "eq""#, 3), "WRONG_ARGUMENT_COUNT 2 filter.predicate.call"),
        (call(r#"name: "eq""#, 2), "PLAN_MISSING_FIELD 2 filter.predicate.call.function.namespace"),
        (call(r#"namespace: "core" name: "eq" semantics: 9"#, 2), "PLAN_INVALID_VALUE 2 filter.predicate.call.function.semantics"),
        (call(r#"namespace: "std" name: "sum""#, 1), "INVALID_EXPRESSION 2 filter.predicate.call.function"),
        (
            call(r#"namespace: "core" name: "eq""#, 2)
                .replace("args { column { name: \"a\" } }  }", "options { key: \"k\" } args { column { name: \"a\" } } }"),
            "PLAN_INVALID_VALUE 2 filter.predicate.call.options[0]",
        ),
    ]);
    passes(&call(r#"namespace: "core" name: "and""#, 10));
    passes(&call(r#"namespace: "my.schema" name: "my_function""#, 3));
}

#[test]
fn aggregates_and_windows_stand_where_they_may() {
    let window = |frame: &str| format!("window {{ {COUNT} {frame} }}");
    all(&[
        (filter(COUNT), "INVALID_EXPRESSION 2 filter.predicate.aggregate"),
        (filter(&window(ROWS)), "INVALID_EXPRESSION 2 filter.predicate.window"),
        (project(COUNT), "INVALID_EXPRESSION 2 project.items[0].expr.expr.aggregate"),
        (
            over_table(&format!(
                "aggregate {{ mode: GROUPING_MODE_PLAIN measures {{ name: \"n\" expr {{ aggregate {{ function {{ namespace: \"std\" name: \"sum\" }} args {{ {COUNT} }} }} }} }} }}"
            )),
            "INVALID_EXPRESSION 2 aggregate.measures[0].expr.aggregate.args[0].aggregate",
        ),
        (filter("shared: 1") + &format!("shared_expressions {{ {COUNT} }}"), "INVALID_EXPRESSION 2 filter.predicate.shared"),
        (project(&window("")), "PLAN_MISSING_FIELD 2 project.items[0].expr.expr.window.frame"),
        (
            project("window { aggregate { function { namespace: \"std\" name: \"rank\" } } }"),
            "INVALID_EXPRESSION 2 project.items[0].expr.expr.window.aggregate.function",
        ),
    ]);
    passes(&project(&window(ROWS)));
    passes(&over_table(&format!(
        "sort {{ keys {{ expr {{ {} }} direction: SORT_DIRECTION_ASC nulls: NULLS_ORDER_LAST }} }}",
        window(ROWS)
    )));
    passes(&(project("shared: 1") + &format!("shared_expressions {{ {} }}", window(ROWS))));
}

#[test]
fn frames_begin_before_they_end() {
    let at = "2 project.items[0].expr.expr.window.frame";
    let offset = |value: i64| format!("offset {{ literal {{ {INT} int_value: {value} }} }}");
    let bound = |name: &str, kind: &str, offset: &str| format!("{name} {{ kind: BOUND_KIND_{kind} {offset} }}");
    let frame = |units: &str, start: String, end: String| {
        project(&format!("window {{ {COUNT} frame {{ units: FRAME_UNITS_{units} {start} {end} }} }}"))
    };
    let none = String::new();
    for (start, end, expected) in [
        (("UNBOUNDED_FOLLOWING", &none), ("CURRENT_ROW", &none), format!("PLAN_INVALID_VALUE {at}.start")),
        (("CURRENT_ROW", &none), ("UNBOUNDED_PRECEDING", &none), format!("PLAN_INVALID_VALUE {at}.end")),
        (("FOLLOWING_OFFSET", &offset(1)), ("CURRENT_ROW", &none), format!("PLAN_INVALID_VALUE {at}")),
        (("PRECEDING_OFFSET", &offset(1)), ("PRECEDING_OFFSET", &offset(2)), format!("PLAN_INVALID_VALUE {at}")),
        (("FOLLOWING_OFFSET", &offset(3)), ("FOLLOWING_OFFSET", &offset(2)), format!("PLAN_INVALID_VALUE {at}")),
        (("PRECEDING_OFFSET", &offset(-1)), ("CURRENT_ROW", &none), format!("PLAN_INVALID_VALUE {at}.start.offset")),
        (("PRECEDING_OFFSET", &none), ("CURRENT_ROW", &none), format!("PLAN_MISSING_FIELD {at}.start.offset")),
        (("CURRENT_ROW", &offset(1)), ("CURRENT_ROW", &none), format!("PLAN_INVALID_VALUE {at}.start.offset")),
        (("UNSPECIFIED", &none), ("CURRENT_ROW", &none), format!("PLAN_UNKNOWN_ENUM {at}.start.kind")),
    ] {
        let body = frame("ROWS", bound("start", start.0, start.1), bound("end", end.0, end.1));
        assert_eq!(blame(&body), expected, "{body}");
    }
    let groups = frame("GROUPS", bound("start", "CURRENT_ROW", ""), bound("end", "CURRENT_ROW", ""));
    assert_eq!(blame(&groups), format!("PLAN_INVALID_VALUE {at}.units"));
    passes(&frame("ROWS", bound("start", "PRECEDING_OFFSET", &offset(5)), bound("end", "PRECEDING_OFFSET", &offset(2))));
}

#[test]
fn subqueries_use_what_stands_before() {
    let after = |expression: &str| {
        format!(
            "{READ} relations {{ id: 2 inputs: 1 filter {{ predicate {{ {expression} }} }} }} relations {{ id: 3 inputs: 1 limit {{}} }}"
        )
    };
    all(&[
        (after("subquery { kind: SUBQUERY_KIND_EXISTS relation: 3 }"), "PLAN_INVALID_TOPOLOGY 2 filter.predicate.subquery.relation"),
        (after("subquery { kind: SUBQUERY_KIND_EXISTS relation: 2 }"), "PLAN_INVALID_TOPOLOGY 2 filter.predicate.subquery.relation"),
        (after("subquery { relation: 1 }"), "PLAN_UNKNOWN_ENUM 2 filter.predicate.subquery.kind"),
        (after("subquery { kind: SUBQUERY_KIND_IN relation: 1 }"), "PLAN_MISSING_FIELD 2 filter.predicate.subquery.needles"),
        (
            after("subquery { kind: SUBQUERY_KIND_EXISTS relation: 1 needles { column { name: \"a\" } } }"),
            "PLAN_INVALID_VALUE 2 filter.predicate.subquery.needles",
        ),
        (
            after("subquery { kind: SUBQUERY_KIND_ANY relation: 1 needles { column { name: \"a\" } } }"),
            "PLAN_MISSING_FIELD 2 filter.predicate.subquery.comparison",
        ),
        (
            after(
                "subquery { kind: SUBQUERY_KIND_ANY relation: 1 needles { column { name: \"a\" } } comparison { namespace: \"core\" name: \"add\" } }",
            ),
            "PLAN_INVALID_VALUE 2 filter.predicate.subquery.comparison",
        ),
        (
            after("shared: 1") + "shared_expressions { subquery { kind: SUBQUERY_KIND_EXISTS relation: 3 } }",
            "PLAN_INVALID_TOPOLOGY 2 filter.predicate.shared",
        ),
    ]);
    passes(&(after("shared: 1") + "shared_expressions { subquery { kind: SUBQUERY_KIND_EXISTS relation: 1 } }"));
}

#[test]
fn shared_expressions_use_earlier_ones_and_grow_within_limits() {
    all(&[
        (project("shared: 1") + "shared_expressions { shared: 1 }", "PLAN_INVALID_TOPOLOGY 0 shared_expressions[0].shared"),
        (
            project("shared: 1") + "shared_expressions { shared: 2 } shared_expressions { column { name: \"a\" } }",
            "PLAN_INVALID_TOPOLOGY 0 shared_expressions[0].shared",
        ),
    ]);
    // Each entry adds the one before to itself: 2^n columns when written out.
    let doubling = |count: usize| {
        let entry = |i: usize| {
            format!(
                r#"shared_expressions {{ call {{ function {{ namespace: "core" name: "add" }} args {{ shared: {i} }} args {{ shared: {i} }} }} }}"#
            )
        };
        let entries: String = (1..count).map(entry).collect();
        project(&format!("shared: {count}")) + "shared_expressions { column { name: \"a\" } }" + &entries
    };
    passes(&doubling(15));
    assert_eq!(blame(&doubling(60)).split(' ').next(), Some("PLAN_TOO_LARGE"));
    assert_eq!(blame(&doubling(5_000)).split(' ').next(), Some("PLAN_TOO_LARGE"));
    let chain = |count: usize| {
        let entry = |i: usize| {
            format!(r#"shared_expressions {{ call {{ function {{ namespace: "core" name: "negate" }} args {{ shared: {i} }} }} }}"#)
        };
        let entries: String = (1..count).map(entry).collect();
        project(&format!("shared: {count}")) + "shared_expressions { column { name: \"a\" } }" + &entries
    };
    passes(&chain(1_000));
    assert_eq!(blame(&chain(5_000)), "PLAN_TOO_DEEP 0 shared_expressions[4096]");
}

#[test]
fn lambda_variables_are_in_scope_even_when_shared() {
    let lambda = |id: u32, body: &str| {
        format!(
            r#"call {{ function {{ namespace: "my" name: "apply" }} args {{ column {{ name: "l" }} }} args {{ lambda_fn {{ params {{ id: {id} }} body {{ {body} }} }} }} }}"#
        )
    };
    passes(&project(&lambda(1, "lambda_var { id: 1 }")));
    passes(&project(&lambda(1, &lambda(2, "lambda_var { id: 1 }"))));
    passes(&(project(&lambda(1, "shared: 1")) + "shared_expressions { lambda_var { id: 1 } }"));
    let at = "2 project.items[0].expr.expr";
    all(&[
        (
            project(&lambda(1, &lambda(1, "lambda_var { id: 1 }"))),
            &format!("PLAN_INVALID_VALUE {at}.call.args[1].lambda_fn.body.call.args[1].lambda_fn.params[0].id"),
        ),
        (project(&lambda(1, "lambda_var { id: 2 }")), &format!("INVALID_EXPRESSION {at}.call.args[1].lambda_fn.body.lambda_var")),
        (project("shared: 1") + "shared_expressions { lambda_var { id: 1 } }", &format!("INVALID_EXPRESSION {at}.shared")),
        (
            project("shared: 2") + "shared_expressions { lambda_var { id: 1 } } shared_expressions { shared: 1 }",
            &format!("INVALID_EXPRESSION {at}.shared"),
        ),
    ]);
}

#[test]
fn literals_are_values_of_their_type() {
    let at = "2 project.items[0].expr.expr.literal";
    for (value, expected) in [
        ("int_value: 1", format!("PLAN_MISSING_FIELD {at}.type")),
        ("type {} int_value: 1", format!("PLAN_MISSING_FIELD {at}.type")),
        ("type { primitive: PRIMITIVE_INT64 }", format!("PLAN_MISSING_FIELD {at}")),
        ("type { primitive: PRIMITIVE_INT64 } null_value: false", format!("PLAN_INVALID_VALUE {at}")),
        ("type { primitive: PRIMITIVE_INT8 } int_value: 128", format!("PLAN_INVALID_VALUE {at}")),
        ("type { primitive: PRIMITIVE_INT8 } uint_value: 1", format!("PLAN_INVALID_VALUE {at}")),
        ("type { primitive: PRIMITIVE_UINT16 } uint_value: 65536", format!("PLAN_INVALID_VALUE {at}")),
        ("type { primitive: PRIMITIVE_DATE } int_value: 2147483648", format!("PLAN_INVALID_VALUE {at}")),
        ("type { primitive: PRIMITIVE_NULL } int_value: 1", format!("PLAN_INVALID_VALUE {at}")),
        ("type { primitive: PRIMITIVE_FLOAT16 } float32_value: 0.1", format!("PLAN_INVALID_VALUE {at}")),
        ("type { primitive: PRIMITIVE_FLOAT16 } float32_value: 65536", format!("PLAN_INVALID_VALUE {at}")),
        ("type { primitive: PRIMITIVE_FLOAT32 } float64_value: 1", format!("PLAN_INVALID_VALUE {at}")),
        ("type { time { unit: TIME_UNIT_SECOND } } int_value: 86400", format!("PLAN_INVALID_VALUE {at}")),
        ("type { time { unit: TIME_UNIT_SECOND } } int_value: -1", format!("PLAN_INVALID_VALUE {at}")),
        ("type { timestamp {} } int_value: 1", format!("PLAN_UNKNOWN_ENUM {at}.type.timestamp.unit")),
        ("type { timestamp { unit: TIME_UNIT_NANO zone: \"\" } } int_value: 1", format!("PLAN_MISSING_FIELD {at}.type.timestamp.zone")),
        ("type { decimal { precision: 77 } } decimal_value: \"1\"", format!("PLAN_INVALID_VALUE {at}.type.decimal.precision")),
        ("type { decimal { precision: 5 scale: 6 } } decimal_value: \"1\"", format!("PLAN_INVALID_VALUE {at}.type.decimal.scale")),
        ("type { decimal { precision: 5 scale: -6 } } decimal_value: \"1\"", format!("PLAN_INVALID_VALUE {at}.type.decimal.scale")),
        ("type { decimal { precision: 3 } } decimal_value: \"1234\"", format!("PLAN_INVALID_VALUE {at}.decimal_value")),
        ("type { decimal { precision: 3 } } decimal_value: \"1.2\"", format!("PLAN_INVALID_VALUE {at}.decimal_value")),
        ("type { decimal { precision: 3 } } decimal_value: \"\"", format!("PLAN_INVALID_VALUE {at}.decimal_value")),
        ("type { fixed_binary { width: 2 } } binary_value: \"abc\"", format!("PLAN_INVALID_VALUE {at}")),
        ("type { fixed_binary {} } binary_value: \"\"", format!("PLAN_INVALID_VALUE {at}.type.fixed_binary.width")),
        (
            "type { interval { unit: INTERVAL_UNIT_YEAR_MONTH } } interval_value { days: 1 }",
            format!("PLAN_INVALID_VALUE {at}.interval_value"),
        ),
        (
            "type { interval { unit: INTERVAL_UNIT_DAY_TIME } } interval_value { nanos: 1 }",
            format!("PLAN_INVALID_VALUE {at}.interval_value"),
        ),
        ("type { list_type {} } list_value {}", format!("PLAN_MISSING_FIELD {at}.type.list_type.element")),
        (
            "type { list_type { element { primitive: PRIMITIVE_INT8 } } } list_value { items { int_value: 1 } items { int_value: 300 } }",
            format!("PLAN_INVALID_VALUE {at}.list_value.items[1]"),
        ),
        (
            "type { list_type { element { primitive: PRIMITIVE_INT8 } element_not_null: true } } list_value { items { null_value: true } }",
            format!("PLAN_INVALID_VALUE {at}.list_value.items[0]"),
        ),
        (
            "type { list_type { element { primitive: PRIMITIVE_INT8 } fixed_size: 2 } } list_value { items { int_value: 1 } }",
            format!("PLAN_INVALID_VALUE {at}.list_value"),
        ),
        (
            "type { list_type { element { primitive: PRIMITIVE_INT8 } } } list_value { items { type { primitive: PRIMITIVE_INT16 } int_value: 1 } }",
            format!("PLAN_INVALID_VALUE {at}.list_value.items[0]"),
        ),
        (
            "type { struct_type { fields { name: \"a\" type { primitive: PRIMITIVE_INT8 } } } } struct_value {}",
            format!("PLAN_INVALID_VALUE {at}.struct_value"),
        ),
        (
            "type { map_type { key { primitive: PRIMITIVE_INT8 } value { primitive: PRIMITIVE_INT8 } } } map_value { keys { int_value: 1 } }",
            format!("PLAN_INVALID_VALUE {at}.map_value"),
        ),
        (
            "type { map_type { key { primitive: PRIMITIVE_INT8 } value { primitive: PRIMITIVE_INT8 } } } map_value { keys { null_value: true } values { int_value: 1 } }",
            format!("PLAN_INVALID_VALUE {at}.map_value.keys[0]"),
        ),
        (
            "type { extension { name: \"arrow.uuid\" storage { extension { name: \"x\" storage { primitive: PRIMITIVE_INT8 } } } } } int_value: 1",
            format!("PLAN_INVALID_VALUE {at}.type.extension.storage"),
        ),
    ] {
        assert_eq!(blame(&literal(value)), expected, "{value}");
    }
    for value in [
        "type { primitive: PRIMITIVE_INT8 } int_value: -128",
        "type { primitive: PRIMITIVE_FLOAT16 } float32_value: 65504",
        "type { primitive: PRIMITIVE_FLOAT16 } float32_value: 5.9604644775390625e-8",
        "type { primitive: PRIMITIVE_FLOAT16 } float32_value: nan",
        "type { decimal { precision: 3 scale: -2 } } decimal_value: \"-00123\"",
        "type { interval { unit: INTERVAL_UNIT_MONTH_DAY_NANO } } interval_value { months: -1 days: 2 nanos: 3 }",
        "type { extension { name: \"arrow.uuid\" storage { fixed_binary { width: 2 } } } } binary_value: \"ab\"",
        "type { struct_type { fields { name: \"\" type { primitive: PRIMITIVE_INT8 } } } } struct_value { items { int_value: 1 } }",
        "type { primitive: PRIMITIVE_NULL } null_value: true",
    ] {
        passes(&literal(value));
    }
}

#[test]
fn foreign_functions_are_complete_and_used_for_what_they_are() {
    let function = |rest: &str| {
        format!(
            r#"functions {{ name: "f" kind: FUNCTION_KIND_SCALAR runtime {{ language: "python" }} entry_point {{ symbol: "m:f" }} input {{}}
            returns {{ primitive: PRIMITIVE_INT64 }} volatility: VOLATILITY_IMMUTABLE null_call: NULL_CALL_CALLED {rest} }}"#
        )
    };
    passes(&(project("foreign { function: 1 }") + &function("")));
    all(&[
        (over_table("map_batches { function: 1 }") + &function(""), "INVALID_EXPRESSION 2 map_batches.function"),
        (READ.to_owned() + &function("artifacts: \"ABC\""), "PLAN_INVALID_VALUE 0 functions[0].artifacts[0]"),
        (READ.to_owned() + &function("output {}"), "PLAN_INVALID_VALUE 0 functions[0].output"),
        (READ.to_owned() + &function("").replace("null_call: NULL_CALL_CALLED", ""), "PLAN_UNKNOWN_ENUM 0 functions[0].null_call"),
        (READ.to_owned() + &function("").replace("input {}", ""), "PLAN_MISSING_FIELD 0 functions[0].input"),
        (READ.to_owned() + &function("").replace("entry_point { symbol: \"m:f\" }", ""), "PLAN_MISSING_FIELD 0 functions[0].body"),
    ]);
}
