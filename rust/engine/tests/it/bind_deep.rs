//! Thousands of steps and deep expressions: they run, quickly, and no stack overflows.

use std::time::{Duration, Instant};

use polybolos_protocol::Code;
use polybolos_protocol::wire::plan as pb;
use polybolos_protocol::wire::plan::relation::Kind as R;

use crate::plans::*;

const STEPS: i64 = 3_000;
const PATIENCE: Duration = Duration::from_secs(30);

async fn timed(plan: &Plan, root: u32) -> String {
    let started = Instant::now();
    let rows = plan.rows(root).await.unwrap();
    let took = started.elapsed();
    assert!(took < PATIENCE, "took {took:?}");
    rows
}

#[tokio::test]
async fn three_thousand_columns_of_one_column_each() {
    let mut plan = Plan::default();
    let mut at = plan.letters();
    for i in 0..STEPS {
        at = plan.with(at, vec![named(&format!("c{i}"), add(col("n"), int(i)))]);
    }
    let last = plan.select(at, vec![named("", col("c2999")), named("", col("c7"))]);
    assert_eq!(timed(&plan, last).await, "c2999,c7\n3000,8\n3001,9\n3002,10");
}

#[tokio::test]
async fn a_column_replaced_three_thousand_times_by_itself() {
    let mut plan = Plan::default();
    let mut at = plan.letters();
    for _ in 0..STEPS {
        at = plan.with(at, vec![named("n", add(col("n"), int(1)))]);
    }
    assert_eq!(timed(&plan, at).await, "n,s\n3001,a\n3002,b\n3003,null");
}

#[tokio::test]
async fn three_thousand_columns_each_from_the_one_before() {
    let mut plan = Plan::default();
    let mut at = plan.letters();
    at = plan.with(at, vec![named("c0", col("n"))]);
    for i in 1..STEPS {
        at = plan.with(at, vec![named(&format!("c{i}"), add(col(&format!("c{}", i - 1)), int(1)))]);
    }
    let last = plan.select(at, vec![named("", col("c2999")), named("", col("c0"))]);
    assert_eq!(timed(&plan, last).await, "c2999,c0\n3000,1\n3001,2\n3002,3");
    timed(&plan, at).await;
}

#[tokio::test]
async fn filters_and_columns_by_turns() {
    let mut plan = Plan::default();
    let mut at = plan.letters();
    for i in 0..STEPS / 2 {
        at = plan.with(at, vec![named("n", add(col("n"), int(1)))]);
        at = plan.filter(at, gt(col("n"), int(i + 2)));
    }
    assert_eq!(timed(&plan, at).await, "n,s\n1502,b\n1503,null");
}

#[tokio::test]
async fn three_thousand_filters_with_references_by_origin() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let mut at = letters;
    for i in 0..STEPS {
        at = plan.filter(at, gt(of(letters, "n"), int(1 - i)));
    }
    assert_eq!(timed(&plan, at).await, "n,s\n2,b\n3,null");
}

#[tokio::test]
async fn three_thousand_sorts_limits_and_aliases() {
    let mut plan = Plan::default();
    let mut at = plan.letters();
    for i in 0..STEPS {
        at = match i % 3 {
            0 => plan.sort(at, &["n"]),
            1 => plan.limit(at, 100),
            _ => plan.alias(at, &format!("a{i}")),
        };
    }
    match plan.rows(at).await {
        Ok(rows) => assert_eq!(rows, "n,s\n1,a\n2,b\n3,null"),
        Err(error) => assert_eq!(error.code(), Code::PlanTooDeep, "{error}"),
    }
}

#[tokio::test]
async fn an_expression_two_thousand_deep() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let mut deep = col("n");
    for _ in 0..2_000 {
        deep = add(deep, int(1));
        deep = plan.shared(deep);
    }
    let selected = plan.select(letters, vec![named("v", deep.clone())]);
    let filtered = plan.filter(letters, gt(deep.clone(), int(2_002)));
    let sorted = plan.add(&[letters], R::Sort(pb::Sort { keys: vec![desc(deep.clone())], within_partitions: false }));
    let summed = plan.aggregate(letters, vec![], vec![named("v", agg("std.sum", [deep]))]);
    assert_eq!(timed(&plan, selected).await, "v\n2001\n2002\n2003");
    assert_eq!(timed(&plan, filtered).await, "n,s\n3,null");
    assert_eq!(timed(&plan, sorted).await, "n,s\n3,null\n2,b\n1,a");
    assert_eq!(timed(&plan, summed).await, "v\n6006");
}

#[tokio::test]
async fn an_expression_that_doubles_at_each_level() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let mut twice = col("n");
    for _ in 0..15 {
        twice = plan.shared(call("core.modulo", [add(twice.clone(), twice), int(1_000_003)]));
    }
    let selected = plan.select(letters, vec![named("v", twice.clone())]);
    let expected = |n: u64| (0..15).fold(n, |value, _| value * 2 % 1_000_003);
    assert_eq!(timed(&plan, selected).await, format!("v\n{}\n{}\n{}", expected(1), expected(2), expected(3)));
    for _ in 0..45 {
        twice = plan.shared(add(twice.clone(), twice));
    }
    let selected = plan.select(letters, vec![named("v", twice)]);
    assert_eq!(plan.error(selected).await.code(), Code::PlanTooLarge);
}

