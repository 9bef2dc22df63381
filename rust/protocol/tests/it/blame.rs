//! Errors of the run are told at the nearest relation that can have raised them.

use polybolos_protocol::error::PlanPlace;
use polybolos_protocol::wire::flight::Precision;
use polybolos_protocol::{Code, Error};

use crate::plans::check;

/// `a <- b <- c ...`: relations over files, in text.
fn chain(steps: &[&str]) -> String {
    let read = r#"relations { id: 1 read_files { paths: "t.parquet" parquet {} } }"#.to_owned();
    steps.iter().zip(2..).fold(read, |plan, (step, id)| format!("{plan} relations {{ id: {id} inputs: {} {step} }}", id - 1))
}

fn call(name: &str) -> String {
    format!(
        r#"call {{ function {{ namespace: "core" name: "{name}" }} args {{ column {{ name: "x" }} }} args {{ column {{ name: "y" }} }} }}"#
    )
}

fn column(expression: &str) -> String {
    format!(r#"with_columns {{ columns {{ name: "z" expr {{ {expression} }} }} }}"#)
}

/// The relation that is blamed for an error of this code, and how exactly.
fn blamed(plan: &str, code: Code) -> Option<(u32, Precision)> {
    let plan = check(plan).unwrap_or_else(|error| panic!("{error}\n{plan}"));
    plan.blame(Error::new(code, "it failed")).location().map(|place| (place.relation, place.precision))
}

#[test]
fn the_only_relation_that_divides_is_blamed_for_a_division_by_zero() {
    let plan = chain(&[&column(&call("add")), &column(&call("divide")), &column(&call("multiply")), "limit { count: 5 }"]);
    assert_eq!(blamed(&plan, Code::DivisionByZero), Some((3, Precision::Exact)));
}

#[test]
fn of_several_suspects_the_one_that_encloses_the_others_is_told() {
    let plan = chain(&[&column(&call("add")), &column(&call("divide")), &column(&call("multiply")), "limit { count: 5 }"]);
    assert_eq!(blamed(&plan, Code::NumericOverflow), Some((4, Precision::Enclosing)));
}

#[test]
fn a_join_is_told_where_both_sides_are_suspect_and_the_side_where_one_is() {
    let sides = |left: &str, right: &str| {
        format!(
            r#"relations {{ id: 1 range {{ end: 9 step: 1 column: "x" }} }} relations {{ id: 2 range {{ end: 9 step: 1 column: "y" }} }}
               relations {{ id: 3 inputs: 1 {left} }} relations {{ id: 4 inputs: 2 {right} }}
               relations {{ id: 5 inputs: 3 inputs: 4 join {{ kind: JOIN_KIND_CROSS }} }}"#
        )
    };
    let (divides, adds) = (column(&call("divide")), column(&call("add")));
    assert_eq!(blamed(&sides(&divides, &divides), Code::DivisionByZero), Some((5, Precision::Enclosing)));
    assert_eq!(blamed(&sides(&adds, &divides), Code::DivisionByZero), Some((4, Precision::Exact)));
}

#[test]
fn a_scan_is_blamed_for_a_damaged_file_and_the_root_for_what_nobody_can_have_raised() {
    let plan = chain(&[&column(&call("add")), "limit { count: 5 }"]);
    assert_eq!(blamed(&plan, Code::DataCorrupt), Some((1, Precision::Exact)));
    assert_eq!(blamed(&plan, Code::DivisionByZero), Some((3, Precision::Enclosing)));
    assert_eq!(blamed(&plan, Code::ResourcesExhausted), Some((3, Precision::Enclosing)));
}

#[test]
fn shared_expressions_and_subqueries_are_looked_into() {
    let shared = format!("{} shared_expressions {{ {} }}", chain(&[&column("shared: 1"), "limit { count: 5 }"]), call("modulo"));
    assert_eq!(blamed(&shared, Code::DivisionByZero), Some((2, Precision::Exact)));

    let inner = format!(
        r#"relations {{ id: 1 range {{ end: 9 step: 1 column: "x" }} }} relations {{ id: 2 inputs: 1 {} }}"#,
        column(&call("divide"))
    );
    let scalar = "filter { predicate { subquery { kind: SUBQUERY_KIND_SCALAR relation: 2 } } }";
    let outer = format!(r#"{inner} relations {{ id: 3 range {{ end: 9 step: 1 column: "n" }} }} relations {{ id: 4 inputs: 3 {scalar} }}"#);
    assert_eq!(blamed(&outer, Code::DivisionByZero), Some((2, Precision::Exact)));
    assert_eq!(blamed(&outer, Code::CardinalityViolation), Some((4, Precision::Exact)));
}

#[test]
fn a_place_that_is_known_stays_and_errors_from_outside_have_none() {
    let plan = chain(&[&column(&call("divide"))]);
    assert_eq!(blamed(&plan, Code::Cancelled), None);
    let plan = check(&plan).unwrap();
    let known = Error::new(Code::DivisionByZero, "it failed").at(PlanPlace::exact(1, "path"));
    assert_eq!(plan.blame(known).location(), Some(&PlanPlace::exact(1, "path")));
}
