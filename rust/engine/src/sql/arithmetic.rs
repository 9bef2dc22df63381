//! SQL texts calculate under the session's rule for overflow, as plans do: DataFusion's own operators wrap silently.

use arrow_schema::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result as DataFusionResult};
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan};
use polybolos_protocol::Result;

use crate::bind::semantics::SessionSemantics;
use crate::error::OrTranslated;
use crate::functions::arithmetic::{self, Arithmetic, OnOverflow};

/// The plan with operators on integers that notice when a result does not fit.
pub(super) fn checked(state: &SessionState, plan: LogicalPlan) -> Result<LogicalPlan> {
    let rule = match state.config_options().extensions.get::<SessionSemantics>().map(|semantics| semantics.overflow.as_str()) {
        Some("wrap") => return Ok(plan),
        Some("null") => OnOverflow::Null,
        _ => OnOverflow::Error,
    };
    // Both sides of an operator have their common type only after this.
    let typed = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {}).translated()?;
    typed.transform_up_with_subqueries(|node| rewritten(node, rule)).map(|rewritten| rewritten.data).translated()
}

fn rewritten(node: LogicalPlan, rule: OnOverflow) -> DataFusionResult<Transformed<LogicalPlan>> {
    if !has_arithmetic(&node) {
        return Ok(Transformed::no(node));
    }
    let names = NamePreserver::new(&node);
    let schema = inputs_schema(&node)?;
    node.map_expressions(|expr| {
        let name = names.save(&expr);
        let replaced = replaced(expr, &schema, rule)?;
        Ok(replaced.update_data(|expr| name.restore(expr)))
    })
}

fn has_arithmetic(node: &LogicalPlan) -> bool {
    node.expressions().iter().any(|expr| expr.exists(|expr| Ok(is_arithmetic(expr))).unwrap_or(false))
}

/// The columns that the expressions of a node may name.
fn inputs_schema(node: &LogicalPlan) -> DataFusionResult<DFSchema> {
    let mut schema = DFSchema::empty();
    for input in node.inputs() {
        schema.merge(input.schema());
    }
    if let LogicalPlan::TableScan(scan) = node {
        schema.merge(&scan.projected_schema);
    }
    Ok(schema)
}

/// The expression with checked operators. Types are found on the way up, once for each operator: asking a long chain of
/// additions for its type at each of its links would take the square of its length.
fn replaced(expr: Expr, schema: &DFSchema, rule: OnOverflow) -> DataFusionResult<Transformed<Expr>> {
    if !is_arithmetic(&expr) {
        return expr.map_children(|child| replaced(child, schema, rule));
    }
    Ok(Transformed::yes(typed(expr, schema, rule)?.0))
}

/// An expression with checked operators, and its type; none for a column of an outer query, whose operators stay.
fn typed(expr: Expr, schema: &DFSchema, rule: OnOverflow) -> DataFusionResult<(Expr, Option<DataType>)> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expr else { return other(expr, schema, rule) };
    let Some(operation) = Arithmetic::of(op) else { return other(Expr::BinaryExpr(BinaryExpr { left, op, right }), schema, rule) };
    let (left, left_type) = typed(*left, schema, rule)?;
    let (right, right_type) = typed(*right, schema, rule)?;
    let both = left_type.zip(right_type);
    if let Some((left_type, right_type)) = &both
        && left_type == right_type
        && left_type.is_integer()
    {
        return Ok((arithmetic::call(operation, rule, left, right), Some(left_type.clone())));
    }
    let data_type = both.and_then(|(left, right)| BinaryTypeCoercer::new(&left, &op, &right).get_result_type().ok());
    Ok((Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right))), data_type))
}

fn other(expr: Expr, schema: &DFSchema, rule: OnOverflow) -> DataFusionResult<(Expr, Option<DataType>)> {
    let data_type = expr.get_type(schema).ok();
    Ok((replaced(expr, schema, rule)?.data, data_type))
}

fn is_arithmetic(expr: &Expr) -> bool {
    matches!(expr, Expr::BinaryExpr(BinaryExpr { op, .. }) if Arithmetic::of(*op).is_some())
}
