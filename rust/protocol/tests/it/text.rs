//! Plan text: what is written can be read, what is wrong is told by line, and what people see.

use polybolos_protocol::text::{self, Form};
use polybolos_protocol::wire::plan::*;
use polybolos_protocol::{Code, encode};

use crate::plans::*;

const ORDERS: &str = r##"
version { producer: "test" }
profile: PROFILE_SURFACE
semantics { time_zone: "Europe/Berlin" now_micros: -5 }
relations { id: 1 read_table { table { parts: ["sales", "Orders 2026"] } } annotations { key: "label" value: "a" } }
relations { id: 2 inputs: 1 filter { predicate { call { function { namespace: "core" name: "and" }
  args { call { function { namespace: "core" name: "gt" } args { column { name: "amount" relation: 1 } }
    args { literal { type { decimal { precision: 10 scale: 2 } } decimal_value: "10000" } } } }
  args { call { function { namespace: "core" name: "or" }
    args { call { function { namespace: "core" name: "is_null" } args { column { name: "note" } } } }
    args { call { function { namespace: "core" name: "between" } args { column { name: "day" } }
      args { literal { type { primitive: PRIMITIVE_DATE } int_value: 20000 } } args { parameter { index: 1 } } } } } }
  args { in_list { needle { column { name: "o" qualifier: "x" } } items { literal { type { primitive: PRIMITIVE_STRING } string_value: "it's" } } } }
} } } }
relations { id: 3 read_files { paths: "s3://lake/customers/*.csv" csv { header: true } schema { fields { name: "id" type { primitive: PRIMITIVE_INT64 } not_null: true }
  fields { name: "tags" type { list_type { element { primitive: PRIMITIVE_STRING } } } } } } }
relations { id: 4 inputs: [2, 3] join { kind: JOIN_KIND_LEFT_SEMI on { call { function { namespace: "core" name: "eq" }
  args { column { name: "customer_id" relation: 1 } } args { column { name: "id" relation: 3 } } } } } }
relations { id: 5 inputs: 4 aggregate { mode: GROUPING_MODE_ROLLUP
  keys { name: "country" expr { column { name: "country" } } }
  keys { name: "year" expr { call { function { namespace: "std" name: "date_part" } args { literal { type { primitive: PRIMITIVE_STRING } string_value: "year" } } args { column { name: "day" } } } } }
  measures { name: "revenue" expr { aggregate { function { namespace: "std" name: "sum" } args { column { name: "amount" } } filter { column { name: "paid" } } } } }
  measures { name: "n" expr { aggregate { function { namespace: "std" name: "count" } } } }
  measures { name: "customers" expr { aggregate { function { namespace: "std" name: "count" } distinct: true args { column { name: "customer_id" } } } } } } }
relations { id: 6 inputs: 5 project { items { star { excluding: "n" } } items { expr { name: "share" expr { call { function { namespace: "core" name: "divide" }
  args { call { function { namespace: "core" name: "subtract" } args { column { name: "revenue" } } args { call { function { namespace: "core" name: "subtract" } args { column { name: "a" } } args { column { name: "b" } } } } } }
  args { call { function { namespace: "core" name: "negate" } args { call { function { namespace: "core" name: "add" } args { column { name: "n" } } args { shared: 1 } } } } } } } } }
  items { expr { name: "rank" expr { window { window { function { namespace: "std" name: "rank" } } partition_by { column { name: "country" } }
    order_by { expr { column { name: "revenue" } } direction: SORT_DIRECTION_DESC nulls: NULLS_ORDER_LAST }
    frame { units: FRAME_UNITS_ROWS start { kind: BOUND_KIND_UNBOUNDED_PRECEDING } end { kind: BOUND_KIND_FOLLOWING_OFFSET offset { literal { type { primitive: PRIMITIVE_INT64 } int_value: 2 } } } } } } } }
  items { expr { name: "kind" expr { case_when { branches { condition { subquery { kind: SUBQUERY_KIND_IN relation: 1 needles { column { name: "id" } } } } result { literal { type { primitive: PRIMITIVE_BOOL } bool_value: true } } } otherwise { cast { input { column { name: "x" } } to { timestamp { unit: TIME_UNIT_MICRO zone: "UTC" } } on_failure: CAST_FAILURE_NULL } } } } } } } }
