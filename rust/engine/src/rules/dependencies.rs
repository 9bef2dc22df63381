//! Takes back what an aggregation says of its keys without knowing it.
//!
//! Some columns determine others: the keys of a group its aggregates. DataFusion 55 lets an aggregation over such columns, and others
//! beside them, say that the former determine all of its columns. They do not determine the other keys, but an aggregation above that
//! reads only some columns believes it, and groups by too few. Here an aggregation says no more than that all of its keys determine the
//! rest.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Dependency, FunctionalDependence, FunctionalDependencies, Result};
use datafusion::logical_expr::{Aggregate, LogicalPlan};
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

#[derive(Debug)]
pub(super) struct KnownDependencies;

impl OptimizerRule for KnownDependencies {
    fn name(&self) -> &str {
        "known_dependencies"
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if !plan.exists(|node| Ok(claims_too_much(node)))? {
            return Ok(Transformed::no(plan));
        }
        plan.transform_up(|node| {
            let mut node = node.recompute_schema()?;
            if claims_too_much(&node)
                && let LogicalPlan::Aggregate(aggregate) = &mut node
            {
                let schema = aggregate.schema.as_ref().clone().with_functional_dependencies(by_all_keys(aggregate))?;
                aggregate.schema = Arc::new(schema);
            }
            Ok(Transformed::yes(node))
        })
    }
}

fn claims_too_much(node: &LogicalPlan) -> bool {
    let LogicalPlan::Aggregate(aggregate) = node else {
        return false;
    };
    aggregate.schema.functional_dependencies().iter().any(|dependency| dependency.source_indices.len() < aggregate.group_expr.len())
}

fn by_all_keys(aggregate: &Aggregate) -> FunctionalDependencies {
    let keys: Vec<usize> = (0..aggregate.group_expr.len()).collect();
    let all = (0..aggregate.schema.fields().len()).collect();
    let nullable = keys.iter().any(|key| aggregate.schema.field(*key).is_nullable());
    FunctionalDependencies::new(vec![FunctionalDependence::new(keys, all, nullable).with_mode(Dependency::Single)])
}
