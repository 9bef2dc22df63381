//! scans
use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::physical_plan::ExecutionPlan;
use polybolos_protocol::Result;

pub(crate) fn with_file_names(plan: Arc<dyn ExecutionPlan>, _state: &SessionState) -> Result<Arc<dyn ExecutionPlan>> {
    Ok(plan)
}