relations { id: 7 inputs: 6 sort { keys { expr { column { name: "revenue" } } direction: SORT_DIRECTION_DESC nulls: NULLS_ORDER_LAST } } }
relations { id: 8 inputs: 7 limit { count: 10 offset: 5 } }
command { input: 8 write_files { path: "out/" parquet {} mode: WRITE_MODE_OVERWRITE partition_by: "country" } }
shared_expressions { literal { type { timestamp { unit: TIME_UNIT_MILLI } } int_value: -1 } }
parameters { name: "until" type { primitive: PRIMITIVE_DATE } }
"##;

#[test]
fn text_and_json_say_everything() {
    let plan = text::from_text(ORDERS).unwrap();
    let written = text::to_text(&plan);
    assert!(written.lines().count() > 100);
    assert_eq!(text::from_text(&written).unwrap(), plan);
    let json = text::to_json(&plan).unwrap();
    assert!(json.contains("\"case_when\""));
    assert_eq!(text::from_json(&json).unwrap(), plan);
    assert_eq!(text::read(&encode::plan(&plan), None).unwrap(), plan);
    assert_eq!(text::read(written.as_bytes(), None).unwrap(), plan);
    assert_eq!(text::read(json.as_bytes(), None).unwrap(), plan);
}

#[test]
fn people_read_one_line_per_relation() {
    insta::assert_snapshot!(text::display(&text::from_text(ORDERS).unwrap()));
}

#[test]
fn every_kind_of_relation_has_a_line() {
    let plan = from_loose_text(include_str!("every_relation.txtpb"));
    insta::assert_snapshot!(text::display(&plan));
}

