//! Tables whose rows a session keeps: in memory while they are few, in its private folder when they are many.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result as DataFusionResult;
use datafusion::datasource::TableType;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;
use parking_lot::RwLock;

use crate::session::Held;

/// Rows under a schema. A write adds a part or replaces all parts at once, so that a reader sees all of it or nothing.
pub(crate) struct StoredTable {
    schema: SchemaRef,
    parts: RwLock<Vec<Held>>,
}

impl StoredTable {
    pub(crate) fn new(schema: SchemaRef, part: Held) -> Self {
        Self { schema, parts: RwLock::new(vec![part]) }
    }

    /// Adds rows.
    pub(super) fn append(&self, part: Held) {
        self.parts.write().push(part);
    }

    /// Replaces all rows.
    pub(super) fn replace(&self, part: Held) {
        *self.parts.write() = vec![part];
    }
}

impl std::fmt::Debug for StoredTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredTable").field("parts", &self.parts.read().len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for StoredTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let parts: Vec<Held> = self.parts.read().clone();
        let mut plans = Vec::with_capacity(parts.len());
        for part in &parts {
            plans.push(part.table.scan(session, projection, filters, limit).await?);
        }
        match plans.len() {
            0 => Ok(Arc::new(EmptyExec::new(datafusion::common::project_schema(&self.schema, projection)?))),
            1 => Ok(plans.swap_remove(0)),
            _ => UnionExec::try_new(plans),
        }
    }
}
