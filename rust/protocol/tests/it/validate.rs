//! Validation: each rule of the contract that needs no catalog, by the code and the place of its error.

use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::wire::flight::ParameterValue;
use polybolos_protocol::wire::plan::*;
use polybolos_protocol::{CheckedPlan, Code};

use crate::plans::*;

/// Each body is a wrong plan; its error is the other text.
fn all(cases: &[(String, &str)]) {
    for (body, expected) in cases {
        assert_eq!(blame(body), *expected, "{body}");
    }
}

fn passes(body: &str) {
    check(body).unwrap_or_else(|e| panic!("{e}\n{body}"));
}

const INT: &str = "type { primitive: PRIMITIVE_INT64 }";
const ROWS: &str = "frame { units: FRAME_UNITS_ROWS start { kind: BOUND_KIND_UNBOUNDED_PRECEDING } end { kind: BOUND_KIND_CURRENT_ROW } }";
const COUNT: &str = r#"aggregate { function { namespace: "std" name: "count" } }"#;

fn literal(rest: &str) -> String {
    project(&format!("literal {{ {rest} }}"))
}

#[test]
fn the_plan_says_who_made_it_and_what_is_asked() {
    let text = |rest: &str| from_loose_text(rest);
    let blame = |plan: Plan| place(&CheckedPlan::check(plan, &PlanLimits::default()).unwrap_err());
    assert_eq!(blame(text("profile: PROFILE_SURFACE")), "PLAN_MISSING_FIELD 0 version");
    assert_eq!(blame(text("version {}")), "PLAN_UNKNOWN_ENUM 0 profile");
    assert_eq!(blame(text("version {} profile: PROFILE_SURFACE")), "PLAN_MISSING_FIELD 0");
    assert_eq!(blame(text("version {} profile: PROFILE_SURFACE relation: 4")), "PLAN_INVALID_TOPOLOGY 0 relation");
    assert_eq!(blame(Plan { profile: 77, ..text("version {}") }), "PLAN_UNKNOWN_ENUM 0 profile");
}

#[test]
fn an_unknown_requirement_is_refused_and_features_are_known() {
    passes(&format!("{READ} requirements: \"rel.join.left_semi\" requirements: \"type.uint64\" requirements: \"expr.lambda_fn\""));
    let error = check(&format!("{READ} requirements: \"rel.join.left_sem\"")).unwrap_err();
    assert_eq!(place(&error), "PLAN_UNKNOWN_REQUIREMENT 0 requirements[0]");
    assert_eq!(error.candidates()[0], "rel.join.left_semi");
}

