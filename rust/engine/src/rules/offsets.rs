//! Keeps offsets without a limit, and the orders below them, where they stand.
//!
//! `ORDER BY key OFFSET 20` leaves out the first rows of an order, so the order decides which rows stay. DataFusion 55 sees an order and a
//! fence only where there is a limit, too. Without one it takes the sort out where its keys are not read further up (a projection drops
//! them between sort and offset), and moves a sort from above the offset below it; in both cases other rows are left out.
//!
//! So, while orders are decided, the offset is given a limit that no result reaches and a fence above it, and the sort below it a note that
//! it is needed. An offset with a limit of its own needs the fence, too.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_expr::{Distribution, LexRequirement, OrderingRequirements};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::output_requirements::OutputRequirementExec;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};

use super::fence::{Fence, Kind};

/// The limit that stands for none: sums of it and an offset do not overflow.
const NO_LIMIT: usize = usize::MAX >> 2;

#[derive(Debug)]
pub(super) struct Fenced;

#[derive(Debug)]
pub(super) struct Unfenced;

impl PhysicalOptimizerRule for Fenced {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(limit) = node.downcast_ref::<GlobalLimitExec>().filter(|limit| limit.skip() > 0) else {
                return Ok(Transformed::no(node));
            };
            let input = needing_order(limit.input())?.unwrap_or_else(|| Arc::clone(limit.input()));
            let limit = GlobalLimitExec::new(input, limit.skip(), limit.fetch().or(Some(NO_LIMIT)));
            Ok(Transformed::yes(Arc::new(Fence::new(Arc::new(limit), Kind::Sorts))))
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "fenced_offsets"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

impl PhysicalOptimizerRule for Unfenced {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if let Some(fence) = node.downcast_ref::<Fence>().filter(|fence| fence.kind() == Kind::Sorts) {
                return Ok(Transformed::yes(Arc::clone(fence.input())));
            }
            match node.downcast_ref::<GlobalLimitExec>().filter(|limit| limit.fetch() == Some(NO_LIMIT)) {
                Some(limit) => Ok(Transformed::yes(Arc::new(GlobalLimitExec::new(Arc::clone(limit.input()), limit.skip(), None)))),
                None => Ok(Transformed::no(node)),
            }
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "unfenced_offsets"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The plan with a note above the sort that it projects.
fn needing_order(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(sort) = plan.downcast_ref::<SortExec>() {
        let order = OrderingRequirements::new(LexRequirement::from(sort.expr().clone()));
        let note = OutputRequirementExec::new(Arc::clone(plan), Some(order), Distribution::SinglePartition, None);
        return Ok(Some(Arc::new(note)));
    }
    if !plan.is::<ProjectionExec>() {
        return Ok(None);
    }
    match plan.children().as_slice() {
        [input] => needing_order(input)?.map(|input| Arc::clone(plan).replace_children(vec![input], recomputed())).transpose(),
        _ => Ok(None),
    }
}

fn recomputed() -> ReplaceChildrenOptions {
    ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute)
}
