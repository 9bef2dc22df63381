//! Forgets that columns are constant, or ordered, where nulls are put into them.
//!
//! DataFusion 55 knows which columns have one value for all rows, leaves them out of orders, and groups as if rows were ordered by them.
//! It takes that knowledge over the outer joins that fill such columns with nulls, and over the grouping sets that do so for their totals;
//! over the latter also orders of columns. And over unions of inputs with such columns it takes one part of it, but not another, and then
//! finds no way to order them. A fence stops it there: always over grouping sets, whose input may get an order later, for an aggregate
//! that wants one.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{JoinType, Result};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec, PiecewiseMergeJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::fence::{Fence, Kind};

#[derive(Debug)]
pub(super) struct Fenced;

impl PhysicalOptimizerRule for Fenced {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if has_totals(node.as_ref()) || fills_constants(node.as_ref()) || unites_constants(node.as_ref()) {
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

fn has_totals(node: &dyn ExecutionPlan) -> bool {
    node.downcast_ref::<AggregateExec>().is_some_and(|aggregate| aggregate.group_expr().has_grouping_set())
}

fn fills_constants(node: &dyn ExecutionPlan) -> bool {
    let outer = matches!(join_type(node), Some(JoinType::Left | JoinType::Right | JoinType::Full));
    outer && !node.equivalence_properties().constants().is_empty()
}

fn unites_constants(node: &dyn ExecutionPlan) -> bool {
    node.is::<UnionExec>() && node.children().iter().any(|input| !input.equivalence_properties().constants().is_empty())
}

fn join_type(node: &dyn ExecutionPlan) -> Option<JoinType> {
    let hash = node.downcast_ref::<HashJoinExec>().map(|join| *join.join_type());
    hash.or_else(|| node.downcast_ref::<NestedLoopJoinExec>().map(|join| *join.join_type()))
        .or_else(|| node.downcast_ref::<SortMergeJoinExec>().map(|join| join.join_type()))
        .or_else(|| node.downcast_ref::<PiecewiseMergeJoinExec>().map(|join| join.join_type()))
}
