//! Deep expressions: hoisted into shared ones, the same expression when written out again.

use std::time::{Duration, Instant};

use polybolos_protocol::limits::PlanLimits;
use polybolos_protocol::wire::plan::*;
use polybolos_protocol::{CheckedPlan, encode};

use crate::plans::*;

fn checked(plan: &Plan) -> CheckedPlan {
    CheckedPlan::decode(&encode::plan(plan), &PlanLimits::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// The predicate of the plan's last relation.
fn predicate(plan: &Plan) -> &Expression {
    match &plan.relations.last().unwrap().kind {
        Some(relation::Kind::Filter(filter)) => filter.predicate.as_ref().unwrap(),
        _ => panic!("no filter"),
    }
}

/// Counts the calls and columns of a `deep` expression by following its first arguments and shared entries.
fn depth<'a>(plan: &'a Plan, mut expression: &'a Expression) -> usize {
    let mut depth = 0;
    loop {
        match expression.kind.as_ref().unwrap() {
            expression::Kind::Shared(index) => expression = &plan.shared_expressions[*index as usize - 1],
            expression::Kind::Call(call) => {
                depth += 1;
                expression = &call.args[0];
            }
            _ => return depth,
        }
    }
}

#[test]
fn a_shallow_plan_is_left_alone() {
    let plan = plan_of(vec![read(1), filtered(2, 1, deep(14))]);
    let mut hoisted = plan.clone();
    encode::hoist(&mut hoisted);
    assert_eq!(hoisted, plan);
}

#[test]
fn a_2_000_deep_expression_travels() {
    let mut plan = plan_of(vec![read(1), filtered(2, 1, deep(2_000))]);
    encode::hoist(&mut plan);
    let received = checked(&plan);
    assert_eq!(received.plan(), &plan);
    assert_eq!(depth(&plan, predicate(&plan)), 2_000);
    assert!(plan.shared_expressions.len() < 150, "{}", plan.shared_expressions.len());
}

#[test]
fn what_is_deeper_than_the_limit_is_an_error_and_no_crash() {
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(|| {
            let mut plan = plan_of(vec![read(1), filtered(2, 1, deep(20_000))]);
            encode::hoist(&mut plan);
            let error = CheckedPlan::decode(&encode::plan(&plan), &PlanLimits::default()).unwrap_err();
            assert_eq!(error.code(), polybolos_protocol::Code::PlanTooDeep, "{error}");
        })
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn hoisting_twice_changes_nothing_more() {
    let mut plan = plan_of(vec![read(1), filtered(2, 1, deep(500))]);
    encode::hoist(&mut plan);
    let once = plan.clone();
    encode::hoist(&mut plan);
    assert_eq!(plan, once);
}

#[test]
fn equal_deep_parts_are_one_entry() {
    let mut one = plan_of(vec![read(1), filtered(2, 1, deep(100))]);
    let mut two = plan_of(vec![read(1), filtered(2, 1, deep(100)), filtered(3, 2, deep(100))]);
    encode::hoist(&mut one);
    encode::hoist(&mut two);
    assert_eq!(one.shared_expressions, two.shared_expressions);
}

#[test]
fn entries_that_were_there_are_renumbered() {
    let add = |a: Expression, b: Expression| call("add", vec![a, b]);
    let shared = |index: u32| Expression { kind: Some(expression::Kind::Shared(index)) };
    let mut plan = plan_of(vec![read(1), filtered(2, 1, add(shared(2), shared(1)))]);
    plan.shared_expressions = vec![deep(100), column("second")];
    encode::hoist(&mut plan);
    checked(&plan);
    let Some(expression::Kind::Call(call)) = &predicate(&plan).kind else { panic!("no call") };
    assert_eq!(depth(&plan, &call.args[0]), 0);
    assert_eq!(depth(&plan, &call.args[1]), 100);
}

#[test]
fn a_deep_body_of_a_lambda_is_hoisted_and_the_lambda_stays_in_its_call() {
    let variable = Expression { kind: Some(expression::Kind::LambdaVar(LambdaVar { id: 1 })) };
    let body = (0..100).fold(variable, |inner, i| call("add", vec![inner, int(i)]));
    let lambda = Lambda { params: vec![LambdaParam { id: 1, name: String::new() }], body: Some(Box::new(body)) };
    let lambda = Expression { kind: Some(expression::Kind::LambdaFn(Box::new(lambda))) };
    let function = FunctionRef { namespace: "my".to_owned(), name: "apply".to_owned(), semantics: 0 };
    let apply = Call { function: Some(function), args: vec![column("l"), lambda], ..Default::default() };
    let mut plan = plan_of(vec![read(1), filtered(2, 1, Expression { kind: Some(expression::Kind::Call(apply)) })]);
    encode::hoist(&mut plan);
    assert!(!plan.shared_expressions.is_empty());
    checked(&plan);
}

#[test]
fn ten_thousand_terms_of_one_call_are_no_depth() {
    let started = Instant::now();
    let terms = (0..10_000).map(|i| call("ne", vec![column("x"), int(i)])).collect();
    let mut plan = plan_of(vec![read(1), filtered(2, 1, call("and", terms))]);
    encode::hoist(&mut plan);
    assert!(plan.shared_expressions.is_empty());
    checked(&plan);
    assert!(started.elapsed() < Duration::from_secs(5));
}
