//! SQL texts calculate under the session's rule for overflow, as plans do: DataFusion's own operators wrap silently.

use datafusion::common::DFSchema;
use datafusion::common::Result as DataFusionResult;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
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
        let replaced = expr.transform_up(|expr| replaced(expr, &schema, rule))?;
        Ok(replaced.update_data(|expr| name.restore(expr)))
    })
}

fn has_arithmetic(node: &LogicalPlan) -> bool {
    let is_one = |expr: &Expr| matches!(expr, Expr::BinaryExpr(BinaryExpr { op, .. }) if Arithmetic::of(*op).is_some());
    node.expressions().iter().any(|expr| expr.exists(|expr| Ok(is_one(expr))).unwrap_or(false))
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

fn replaced(expr: Expr, schema: &DFSchema, rule: OnOverflow) -> DataFusionResult<Transformed<Expr>> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = &expr else { return Ok(Transformed::no(expr)) };
    let Some(operation) = Arithmetic::of(*op) else { return Ok(Transformed::no(expr)) };
    // A column of an outer query has no type here; its operator stays.
    let (Ok(left_type), Ok(right_type)) = (left.get_type(schema), right.get_type(schema)) else { return Ok(Transformed::no(expr)) };
    if left_type != right_type || !left_type.is_integer() {
        return Ok(Transformed::no(expr));
    }
    Ok(Transformed::yes(arithmetic::call(operation, rule, left.as_ref().clone(), right.as_ref().clone())))
}
