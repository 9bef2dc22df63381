//! Validation of plans, relations and commands: each rule of the contract that needs no catalog, by the code and the place of its error.

use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::wire::flight::ParameterValue;
use polybolos_protocol::wire::plan::*;
use polybolos_protocol::{CheckedPlan, Code};

use crate::plans::*;

/// Each body is a wrong plan; its error is the other text.
pub(crate) fn all(cases: &[(String, &str)]) {
    for (body, expected) in cases {
        assert_eq!(blame(body), *expected, "{body}");
    }
}

pub(crate) fn passes(body: &str) {
    check(body).unwrap_or_else(|e| panic!("{e}\n{body}"));
}

pub(crate) const INT: &str = "type { primitive: PRIMITIVE_INT64 }";
pub(crate) const COUNT: &str = r#"aggregate { function { namespace: "std" name: "count" } }"#;

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
