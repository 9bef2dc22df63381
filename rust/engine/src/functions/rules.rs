//! The rules of a session or plan for numbers, put into expressions that DataFusion made from SQL: its own operators wrap silently, and
//! fail for a zero.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::functions::core::expr_fn::nullif;
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator};
use datafusion::scalar::ScalarValue;

use super::arithmetic::{Arithmetic, OnOverflow, OnZero};
use super::{chain, decimal};

/// What operators do that have no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) on_overflow: OnOverflow,
    pub(crate) on_zero: OnZero,
}

impl Rules {
    /// What the operators do by themselves.
    pub(crate) const DATAFUSION: Self = Self { on_overflow: OnOverflow::Wrap, on_zero: OnZero::Error };

    /// Whether they are about this expression, or a part of it.
    pub(crate) fn concern(expr: &Expr) -> bool {
        expr.exists(|expr| Ok(is_arithmetic(expr) || matches!(expr, Expr::Negative(_)))).unwrap_or(false)
    }

    /// The expression, whose types are coerced, with operators that follow the rules.
    pub(crate) fn apply(self, expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        replaced(expr, schema, self)
    }

    /// Whether values become null that would not be without these rules.
    pub(crate) fn make_nulls(self) -> bool {
        self.on_overflow == OnOverflow::Null || self.on_zero == OnZero::Null
    }
}

fn is_arithmetic(expr: &Expr) -> bool {
    matches!(expr, Expr::BinaryExpr(BinaryExpr { op, .. }) if calculates(*op))
}

fn calculates(op: Operator) -> bool {
    Arithmetic::of(op).is_some() || divides(op)
}

fn divides(op: Operator) -> bool {
    matches!(op, Operator::Divide | Operator::Modulo)
}

/// The expression with operators that follow the rules. Types are found on the way up, once for each operator: asking a long run
/// of additions for its type at each of its links would take the square of its length.
fn replaced(expr: Expr, schema: &DFSchema, rules: Rules) -> Result<Transformed<Expr>> {
    match expr {
        Expr::Negative(value) => negated(*value, schema, rules),
        expr if is_arithmetic(&expr) => Ok(Transformed::yes(typed(expr, schema, rules)?.0)),
        expr => expr.map_children(|child| replaced(child, schema, rules)),
    }
}

/// The least integer has no opposite.
fn negated(value: Expr, schema: &DFSchema, rules: Rules) -> Result<Transformed<Expr>> {
    let (value, ty) = if is_arithmetic(&value) { typed(value, schema, rules)? } else { other(value, schema, rules)? };
    let zero = ty.filter(|ty| ty.is_signed_integer() && rules.on_overflow != OnOverflow::Wrap).map(|ty| ScalarValue::new_zero(&ty));
    Ok(Transformed::yes(match zero.transpose()? {
        Some(zero) => chain::fold(Expr::Literal(zero, None), vec![(Arithmetic::Subtract, value)], rules.on_overflow),
        None => Expr::Negative(Box::new(value)),
    }))
}

/// An expression, and its type; none for a column of an outer query, whose operators stay.
type Typed = (Expr, Option<DataType>);

/// A run of operators on the left side of one another, from its first term on.
fn typed(expr: Expr, schema: &DFSchema, rules: Rules) -> Result<Typed> {
    let (first, run) = taken_apart(expr);
    let (first, first_type) = other(first, schema, rules)?;
    let mut built = Built { expr: first, data_type: first_type, whole: Vec::new(), rules };
    for (op, term) in run {
        let term = if is_arithmetic(&term) { typed(term, schema, rules)? } else { other(term, schema, rules)? };
        built.push(op, term);
    }
    Ok((built.expr_so_far(), built.data_type))
}

fn taken_apart(mut expr: Expr) -> (Expr, Vec<(Operator, Expr)>) {
    let mut run = Vec::new();
    loop {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if calculates(op) => {
                run.push((op, *right));
                expr = *left;
            }
            first => {
                run.reverse();
                return (first, run);
            }
        }
    }
}

fn other(expr: Expr, schema: &DFSchema, rules: Rules) -> Result<Typed> {
    let data_type = expr.get_type(schema).ok();
    Ok((replaced(expr, schema, rules)?.data, data_type))
}

/// A run that is put together again.
struct Built {
    expr: Expr,
    data_type: Option<DataType>,
    /// Operations on integers of this type, which become one expression together.
    whole: Vec<(Arithmetic, Expr)>,
    rules: Rules,
}

impl Built {
    fn push(&mut self, op: Operator, (term, term_type): Typed) {
        let whole = self.data_type.as_ref().is_some_and(DataType::is_integer) && self.data_type == term_type;
        match Arithmetic::of(op).filter(|_| whole && self.rules.on_overflow != OnOverflow::Wrap) {
            Some(operation) => self.whole.push((operation, term)),
            None => self.push_operator(op, term, term_type),
        }
    }

    fn push_operator(&mut self, op: Operator, term: Expr, term_type: Option<DataType>) {
        let left = self.expr_so_far();
        let both = self.data_type.take().zip(term_type.as_ref());
        let decimals = both.as_ref().is_some_and(|(left, right)| left.is_decimal() && right.is_decimal());
        self.data_type = both.and_then(|(left, right)| BinaryTypeCoercer::new(&left, &op, right).get_result_type().ok());
        let right = match term_type.filter(|_| divides(op) && self.rules.on_zero == OnZero::Null) {
            Some(ty) if !ty.is_floating() => null_if_zero(term, &ty),
            _ => term,
        };
        self.expr = if decimals && self.rules.on_overflow == OnOverflow::Null && decimal::calculates(op) {
            decimal::or_null(op, left, right)
        } else {
            Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
        };
    }

    fn expr_so_far(&mut self) -> Expr {
        let first = std::mem::take(&mut self.expr);
        chain::fold(first, std::mem::take(&mut self.whole), self.rules.on_overflow)
    }
}

fn null_if_zero(divisor: Expr, ty: &DataType) -> Expr {
    match ScalarValue::new_zero(ty) {
        Ok(zero) => nullif(divisor, Expr::Literal(zero, None)),
        Err(_) => divisor,
    }
}
