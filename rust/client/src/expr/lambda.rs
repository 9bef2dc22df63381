//! Lambdas: small functions that a function applies to the elements of a list or map.

use std::sync::atomic::{AtomicU32, Ordering};

use super::convert::IntoColumn;
use super::node::{Expr, Op};

/// Ids are unique in the process, hence in every plan, so that nested lambdas never capture each other's variables.
static NEXT_ID: AtomicU32 = AtomicU32::new(1);

/// A function of one variable, as an argument of a function that takes one.
///
/// ```
/// use polybolos_client::{call, col, lambda};
///
/// let doubled = call("std", "array_transform", vec![col("xs"), lambda("x", |x| x * 2)]);
/// assert_eq!(doubled.name(), "array_transform(xs, x -> (x * 2))");
/// ```
pub fn lambda<R: IntoColumn>(name: impl Into<String>, body: impl FnOnce(Expr) -> R) -> Expr {
    let x = variable(name.into());
    function(vec![x.clone()], body(x).into_column())
}

/// A function of two variables.
pub fn lambda2<R: IntoColumn>(first: impl Into<String>, second: impl Into<String>, body: impl FnOnce(Expr, Expr) -> R) -> Expr {
    let (x, y) = (variable(first.into()), variable(second.into()));
    function(vec![x.clone(), y.clone()], body(x, y).into_column())
}

fn variable(name: String) -> Expr {
    Expr::leaf(Op::LambdaVar { id: NEXT_ID.fetch_add(1, Ordering::Relaxed), name })
}

fn function(variables: Vec<Expr>, body: Expr) -> Expr {
    let param = |variable: &Expr| match variable.op() {
        Op::LambdaVar { id, name } => Some((*id, name.clone())),
        _ => None,
    };
    Expr::new(Op::Lambda { params: variables.iter().filter_map(param).collect() }, vec![body])
}
