//! Long and deep programs: thousands of steps and levels build, are written, and are freed in a thread of ordinary stack.

use std::time::{Duration, Instant};

use polybolos_client::protocol::Code;
use polybolos_client::protocol::limits::PlanLimits;
use polybolos_client::protocol::{CheckedPlan, wire::plan as pb};
use polybolos_client::{DataFrame, Expr, JoinKind, Session, col, exists, lit};

fn trips() -> DataFrame {
    Session::detached().table("trips").unwrap()
}

/// The plan goes over the wire and back, as a server would read it.
fn read_back(frame: &DataFrame) -> CheckedPlan {
    CheckedPlan::decode(&frame.plan().unwrap().to_bytes(), &PlanLimits::default()).unwrap()
}

#[test]
fn three_thousand_steps_are_three_thousand_relations() {
    let started = Instant::now();
    let mut frame = trips();
    for step in 0..3_000 {
        frame = frame.filter(col("a").ne(step)).unwrap();
    }
    assert_eq!(read_back(&frame).plan().relations.len(), 3_001);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_hundred_thousand_steps_are_freed_without_recursion() {
    let mut frame = trips();
    for _ in 0..100_000 {
        frame = frame.limit(1).unwrap();
    }
    assert_eq!(frame.plan().unwrap_err().code(), Code::PlanTooLarge);
    drop(frame);
}

#[test]
fn frames_that_hang_on_expressions_of_frames_are_freed_without_recursion() {
    let mut frame = trips();
    for _ in 0..5_000 {
        frame = frame.filter(exists(&frame)).unwrap();
    }
    assert_eq!(read_back(&frame).plan().relations.len(), 5_001, "each frame once");
    drop(frame);
}

#[test]
fn a_frame_that_doubles_stays_small() {
    let mut frame = trips();
    for _ in 0..64 {
        frame = frame.union(&frame).unwrap();
    }
    assert_eq!(read_back(&frame).plan().relations.len(), 65);
}

#[test]
fn a_chain_of_a_chainable_operator_is_one_call() {
    let any = (0..2_000).map(|n| col("a").eq(n)).reduce(Expr::or_).unwrap();
    let plan = read_back(&trips().filter(any).unwrap());
    assert!(plan.plan().shared_expressions.is_empty());
    assert_eq!(predicate_args(&plan), 2_000);
}

#[test]
fn two_thousand_levels_are_hoisted() {
    for levels in [2_000_u32, 4_000] {
        let deep = (0..levels).fold(col("a"), |deep, n| deep - lit(n));
        let plan = read_back(&trips().filter(deep.gt(0)).unwrap());
        assert!(!plan.plan().shared_expressions.is_empty());
    }
}

#[test]
fn an_expression_beyond_the_limit_is_an_error_at_its_line() {
    let deep = (0..5_000).fold(col("a"), |deep, n| deep - lit(n));
    let error = trips().filter(deep.gt(0)).unwrap().plan().unwrap_err();
    assert_eq!(error.code(), Code::PlanTooDeep);
    assert!(error.call_site().is_some());
}

#[test]
fn a_deep_expression_is_named_and_freed_without_recursion() {
    let deep = (0..200_000).fold(col("a"), |deep, _| deep.is_null());
    assert!(deep.name().starts_with("((((") && deep.name().ends_with('…'));
    drop(deep);
}

#[test]
fn an_expression_that_is_used_often_is_written_once() {
    let often = (0..12).fold(col("a"), |half, _| half.divide(&half));
    let plan = trips().with_column("b", often).unwrap().plan().unwrap();
    assert!(plan.to_bytes().len() < 50_000, "{} bytes", plan.to_bytes().len());
}

#[test]
fn an_expression_that_doubles_beyond_the_limit_is_an_error_at_once() {
    let started = Instant::now();
    for doubled in [(0..60).fold(col("a"), |half, _| &half * &half + &half), (0..200).fold(col("a"), |half, _| half.divide(&half))] {
        let error = trips().with_column("b", doubled).unwrap().plan().unwrap_err();
        assert_eq!(error.code(), Code::PlanTooLarge);
        assert!(error.call_site().is_some());
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_wide_case_is_built_in_linear_time() {
    let started = Instant::now();
    let first = polybolos_client::when(col("a").eq(0), 0);
    let wide = (1..10_000).fold(first, |case, n| case.when(col("a").eq(n), n)).otherwise(-1);
    assert!(trips().with_column("b", wide).unwrap().plan().is_ok());
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn a_self_join_of_a_long_frame_has_its_steps_once() {
    let mut frame = trips();
    for _ in 0..1_000 {
        frame = frame.limit(5).unwrap();
    }
    let joined = frame.alias("a").unwrap().join(&frame.alias("b").unwrap(), "id", JoinKind::Inner).unwrap();
    assert_eq!(read_back(&joined).plan().relations.len(), 1_004);
}

fn predicate_args(plan: &CheckedPlan) -> usize {
    match &plan.plan().relations.last().unwrap().kind {
        Some(pb::relation::Kind::Filter(filter)) => match filter.predicate.as_ref().unwrap().kind.as_ref().unwrap() {
            pb::expression::Kind::Call(call) => call.args.len(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

trait Or {
    fn or_(self, other: Expr) -> Expr;
}

impl Or for Expr {
    fn or_(self, other: Expr) -> Expr {
        self.or(other)
    }
}
