//! Keeps the order below an offset without a limit.
//!
//! `ORDER BY key OFFSET 20` leaves out the first rows of an order, so the order decides which rows stay. Where the keys are not read
//! further up, a projection drops them between sort and offset; DataFusion 55 then takes the sort for one that nobody needs, and other
//! rows are left out. (Where there is a limit, too, the sort keeps the limit, and stays.) This rule says that the order is needed.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_expr::{Distribution, LexRequirement, OrderingRequirements};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_optimizer::output_requirements::OutputRequirementExec;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// DataFusion's rules with this one behind the first, which notes what the query as a whole needs and looks for notes of its own kind.
pub(crate) fn rules() -> Vec<Rule> {
    let mut rules = PhysicalOptimizer::new().rules;
    rules.insert(1.min(rules.len()), Arc::new(OffsetOrder));
    rules
}

#[derive(Debug)]
struct OffsetOrder;

impl PhysicalOptimizerRule for OffsetOrder {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(limit) = node.downcast_ref::<GlobalLimitExec>().filter(|limit| limit.skip() > 0 && limit.fetch().is_none()) else {
                return Ok(Transformed::no(node));
            };
            match needing_order(limit.input())? {
                Some(input) => Ok(Transformed::yes(Arc::new(GlobalLimitExec::new(input, limit.skip(), None)))),
                None => Ok(Transformed::no(node)),
            }
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "offset_order"
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
