//! What the binder needs from a session: the only thing it knows of the rest of the engine.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use polybolos_protocol::Result;
use polybolos_protocol::wire::plan::{Literal, ReadFiles, ReadTable};

/// A session, as the binder sees it.
#[async_trait]
pub(crate) trait BindContext: Send + Sync {
    /// The DataFusion state of this query: functions, configuration, optimizer.
    fn state(&self) -> &SessionState;

    /// A scan of a table, or the plan of a view; `TABLE_NOT_FOUND` names near tables.
    async fn table(&self, read: &ReadTable) -> Result<LogicalPlan>;

    /// A table over files; only roots that the session may read resolve.
    async fn files(&self, read: &ReadFiles) -> Result<Arc<dyn TableProvider>>;

    /// Data that the client put into the session.
    fn local_data(&self, data_id: &str) -> Result<Arc<dyn TableProvider>>;

    /// A result that a `Cache` command stored.
    fn cached(&self, cache_id: &str) -> Result<Arc<dyn TableProvider>>;

    /// Parses and plans a query under the statement policy. `inputs` are visible as tables under their names;
    /// `positional` fill `$1`, `$2`...; `named` fill `$name`.
    async fn sql_query(
        &self,
        text: &str,
        inputs: &[(String, LogicalPlan)],
        positional: &[Literal],
        named: &[(String, Literal)],
    ) -> Result<LogicalPlan>;

    /// Runs a bound query to its end and answers its rows, for the few relations whose schema depends on data (a pivot without values).
    /// Refuses more than `rows_max` rows.
    async fn run_now(&self, plan: LogicalPlan, rows_max: usize) -> Result<Vec<datafusion::arrow::array::RecordBatch>>;
}
