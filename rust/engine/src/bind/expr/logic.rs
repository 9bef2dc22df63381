//! AND and OR of many conditions, as balanced trees: ten thousand terms nest fourteen deep.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, lit};

use super::typed::{Shape, Typed};

/// All of these conditions; true when there are none.
pub(crate) fn all_of(conditions: Vec<Expr>) -> Expr {
    balanced(conditions, Operator::And).unwrap_or_else(|| lit(true))
}

/// A tree of this associative operator over the terms, in their order.
pub(crate) fn balanced(mut terms: Vec<Expr>, op: Operator) -> Option<Expr> {
    while terms.len() > 1 {
        let mut halved = Vec::with_capacity(terms.len().div_ceil(2));
        let mut rest = terms.into_iter();
        while let Some(left) = rest.next() {
            halved.push(match rest.next() {
                Some(right) => Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right))),
                None => left,
            });
        }
        terms = halved;
    }
    terms.pop()
}

/// AND or OR of typed conditions.
pub(crate) fn junction(terms: Vec<Typed>, op: Operator) -> Option<Typed> {
    let nullable = terms.iter().any(Typed::nullable);
    let levels = terms.len().max(1).ilog2() + 1;
    let shape = Shape::over(&terms);
    let shape = Shape { depth: shape.depth + levels, ..shape };
    let expr = balanced(terms.into_iter().map(|term| term.expr).collect(), op)?;
    Some(Typed::new(expr, DataType::Boolean, nullable, shape))
}
