//! Keeps joins apart that mean different things by equal.
//!
//! `EliminateCrossJoin` takes a tree of inner joins apart and joins its inputs anew, all with the `NullEquality` of the topmost. So a join
//! beside one that takes nulls for equal would do so too, or the other way round. It stays away from plans with such joins: what it is
//! for, conditions in a filter over a cross join, the rules that push filters down do as well.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{NullEquality, Result};
use datafusion::logical_expr::{JoinType, LogicalPlan};
use datafusion::optimizer::eliminate_cross_join::EliminateCrossJoin;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use super::Logical;

/// The rule, guarded where it has to be.
pub(super) fn guarded(rule: Logical) -> Logical {
    if rule.name() == EliminateCrossJoin::new().name() { Arc::new(WithoutNullJoins(rule)) } else { rule }
}

#[derive(Debug)]
struct WithoutNullJoins(Logical);

impl OptimizerRule for WithoutNullJoins {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn rewrite(&self, plan: LogicalPlan, config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if plan.exists(|node| Ok(takes_nulls_for_equal(node)))? { Ok(Transformed::no(plan)) } else { self.0.rewrite(plan, config) }
    }
}

fn takes_nulls_for_equal(node: &LogicalPlan) -> bool {
    matches!(node, LogicalPlan::Join(join) if join.join_type == JoinType::Inner && join.null_equality == NullEquality::NullEqualsNull)
}
