//! Inputs that are small to send and large to hold, or large to send and not wanted: refused quickly, or, where they are honest, done.

use std::time::{Duration, Instant};

use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::wire::plan::*;
use polybolos_protocol::{CheckedPlan, Error, encode};

use crate::plans::*;

/// In a debug build, on a busy machine.
const SOON: Duration = Duration::from_secs(3);

fn decode(bytes: &[u8]) -> Result<CheckedPlan, Error> {
    let started = Instant::now();
    let result = CheckedPlan::decode(bytes, &PlanLimits::default());
    let elapsed = started.elapsed();
    eprintln!("{} bytes: {elapsed:?}", bytes.len());
    assert!(elapsed < SOON, "{elapsed:?}");
    result
}

/// The code, and the limit that was exceeded.
fn refused(plan: &Plan) -> String {
    let error = decode(&encode::plan(plan)).map(drop).expect_err("the bomb passed");
    let limit = error.params().iter().find(|(key, _)| key == "limit").map_or("", |(_, limit)| limit);
    format!("{} {limit}", error.code())
}

fn in_list(count: i64) -> Expression {
    let items = (0..count).map(int).collect();
    let list = InList { needle: Some(Box::new(column("x"))), items, ..Default::default() };
    Expression { kind: Some(expression::Kind::InList(Box::new(list))) }
}

#[test]
fn a_million_relations_are_refused() {
    let relations = (1..=1_000_000).map(|id| Relation { id, ..Default::default() }).collect();
    assert_eq!(refused(&plan_of(relations)), "PLAN_TOO_LARGE relations");
}

#[test]
fn a_list_of_a_million_items_is_refused_and_one_of_fifty_thousand_works() {
    assert!(refused(&plan_of(vec![read(1), filtered(2, 1, in_list(1_000_000))])).starts_with("PLAN_TOO_LARGE"));
    decode(&encode::plan(&plan_of(vec![read(1), filtered(2, 1, in_list(50_000))]))).unwrap();
}

#[test]
fn a_literal_of_100_mb_is_refused() {
    let text = |bytes: usize| Expression {
        kind: Some(expression::Kind::Literal(Literal {
            r#type: Some(DataType { kind: Some(data_type::Kind::Primitive(Primitive::String as i32)) }),
            value: Some(literal::Value::StringValue("x".repeat(bytes))),
        })),
    };
    let plan = |bytes| plan_of(vec![read(1), filtered(2, 1, text(bytes))]);
    assert_eq!(refused(&plan(100_000_000)), "PLAN_TOO_LARGE plan_bytes");
    assert_eq!(refused(&plan(2_000_000)), "PLAN_TOO_LARGE literal_bytes");
    let error = CheckedPlan::check(plan(100_000_000), &PlanLimits::default()).unwrap_err();
    assert_eq!(place(&error), "PLAN_TOO_LARGE 2 filter.predicate.literal");
    decode(&encode::plan(&plan(1_000_000))).unwrap();
}

#[test]
fn a_hundred_thousand_columns_are_refused() {
    let field = |i: i32| Field {
        name: format!("c{i}"),
        r#type: Some(DataType { kind: Some(data_type::Kind::Primitive(Primitive::Int64 as i32)) }),
        ..Default::default()
    };
    let conform =
        ConformTo { schema: Some(Schema { fields: (0..100_000).map(field).collect(), ..Default::default() }), ..Default::default() };
    let relation = Relation { id: 2, inputs: vec![1], kind: Some(relation::Kind::Conform(conform)), ..Default::default() };
    assert_eq!(refused(&plan_of(vec![read(1), relation])), "PLAN_TOO_LARGE columns");
}

#[test]
fn a_union_of_a_thousand_works_and_a_hundred_thousand_edges_are_refused() {
    let union = |count: usize| {
        let set_op = SetOp { kind: SetOpKind::UnionAll as i32, columns: SetOpColumns::ByPosition as i32 };
        let relation = Relation { id: 2, inputs: vec![1; count], kind: Some(relation::Kind::SetOp(set_op)), ..Default::default() };
        plan_of(vec![read(1), relation])
    };
    decode(&encode::plan(&union(1_000))).unwrap();
    assert_eq!(refused(&union(100_000)), "PLAN_TOO_LARGE edges");
}

#[test]
fn types_of_64_levels_are_refused() {
    let ty = (0..63).fold(DataType { kind: Some(data_type::Kind::Primitive(Primitive::Int64 as i32)) }, |inner, _| {
        let list = ListType { element: Some(Box::new(inner)), ..Default::default() };
        DataType { kind: Some(data_type::Kind::ListType(Box::new(list))) }
    });
    let plan = Plan { parameters: vec![ParameterDecl { name: String::new(), r#type: Some(ty.clone()) }], ..plan_of(vec![read(1)]) };
    assert_eq!(refused(&plan), "PLAN_TOO_DEEP type_depth");
    assert_eq!(CheckedPlan::check(plan, &PlanLimits::default()).unwrap_err().code().name(), "PLAN_TOO_DEEP");
}

#[test]
fn a_chain_of_ten_thousand_relations_works() {
    let limit = |id: u32| Relation { id, inputs: vec![id - 1], kind: Some(relation::Kind::Limit(Limit::default())), ..Default::default() };
    decode(&encode::plan(&plan_of(std::iter::once(read(1)).chain((2..=10_000).map(limit)).collect()))).unwrap();
}

#[test]
fn sixteen_mib_of_small_messages_are_refused_or_done_soon() {
    for body in [Expression { kind: None }, Expression { kind: Some(expression::Kind::Shared(1)) }, column("x")] {
        let count = (15 << 20) / (encode::plan(&Plan { shared_expressions: vec![body.clone()], ..Default::default() }).len());
        let plan = Plan { shared_expressions: vec![body; count.min(3_000_000)], ..plan_of(vec![read(1)]) };
        let _ = decode(&encode::plan(&plan)).map(drop);
    }
}
