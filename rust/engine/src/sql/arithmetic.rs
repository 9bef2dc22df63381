//! SQL texts calculate under the session's rules for overflow and division by zero, as plans do.

use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result as DataFusionResult};
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use polybolos_protocol::Result;

use crate::bind::semantics::SessionSemantics;
use crate::error::OrTranslated;
use crate::functions::rules::Rules;

/// The plan with operators that follow the session's rules.
pub(super) fn ruled(state: &SessionState, plan: LogicalPlan) -> Result<LogicalPlan> {
    let semantics = state.config_options().extensions.get::<SessionSemantics>().cloned().unwrap_or_default();
    let rules = semantics.rules();
    if rules == Rules::DATAFUSION {
        return Ok(plan);
    }
    // Both sides of an operator have their common type only after this.
    let typed = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {}).translated()?;
    typed.transform_up_with_subqueries(|node| rewritten(node, rules)).map(|rewritten| rewritten.data).translated()
}

fn rewritten(node: LogicalPlan, rules: Rules) -> DataFusionResult<Transformed<LogicalPlan>> {
    let rewritten = if node.expressions().iter().any(Rules::concern) { with_rules(node, rules)? } else { Transformed::no(node) };
    if !rules.make_nulls() {
        return Ok(rewritten);
    }
    // What was never null may be now, here and in all that is built on it.
    rewritten.map_data(LogicalPlan::recompute_schema)
}

fn with_rules(node: LogicalPlan, rules: Rules) -> DataFusionResult<Transformed<LogicalPlan>> {
    let names = NamePreserver::new(&node);
    let schema = inputs_schema(&node)?;
    node.map_expressions(|expr| {
        let name = names.save(&expr);
        let replaced = rules.apply(expr, &schema)?;
        Ok(replaced.update_data(|expr| name.restore(expr)))
    })
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