#[test]
fn literals_and_types_are_written_as_people_write_them() {
    let show = |literal: &str| {
        let plan = from_loose_text(&format!("shared_expressions {{ literal {{ {literal} }} }}"));
        text::display_expression(&plan.shared_expressions[0])
    };
    assert_eq!(show("type { primitive: PRIMITIVE_INT64 } int_value: -5"), "-5");
    assert_eq!(show("type { primitive: PRIMITIVE_FLOAT64 } float64_value: 1"), "1.0");
    assert_eq!(show("type { primitive: PRIMITIVE_DATE } int_value: 0"), "date '1970-01-01'");
    assert_eq!(show("type { primitive: PRIMITIVE_DATE } int_value: -719528"), "date '0000-01-01'");
    assert_eq!(show("type { primitive: PRIMITIVE_DATE } int_value: 19782"), "date '2024-02-29'");
    assert_eq!(show("type { timestamp { unit: TIME_UNIT_NANO } } int_value: 1500000000"), "timestamp '1970-01-01T00:00:01.5'");
    assert_eq!(show("type { timestamp { unit: TIME_UNIT_SECOND zone: \"UTC\" } } int_value: -1"), "timestamp '1969-12-31T23:59:59Z'");
    assert_eq!(
        show("type { timestamp { unit: TIME_UNIT_SECOND } } int_value: 9223372036854775807"),
        "timestamp '292277026596-12-04T15:30:07'"
    );
    assert_eq!(show("type { time { unit: TIME_UNIT_MILLI } } int_value: 3661001"), "time '01:01:01.001'");
    assert_eq!(show("type { decimal { precision: 5 scale: 3 } } decimal_value: \"-7\""), "-0.007");
    assert_eq!(show("type { decimal { precision: 5 scale: -2 } } decimal_value: \"7\""), "700");
    assert_eq!(show("type { primitive: PRIMITIVE_STRING } string_value: \"it's\\n\""), "'it''s\\n'");
    assert_eq!(show("type { primitive: PRIMITIVE_BINARY } binary_value: \"\\001\\377\""), "x'01ff'");
    assert_eq!(
        show(
            "type { list_type { element { primitive: PRIMITIVE_DATE } } } list_value { items { int_value: 1 } items { null_value: true } }"
        ),
        "[date '1970-01-02', null]"
    );
    assert_eq!(show("type { map_type {} } map_value { keys { int_value: 1 } values { bool_value: true } }"), "map {1: true}");
    let long = format!("type {{ primitive: PRIMITIVE_STRING }} string_value: \"{}\"", "x".repeat(1_000));
    assert_eq!(show(&long).chars().count(), 63);
    let ty = |text: &str| {
        text::display_type(from_loose_text(&format!("parameters {{ type {{ {text} }} }}")).parameters[0].r#type.as_ref().unwrap())
    };
    assert_eq!(
        ty("struct_type { fields { name: \"a b\" type { decimal { precision: 5 scale: 1 } } not_null: true } }"),
        "struct<\"a b\" decimal(5, 1) not null>"
    );
    assert_eq!(
        ty("map_type { key { primitive: PRIMITIVE_STRING } value { timestamp { unit: TIME_UNIT_MICRO zone: \"UTC\" } } }"),
        "map<string, timestamp(us, 'UTC')>"
    );
}

#[test]
fn wrong_text_is_told_by_line_and_column() {
    let wrong = |text: &str| text::from_text(text).map(drop).unwrap_err().to_string();
    assert_eq!(
        wrong("profile: PROFILE_SURFACE\nrelations { id: 1\n  limitt { count: 1 } }"),
        "PLAN_UNKNOWN_FIELD: line 3, column 3: field 'limitt' not found for message 'polybolos.plan.v1.Relation'"
    );
    assert_eq!(
        wrong("profile: PROFILE_CORE"),
        "PLAN_UNKNOWN_ENUM: line 1, column 10: value 'PROFILE_CORE' was not found for enum 'polybolos.plan.v1.Profile'"
    );
    assert_eq!(wrong("relations { id: 1 limit {} sort {} }"), "PLAN_MALFORMED: line 1, column 33: a value is already set for oneof 'kind'");
    assert!(wrong("relations {").starts_with("PLAN_MALFORMED: "));
    assert!(wrong("relations { id: 1 join { kind: 77 } }").starts_with("PLAN_UNKNOWN_ENUM: JoinKind has no value 77"));
    let wrong = |json: &str| text::from_json(json).map(drop).unwrap_err();
    assert_eq!(wrong("{\"relation\": 1, \"relatoins\": []}").code(), Code::PlanUnknownField);
    assert_eq!(wrong("{\"profile\": \"PROFILE_CORE\"}").code(), Code::PlanUnknownEnum);
    assert_eq!(wrong("{\"relation\": 1} {}").code(), Code::PlanMalformed);
    assert_eq!(wrong("").code(), Code::PlanMalformed);
}

#[test]
fn deep_text_is_an_error_and_no_crash() {
    for depth in [300, 100_000, 1_000_000] {
        let nested = "field { input { ".repeat(depth);
        let error = text::from_text(&format!("shared_expressions {{ {nested}")).map(drop).unwrap_err();
        assert_eq!(error.code(), Code::PlanTooDeep, "{error}");
        let lists = format!("shared_expressions: {}", "[".repeat(depth));
        assert_eq!(text::from_text(&lists).map(drop).unwrap_err().code(), Code::PlanTooDeep);
        let angles = format!("shared_expressions {}", "< field ".repeat(depth));
        assert_eq!(text::from_text(&angles).map(drop).unwrap_err().code(), Code::PlanTooDeep);
        let json = "{\"shared_expressions\":[".repeat(depth);
        assert_eq!(text::from_json(&json).map(drop).unwrap_err().code(), Code::PlanTooDeep);
    }
    let quoted = format!("version {{ producer: \"{}\" }} # {}\n relation: 1", "{".repeat(500), "{".repeat(500));
    text::from_text(&quoted).unwrap();
}

#[test]
fn a_plan_that_is_too_deep_to_write_says_so() {
    let plan = plan_of(vec![read(1), filtered(2, 1, deep(400))]);
    assert!(text::to_text(&plan).starts_with("# PLAN_TOO_DEEP"));
    assert_eq!(text::to_json(&plan).unwrap_err().code(), Code::PlanTooDeep);
    assert!(text::display(&plan).contains('…'));
}

#[test]
fn the_form_of_a_file_is_found_out() {
    let bytes = encode::plan(&text::from_text(ORDERS).unwrap());
    assert_eq!(text::sniff(&bytes, None), Form::Binary);
    assert_eq!(text::sniff(b"", None), Form::Binary);
    assert_eq!(text::sniff(ORDERS.as_bytes(), None), Form::Text);
    assert_eq!(text::sniff(b" \n{\"profile\": 1}", None), Form::Json);
    assert_eq!(text::sniff(b"{}", Some("TXTPB")), Form::Text);
    assert_eq!(text::sniff(b"x", Some("json")), Form::Json);
    assert_eq!(text::sniff(b"x", Some("binpb")), Form::Binary);
}

#[test]
fn a_message_other_than_a_plan_is_read_too() {
    let literal: Literal = text::message_from_text("type { primitive: PRIMITIVE_INT8 } int_value: 3").unwrap();
    assert_eq!(literal.value, Some(literal::Value::IntValue(3)));
    assert!(text::message_from_text::<Literal>("int_valu: 3").is_err());
}
