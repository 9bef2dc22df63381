//! Forgets that columns are constant where nulls are put into them.
//!
//! DataFusion 55 knows which columns have one value for all rows, leaves them out of orders, and groups as if rows were ordered by them.
//! It takes that knowledge over the outer joins that fill such columns with nulls, and over the grouping sets that do so for their totals.
//! A fence stops it there.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{JoinType, Result};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec, PiecewiseMergeJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::fence::{Fence, Kind};

#[derive(Debug)]
pub(super) struct Fenced;

impl PhysicalOptimizerRule for Fenced {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if puts_nulls(node.as_ref()) && !node.equivalence_properties().constants().is_empty() {
                return Ok(Transformed::yes(Arc::new(Fence::new(node, Kind::Constants)) as Arc<dyn ExecutionPlan>));
            }
            Ok(Transformed::no(node))
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "fenced_constants"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn puts_nulls(node: &dyn ExecutionPlan) -> bool {
    if let Some(aggregate) = node.downcast_ref::<AggregateExec>() {
        return aggregate.group_expr().has_grouping_set();
    }
    matches!(join_type(node), Some(JoinType::Left | JoinType::Right | JoinType::Full))
}

fn join_type(node: &dyn ExecutionPlan) -> Option<JoinType> {
    let hash = node.downcast_ref::<HashJoinExec>().map(|join| *join.join_type());
    hash.or_else(|| node.downcast_ref::<NestedLoopJoinExec>().map(|join| *join.join_type()))
        .or_else(|| node.downcast_ref::<SortMergeJoinExec>().map(|join| join.join_type()))
        .or_else(|| node.downcast_ref::<PiecewiseMergeJoinExec>().map(|join| join.join_type()))
}
