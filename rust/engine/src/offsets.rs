//! Keeps offsets without a limit, and the orders below them, where they stand.
//!
//! `ORDER BY key OFFSET 20` leaves out the first rows of an order, so the order decides which rows stay. DataFusion 55 sees an order and a
//! fence only where there is a limit, too. Without one it takes the sort out where its keys are not read further up (a projection drops
//! them between sort and offset), and moves a sort from above the offset below it; in both cases other rows are left out.
//!
//! So, while orders are decided, the offset is given a limit that no result reaches, and the sort below it a note that it is needed.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_expr::{Distribution, LexRequirement, OrderingRequirements};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::limit_pushdown::LimitPushdown;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_optimizer::output_requirements::OutputRequirementExec;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// The limit that stands for none: sums of it and an offset do not overflow.
const NO_LIMIT: usize = usize::MAX >> 2;

/// DataFusion's rules with ours: fences behind the first one, which notes what the query as a whole needs and looks for notes of its own
/// kind; and away with them before limits are pushed down.
pub(crate) fn rules() -> Vec<Rule> {
    let mut rules = PhysicalOptimizer::new().rules;
    let before_limits = rules.iter().position(|rule| rule.name() == LimitPushdown::new().name()).unwrap_or(rules.len());
    rules.insert(before_limits, Arc::new(Unfenced));
    rules.insert(1.min(before_limits), Arc::new(Fenced));
    rules
}

#[derive(Debug)]
struct Fenced;

#[derive(Debug)]
struct Unfenced;

impl PhysicalOptimizerRule for Fenced {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(limit) = node.downcast_ref::<GlobalLimitExec>().filter(|limit| limit.skip() > 0 && limit.fetch().is_none()) else {
                return Ok(Transformed::no(node));
            };
            let input = needing_order(limit.input())?.unwrap_or_else(|| Arc::clone(limit.input()));
            Ok(Transformed::yes(Arc::new(GlobalLimitExec::new(input, limit.skip(), Some(NO_LIMIT)))))
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
        plan.transform_up(|node| match node.downcast_ref::<GlobalLimitExec>().filter(|limit| limit.fetch() == Some(NO_LIMIT)) {
            Some(limit) => Ok(Transformed::yes(Arc::new(GlobalLimitExec::new(Arc::clone(limit.input()), limit.skip(), None)))),
            None => Ok(Transformed::no(node)),
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
