//! Keeps filters without columns above aggregations that answer even no rows.
//!
//! `PushDownFilter` puts a condition that reads no column, such as `1 = 2`, below any aggregation. Without keys, and with grouping sets,
//! the row of totals is there all the same. Left where it is, the condition is simplified in the next round, and the filter or all below
//! it goes away.

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use super::Logical;

/// The rule, guarded where it has to be.
pub(super) fn guarded(rule: Logical) -> Logical {
    if rule.name() == PushDownFilter::new().name() { std::sync::Arc::new(AboveTotals(rule)) } else { rule }
}

#[derive(Debug)]
struct AboveTotals(Logical);

impl OptimizerRule for AboveTotals {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if filters_totals_by_a_constant(&plan) { Ok(Transformed::no(plan)) } else { self.0.rewrite(plan, config) }
    }
}

fn filters_totals_by_a_constant(plan: &LogicalPlan) -> bool {
    let LogicalPlan::Filter(filter) = plan else {
        return false;
    };
    has_totals(&filter.input) && split_conjunction(&filter.predicate).iter().any(|condition| condition.column_refs().is_empty())
}

fn has_totals(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(aggregate) => matches!(aggregate.group_expr.as_slice(), [] | [Expr::GroupingSet(_)]),
        _ => false,
    }
}
