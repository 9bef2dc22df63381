//! The optimizer's rules: DataFusion's, and ours where one of DataFusion 55 changes the answer.
//!
//! | file | what goes wrong without it |
//! | --- | --- |
//! | `offsets.rs` | an offset leaves out other rows, since the order below it is lost or replaced |
//! | `constants.rs` | an order ignores a column that was constant before an outer join or totals put nulls into it; totals come twice; unions have no order |
//! | `constant_filters.rs` | totals that a filter takes out stay |
//! | `dependencies.rs` | an aggregation over another groups by too few keys |
//! | `null_joins.rs` | joins that take nulls for equal, and others beside them, become of one kind |

use std::sync::Arc;

use datafusion::optimizer::optimize_projections::OptimizeProjections;
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::limit_pushdown::LimitPushdown;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;

mod constant_filters;
mod constants;
mod dependencies;
mod fence;
mod null_joins;
mod offsets;

type Logical = Arc<dyn OptimizerRule + Send + Sync>;
type Physical = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// The rules for logical plans. What aggregations say of their keys is set right at the start, and once more for the rule that reads most
/// of it.
pub(crate) fn logical() -> Vec<Logical> {
    let mut rules: Vec<Logical> = Optimizer::new().rules.into_iter().map(null_joins::guarded).map(constant_filters::guarded).collect();
    let reader = rules.iter().position(|rule| rule.name() == OptimizeProjections::new().name()).unwrap_or(0);
    rules.insert(reader, Arc::new(dependencies::KnownDependencies));
    rules.insert(0, Arc::new(dependencies::KnownDependencies));
    rules
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