#[tokio::test]
async fn a_chain_of_two_thousand_conditions() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let mut any = eq(col("n"), int(1));
    for i in 0..2_000 {
        any = plan.shared(call("core.or", [any, gt(int(-i), col("n"))]));
    }
    let selected = plan.select(letters, vec![named("any", any)]);
    assert_eq!(timed(&plan, selected).await, "any\ntrue\nfalse\nfalse");
}

#[tokio::test]
async fn a_chain_of_two_thousand_branches() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let mut case = text("none");
    for i in 0..2_000 {
        let branch = pb::case::Branch { condition: Some(eq(col("n"), int(3_000 - i))), result: Some(text("hit")) };
        let otherwise = Some(Box::new(case));
        case = plan.shared(e(pb::expression::Kind::CaseWhen(Box::new(pb::Case { operand: None, branches: vec![branch], otherwise }))));
    }
    let selected = plan.select(letters, vec![named("case", case)]);
    assert_eq!(timed(&plan, selected).await, "case\nnone\nnone\nnone");
}

fn wide(name: &str, args: Vec<pb::Expression>) -> pb::Expression {
    e(pb::expression::Kind::Call(pb::Call { function: function(name), args, ..Default::default() }))
}

#[tokio::test]
async fn ten_thousand_equalities() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let any = plan.filter(letters, wide("core.or", (0..10_000).map(|i| eq(col("n"), int(i * 3))).collect()));
    let none = plan.filter(letters, wide("core.and", (0..10_000).map(|i| call("core.ne", [col("n"), int(i * 3)])).collect()));
    assert_eq!(timed(&plan, any).await, "n,s\n3,null");
    assert_eq!(timed(&plan, none).await, "n,s\n1,a\n2,b");
}

#[tokio::test]
async fn ten_thousand_other_conditions() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let any = plan.filter(letters, wide("core.or", (0..10_000).map(|i| eq(add(col("n"), int(i)), int(i * 2))).collect()));
    assert_eq!(timed(&plan, any).await, "n,s\n1,a\n2,b\n3,null");
}

#[tokio::test]
async fn ten_thousand_summands() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let sum = plan.select(letters, vec![named("v", wide("core.add", (0..10_000).map(|_| col("n")).collect()))]);
    assert_eq!(timed(&plan, sum).await, "v\n10000\n20000\n30000");
}

#[tokio::test]
async fn a_relation_joined_with_itself_thirty_times_is_refused() {
    let mut plan = Plan::default();
    let mut at = plan.letters();
    for _ in 0..30 {
        at = plan.set_op(&[at, at], pb::SetOpKind::UnionAll, pb::SetOpColumns::ByPosition);
    }
    assert_eq!(plan.error(at).await.code(), Code::PlanTooLarge);
}

#[tokio::test]
async fn three_thousand_unions_of_one_more() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let mut at = letters;
    for _ in 0..STEPS {
        at = plan.set_op(&[at, letters], pb::SetOpKind::UnionAll, pb::SetOpColumns::ByPosition);
    }
    let count = plan.aggregate(at, vec![], vec![named("c", agg("std.count", []))]);
    match plan.rows(count).await {
        Ok(rows) => assert_eq!(rows, "c\n9003"),
        Err(error) => assert_eq!(error.code(), Code::PlanTooDeep, "{error}"),
    }
}

#[tokio::test]
async fn operators_that_nest_too_deep_are_refused_before_they_cost() {
    let deep = |kind: fn(&mut Plan, u32, u32) -> u32| {
        let mut plan = Plan::default();
        let letters = plan.letters();
        let at = (0..2_000).fold(letters, |at, _| kind(&mut plan, at, letters));
        async move { plan.error(at).await }
    };
    let aggregates = deep(|plan, at, _| plan.aggregate(at, vec![named("n", col("n")), named("s", col("s"))], vec![])).await;
    let joins = deep(|plan, at, letters| plan.using(at, letters, pb::JoinKind::LeftSemi, &["n"])).await;
    assert_eq!((aggregates.code(), joins.code()), (Code::PlanTooDeep, Code::PlanTooDeep));
}

#[tokio::test]
async fn a_chain_of_joins_runs() {
    let mut plan = Plan::default();
    let letters = plan.letters();
    let mut at = letters;
    for i in 0..60 {
        let other = plan.select(letters, vec![named("n", col("n")), named(&format!("s{i}"), col("s"))]);
        at = plan.using(at, other, pb::JoinKind::Inner, &["n"]);
    }
    assert_eq!(timed(&plan, at).await.lines().count(), 4);
}
