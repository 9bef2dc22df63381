//! The optimizer's rules: DataFusion's, and ours where one of DataFusion 55 changes the answer.
//!
//! | file | what goes wrong without it |
//! | --- | --- |
//! | `offsets.rs` | an offset leaves out other rows, since the order below it is lost or replaced |
//! | `constants.rs` | an order ignores a column that was constant before an outer join or totals put nulls into it; totals come twice |
//! | `null_joins.rs` | joins that take nulls for equal, and others beside them, become of one kind |

use std::sync::Arc;

use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::limit_pushdown::LimitPushdown;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

mod constants;
mod fence;
mod null_joins;
mod offsets;

type Logical = Arc<dyn OptimizerRule + Send + Sync>;
type Physical = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// The rules for logical plans.
pub(crate) fn logical() -> Vec<Logical> {
    Optimizer::new().rules.into_iter().map(null_joins::guarded).collect()
}

/// The rules for physical plans: fences behind the first one, which notes what the query as a whole needs and looks for notes of its own
/// kind; away with those of offsets before limits are pushed down.
pub(crate) fn physical() -> Vec<Physical> {
    let mut rules = PhysicalOptimizer::new().rules;
    let before_limits = rules.iter().position(|rule| rule.name() == LimitPushdown::new().name()).unwrap_or(rules.len());
    rules.insert(before_limits, Arc::new(offsets::Unfenced));
    rules.splice(1.min(before_limits)..1.min(before_limits), [Arc::new(constants::Fenced) as Physical, Arc::new(offsets::Fenced)]);
    rules
}