#[test]
fn an_extension_is_listed_among_the_requirements_for_the_engine_to_judge() {
    let extension = r#"relations { id: 1 extension { type_url: "example.com/x" value: "y" } }"#;
    passes(&format!("{extension} requirements: \"example.com/x\""));
    all(&[
        (extension.to_owned(), "PLAN_MISSING_FIELD 1 extension"),
        (format!("{extension} requirements: \"example.com/y\""), "PLAN_MISSING_FIELD 1 extension"),
        (format!("{READ} requirements: \"rel.filter\" requirements: \"rel.filter\""), "PLAN_INVALID_VALUE 0 requirements[1]"),
        (project(r#"extension { type_url: "example.com/x" }"#), "PLAN_MISSING_FIELD 2 project.items[0].expr.expr.extension"),
    ]);
}

#[test]
fn semantics_and_parameters_are_possible() {
    all(&[
        (format!("{READ} semantics {{ division_by_zero: ARITHMETIC_WRAP }}"), "PLAN_INVALID_VALUE 0 semantics.division_by_zero"),
        (format!("{READ} parameters {{ name: \"p\" }}"), "PLAN_MISSING_FIELD 0 parameters[0].type"),
        (format!("{READ} parameters {{ name: \"p\" {INT} }} parameters {{ name: \"p\" {INT} }}"), "PLAN_INVALID_VALUE 0 parameters[1]"),
        (project("parameter { index: 1 }"), "PLAN_INVALID_VALUE 2 project.items[0].expr.expr.parameter.index"),
        (project("parameter {}"), "PLAN_INVALID_VALUE 2 project.items[0].expr.expr.parameter.index"),
    ]);
}

#[test]
fn ids_are_unique_and_edges_point_back() {
    all(&[
        (format!("{READ} {READ} root_is_given relation: 1"), "PLAN_INVALID_TOPOLOGY 1 id"),
        ("relations { read_table { table { parts: \"t\" } } } root_is_given relation: 1".to_owned(), "PLAN_INVALID_TOPOLOGY 0 id"),
        ("relations { id: 1 inputs: 1 limit {} }".to_owned(), "PLAN_INVALID_TOPOLOGY 1 inputs[0]"),
        ("relations { id: 1 inputs: 2 limit {} } relations { id: 2 inputs: 1 limit {} }".to_owned(), "PLAN_INVALID_TOPOLOGY 1 inputs[0]"),
        ("relations { id: 1 inputs: 9 limit {} }".to_owned(), "PLAN_INVALID_TOPOLOGY 1 inputs[0]"),
        ("relations { id: 1 limit {} }".to_owned(), "PLAN_INVALID_TOPOLOGY 1 inputs"),
        (format!("{READ} relations {{ id: 2 inputs: 1 inputs: 1 limit {{}} }}"), "PLAN_INVALID_TOPOLOGY 2 inputs"),
        (
            format!("{READ} relations {{ id: 2 inputs: 1 set_op {{ kind: SET_OP_KIND_UNION columns: SET_OP_COLUMNS_BY_NAME }} }}"),
            "PLAN_INVALID_TOPOLOGY 2 inputs",
        ),
        (format!("{READ} relations {{ id: 2 inputs: 1 }}"), "PLAN_MISSING_FIELD 2"),
    ]);
}

#[test]
fn leaves_say_what_they_read() {
    let leaf = |kind: &str| format!("relations {{ id: 1 {kind} }}");
    all(&[
        (leaf("read_table {}"), "PLAN_MISSING_FIELD 1 read_table.table"),
        (leaf("read_table { table {} }"), "PLAN_MISSING_FIELD 1 read_table.table.parts"),
        (leaf(r#"read_table { table { parts: ["a", "b", "c", "d"] } }"#), "PLAN_INVALID_VALUE 1 read_table.table.parts"),
        (leaf(r#"read_table { table { parts: ["a", ""] } }"#), "PLAN_MISSING_FIELD 1 read_table.table.parts[1]"),
        (
            leaf(r#"read_table { table { parts: "a" } options { key: "b" } options { key: "a" } }"#),
            "PLAN_INVALID_VALUE 1 read_table.options[1]",
        ),
        (leaf("read_files { parquet {} }"), "PLAN_MISSING_FIELD 1 read_files.paths"),
        (leaf(r#"read_files { paths: "a" }"#), "PLAN_MISSING_FIELD 1 read_files.format"),
        (leaf(r#"read_files { paths: "a" csv {} }"#), "PLAN_MISSING_FIELD 1 read_files.csv.header"),
        (leaf(r#"read_files { paths: "a" csv { header: true delimiter: "||" } }"#), "PLAN_INVALID_VALUE 1 read_files.csv.delimiter"),
        (leaf(r#"read_files { paths: "a" json {} }"#), "PLAN_MISSING_FIELD 1 read_files.json.lines"),
        (leaf(r#"read_files { paths: "a" json { lines: true compression: "rar" } }"#), "PLAN_INVALID_VALUE 1 read_files.json.compression"),
        (leaf("local_data {}"), "PLAN_MISSING_FIELD 1 local_data.source"),
        (leaf("values {}"), "PLAN_MISSING_FIELD 1 values.schema"),
        (leaf("values { schema {} }"), "PLAN_MISSING_FIELD 1 values.schema.fields"),
        (leaf(&format!("values {{ schema {{ fields {{ name: \"a\" {INT} }} }} rows {{}} }}")), "PLAN_INVALID_VALUE 1 values.rows[0]"),
        (
            leaf(&format!("values {{ schema {{ fields {{ name: \"a\" {INT} }} }} rows {{ values {{ column {{ name: \"b\" }} }} }} }}")),
            "INVALID_EXPRESSION 1 values.rows[0].values[0].column",
        ),
        (leaf("range { end: 3 step: 1 }"), "PLAN_MISSING_FIELD 1 range.column"),
        (leaf(r#"range { end: 3 column: "id" }"#), "PLAN_INVALID_VALUE 1 range.step"),
        (leaf("sql {}"), "PLAN_MISSING_FIELD 1 sql.text"),
        (leaf(r#"sql { text: "select 1" input_names: "a" }"#), "PLAN_INVALID_VALUE 1 sql.input_names"),
        (leaf("cached {}"), "PLAN_MISSING_FIELD 1 cached.cache_id"),
        (leaf("table_function {}"), "PLAN_MISSING_FIELD 1 table_function.function"),
    ]);
    passes(&leaf("values { schema { fields { type { primitive: PRIMITIVE_INT64 } } fields { type { primitive: PRIMITIVE_INT64 } } } }"));
}

#[test]
fn relations_of_one_input_make_their_choices() {
    let of = |kind: &str| over_table(kind);
    let sort = |key: &str| of(&format!("sort {{ keys {{ {key} }} }}"));
    all(&[
        (of("project {}"), "PLAN_MISSING_FIELD 2 project.items"),
        (of("project { items {} }"), "PLAN_MISSING_FIELD 2 project.items[0]"),
        (of("project { items { expr { name: \"x\" } } }"), "PLAN_MISSING_FIELD 2 project.items[0].expr.expr"),
        (project("call {}").replace("name: \"x\" ", ""), "PLAN_MISSING_FIELD 2 project.items[0].expr.expr.call.function"),
        (
            project(&format!("literal {{ {INT} int_value: 1 }}")).replace("name: \"x\" ", ""),
            "PLAN_MISSING_FIELD 2 project.items[0].expr.name",
        ),
        (of("filter {}"), "PLAN_MISSING_FIELD 2 filter.predicate"),
        (of("filter { predicate {} }"), "PLAN_MISSING_FIELD 2 filter.predicate"),
        (of("aggregate { mode: GROUPING_MODE_PLAIN }"), "PLAN_MISSING_FIELD 2 aggregate"),
        (of(&format!("aggregate {{ measures {{ name: \"n\" expr {{ {COUNT} }} }} }}")), "PLAN_UNKNOWN_ENUM 2 aggregate.mode"),
        (
            of("aggregate { mode: GROUPING_MODE_SETS keys { name: \"a\" expr { column { name: \"a\" } } } }"),
            "PLAN_MISSING_FIELD 2 aggregate.sets",
        ),
        (
            of("aggregate { mode: GROUPING_MODE_SETS sets { keys: 1 } keys { name: \"a\" expr { column { name: \"a\" } } } }"),
            "PLAN_INVALID_VALUE 2 aggregate.sets[0]",
        ),
        (
            of("aggregate { mode: GROUPING_MODE_CUBE sets {} keys { name: \"a\" expr { column { name: \"a\" } } } }"),
            "PLAN_INVALID_VALUE 2 aggregate.sets",
        ),
        (of("sort {}"), "PLAN_MISSING_FIELD 2 sort.keys"),
        (sort("direction: SORT_DIRECTION_ASC nulls: NULLS_ORDER_LAST"), "PLAN_MISSING_FIELD 2 sort.keys[0].expr"),
        (sort("expr { column { name: \"a\" } } nulls: NULLS_ORDER_LAST"), "PLAN_UNKNOWN_ENUM 2 sort.keys[0].direction"),
        (sort("expr { column { name: \"a\" } } direction: SORT_DIRECTION_ASC"), "PLAN_UNKNOWN_ENUM 2 sort.keys[0].nulls"),
        (of("limit { with_ties: true }"), "PLAN_MISSING_FIELD 2 limit.count"),
        (of("limit { count: 1 with_ties: true }"), "PLAN_INVALID_VALUE 2 limit.with_ties"),
        (
            of("distinct { keep { expr { column { name: \"a\" } } direction: SORT_DIRECTION_ASC nulls: NULLS_ORDER_LAST } }"),
            "PLAN_INVALID_VALUE 2 distinct.keep",
        ),
        (of("distinct { on { name: \"a\" relation: 1 qualifier: \"q\" } }"), "PLAN_INVALID_VALUE 2 distinct.on[0].qualifier"),
        (of("window { expressions { name: \"a\" expr { column { name: \"a\" } } } }"), "INVALID_EXPRESSION 2 window.expressions[0]"),
        (of("unnest { value { shared: 1 } } } shared_expressions { column { name: \"l\" }"), "PLAN_MISSING_FIELD 2 unnest.as_column"),
        (of("sample { fraction: 1.5 }"), "PLAN_INVALID_VALUE 2 sample.fraction"),
        (of("sample { fraction: nan }"), "PLAN_INVALID_VALUE 2 sample.fraction"),
        (of("sample { fraction: 0.5 rows: 3 }"), "PLAN_INVALID_VALUE 2 sample.fraction"),
        (of("repartition {}"), "PLAN_MISSING_FIELD 2 repartition.scheme"),
        (of("repartition { hash { partitions: 3 } }"), "PLAN_MISSING_FIELD 2 repartition.hash.keys"),
        (of("repartition { round_robin {} }"), "PLAN_MISSING_FIELD 2 repartition.round_robin.partitions"),
        (of("alias {}"), "PLAN_MISSING_FIELD 2 alias.name"),
        (of("alias { name: \"a\" columns: [\"x\", \"x\"] }"), "DUPLICATE_COLUMN 2 alias.columns[1]"),
        (of("hint { name: \"broadcast\" args { column { name: \"a\" } } }"), "INVALID_EXPRESSION 2 hint.args[0].column"),
        (of("observe { name: \"o\" }"), "PLAN_MISSING_FIELD 2 observe.metrics"),
    ]);
    passes(&of("unnest { value { column { name: \"l\" } } }"));
    passes(&of("sample { rows: 3 }"));
    passes(&of("sample { fraction: 2 replacement: true }"));
}

#[test]
fn sugar_says_what_it_changes() {
    let of = |kind: &str| over_table(kind);
    let two = format!("columns {{ name: \"a\" expr {{ literal {{ {INT} int_value: 1 }} }} }}").repeat(2);
    all(&[
        (of("with_columns {}"), "PLAN_MISSING_FIELD 2 with_columns.columns"),
        (of(&format!("with_columns {{ {two} }}")), "DUPLICATE_COLUMN 2 with_columns.columns[1]"),
        (of("with_columns { columns { expr { column { name: \"a\" } } } }"), "PLAN_MISSING_FIELD 2 with_columns.columns[0].name"),
        (of("rename { renames { old_name: \"a\" } }"), "PLAN_MISSING_FIELD 2 rename.renames[0].new_name"),
        (of("drop {}"), "PLAN_MISSING_FIELD 2 drop.columns"),
        (of("conform { schema {} }"), "PLAN_UNKNOWN_ENUM 2 conform.on_failure"),
        (of("pivot { column { column { name: \"a\" } } }"), "PLAN_MISSING_FIELD 2 pivot.measures"),
        (of("unpivot { value_column: \"v\" }"), "PLAN_MISSING_FIELD 2 unpivot.name_column"),
        (
            of(&format!("unpivot {{ name_column: \"n\" value_column: \"v\" ids {{ literal {{ {INT} int_value: 1 }} }} }}")),
            "INVALID_EXPRESSION 2 unpivot.ids[0]",
        ),
        (of("fill_nulls { fills { column: \"a\" } }"), "PLAN_MISSING_FIELD 2 fill_nulls.fills[0].value"),
        (of(&format!("fill_nulls {{ fills {{ value {{ {INT} null_value: true }} }} }}")), "PLAN_INVALID_VALUE 2 fill_nulls.fills[0].value"),
        (of(&format!("replace {{ pairs {{ old_value {{ {INT} int_value: 1 }} }} }}")), "PLAN_MISSING_FIELD 2 replace.pairs[0].new_value"),
        (of("describe { statistics: \"median\" }"), "PLAN_INVALID_VALUE 2 describe.statistics[0]"),
    ]);
    passes(&of("describe { statistics: [\"count\", \"25%\", \"99.9%\"] }"));
}

#[test]
fn joins_and_set_operations_make_their_choices() {
    let both = |kind: &str| format!("{READ} relations {{ id: 2 inputs: 1 limit {{}} }} relations {{ id: 3 inputs: 1 inputs: 2 {kind} }}");
    all(&[
        (both("join { on { column { name: \"a\" } } }"), "PLAN_UNKNOWN_ENUM 3 join.kind"),
        (both("join { kind: JOIN_KIND_INNER }"), "PLAN_MISSING_FIELD 3 join.condition"),
        (both("join { kind: JOIN_KIND_CROSS using { columns: \"a\" } }"), "PLAN_INVALID_VALUE 3 join.condition"),
        (both("join { kind: JOIN_KIND_INNER using {} }"), "PLAN_MISSING_FIELD 3 join.using.columns"),
        (both("join { kind: JOIN_KIND_FULL lateral: true on { column { name: \"a\" } } }"), "PLAN_INVALID_VALUE 3 join.lateral"),
        (both("set_op { columns: SET_OP_COLUMNS_BY_NAME }"), "PLAN_UNKNOWN_ENUM 3 set_op.kind"),
        (both("set_op { kind: SET_OP_KIND_UNION }"), "PLAN_UNKNOWN_ENUM 3 set_op.columns"),
        (both("set_op { kind: SET_OP_KIND_EXCEPT columns: SET_OP_COLUMNS_BY_NAME_FILL_MISSING }"), "PLAN_INVALID_VALUE 3 set_op.columns"),
        (
            both("as_of_join { left_time { column { name: \"a\" } } right_time { column { name: \"b\" } } }"),
            "PLAN_UNKNOWN_ENUM 3 as_of_join.direction",
        ),
    ]);
    passes(&both("join { kind: JOIN_KIND_CROSS lateral: true }"));
}

#[test]
fn commands_have_the_input_that_they_need() {
    let with = |command: &str| format!("{READ} command {{ {command} }}");
    all(&[
        (with("input: 1"), "PLAN_MISSING_FIELD 0 command"),
        (with("create_view { name { parts: \"v\" } if_exists: IF_EXISTS_ERROR }"), "PLAN_MISSING_FIELD 0 command.input"),
        (with("input: 1 drop { kind: OBJECT_KIND_VIEW name { parts: \"v\" } }"), "PLAN_INVALID_TOPOLOGY 0 command.input"),
        (with("input: 9 cache { cache_id: \"c\" }"), "PLAN_INVALID_TOPOLOGY 0 command.input"),
        (with("input: 1 create_view { name { parts: \"v\" } }"), "PLAN_UNKNOWN_ENUM 0 command.create_view.if_exists"),
        (with("input: 1 write_files { path: \"p\" parquet {} }"), "PLAN_UNKNOWN_ENUM 0 command.write_files.mode"),
        (with("input: 1 write_files { path: \"p\" mode: WRITE_MODE_CREATE }"), "PLAN_MISSING_FIELD 0 command.write_files.format"),
        (
            with("input: 1 write_files { path: \"p\" parquet {} mode: WRITE_MODE_CREATE_OR_REPLACE }"),
            "PLAN_INVALID_VALUE 0 command.write_files.mode",
        ),
        (
            with("input: 1 write_table { table { parts: \"t\" } mode: WRITE_MODE_APPEND }"),
            "PLAN_UNKNOWN_ENUM 0 command.write_table.column_match",
        ),
        (with("sql { text: \"\" }"), "PLAN_MISSING_FIELD 0 command.sql.text"),
        (
            with("register_function { name { parts: \"f\" } if_exists: IF_EXISTS_ERROR }"),
            "PLAN_INVALID_VALUE 0 command.register_function.function",
        ),
        (with("drop { kind: OBJECT_KIND_CACHE name { parts: [\"a\", \"b\"] } }"), "PLAN_INVALID_VALUE 0 command.drop.name.parts"),
    ]);
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

#[test]
fn several_errors_are_told_at_once_the_first_one_first() {
    let body = format!(
        "{READ} relations {{ id: 2 inputs: 1 filter {{}} }} relations {{ id: 3 inputs: 2 sort {{}} }} relations {{ id: 4 inputs: 7 limit {{}} }}"
    );
    let error = check(&body).unwrap_err();
    let others: Vec<String> = error.others().iter().map(place).collect();
    assert_eq!(place(&error), "PLAN_INVALID_TOPOLOGY 4 inputs[0]");
    assert_eq!(others, ["PLAN_MISSING_FIELD 2 filter.predicate", "PLAN_MISSING_FIELD 3 sort.keys"]);
    let many = format!("{READ} {}", (2..100).map(|id| format!("relations {{ id: {id} inputs: 1 filter {{}} }} ")).collect::<String>());
    assert_eq!(check(&many).unwrap_err().others().len(), 15);
}

#[test]
fn names_texts_and_data_keep_their_sizes() {
    let small = PlanLimits { identifier_bytes: 8, sql_bytes: 10, text_bytes: 9, inline_data_bytes: 7, ..PlanLimits::default() };
    let blame = |body: &str| {
        let error = CheckedPlan::check(parse(body), &small).unwrap_err();
        (error.code(), error.location().unwrap().path.clone(), error.params()[0].1.clone())
    };
    let too_large = |path: &str, limit: &str| (Code::PlanTooLarge, path.to_owned(), limit.to_owned());
    assert_eq!(blame(&filter("column { name: \"much_too_long\" }")), too_large("filter.predicate.column.name", "identifier_bytes"));
    assert_eq!(blame("relations { id: 1 sql { text: \"select 1, 2\" } }"), too_large("sql.text", "sql_bytes"));
    assert_eq!(
        blame("relations { id: 1 read_files { paths: \"0123456789\" parquet {} } }"),
        too_large("read_files.paths[0]", "text_bytes")
    );
    assert_eq!(blame("relations { id: 1 local_data { arrow_ipc: \"01234567\" } }"), too_large("local_data.arrow_ipc", "inline_data_bytes"));
}

#[test]
fn a_plan_built_in_this_process_keeps_the_same_limits() {
    let deep_plan = plan_of(vec![read(1), filtered(2, 1, deep(300))]);
    let error = CheckedPlan::check(deep_plan, &PlanLimits::default()).unwrap_err();
    assert_eq!(error.code(), Code::PlanTooDeep);
    let wide = plan_of(vec![read(1), filtered(2, 1, call("and", vec![column("a"); 50]))]);
    let small = PlanLimits { expressions: 40, ..PlanLimits::default() };
    assert_eq!(CheckedPlan::check(wide, &small).unwrap_err().code(), Code::PlanTooLarge);
}

#[test]
fn parameter_values_fit_their_declarations() {
    let plan = check(&format!("{READ} parameters {{ name: \"p\" {INT} }} parameters {{ name: \"q\" {INT} }}")).unwrap();
    let value = |index: u32, value: Expression| match value.kind {
        Some(expression::Kind::Literal(literal)) => ParameterValue { index, value: Some(literal) },
        _ => unreachable!(),
    };
    let check =
        |values: &[ParameterValue]| plan.check_parameters(values, &PlanLimits::default()).map_err(|e| (e.code(), e.message().to_owned()));
    check(&[value(2, int(5)), value(1, int(6))]).unwrap();
    let mismatch = |message: &str| Err((Code::ParameterMismatch, message.to_owned()));
    assert_eq!(check(&[value(1, int(5))]), mismatch("parameter 2 has no value: the plan has 2 and 1 are given"));
    assert_eq!(check(&[value(1, int(5)), value(1, int(5)), value(2, int(5))]), mismatch("parameter 1 is given twice"));
    assert_eq!(
        check(&[value(1, int(5)), value(2, int(5)), value(3, int(1))]),
        mismatch("there is no parameter 3: the plan has 2 and they count from 1")
    );
    let text = Literal {
        r#type: Some(DataType { kind: Some(data_type::Kind::Primitive(Primitive::String as i32)) }),
        value: Some(literal::Value::StringValue("x".to_owned())),
    };
    assert_eq!(
        check(&[value(1, int(5)), ParameterValue { index: 2, value: Some(text) }]),
        mismatch("the value of parameter 2 is not of the declared type")
    );
}
