//! The session: where frames start and where they run.
//!
//! A session works over any [`Transport`]: a server over Flight ([`connect`](crate::connect)) or an engine in this process
//! ([`Session::over`]). The same program gives the same answers on each.

mod catalog;
mod detached;
mod local;
mod read;
mod sql;

use std::fmt;
use std::sync::Arc;

use polybolos_protocol::transport::{ExecuteRequest, Transport};
use polybolos_protocol::wire::flight::{CancelOutcome, Capabilities, ParameterValue, QueryInfo, ResultOptions};
use polybolos_protocol::{CheckedPlan, Error, Result};

use crate::plan::{self, Prepared};
use crate::result::QueryResult;

pub(crate) use catalog::identifier;
pub use catalog::{IntoTableName, TableInfo, ViewOptions};
pub use read::{ArrowOptions, AvroOptions, CsvOptions, IntoPaths, JsonOptions, ParquetOptions};
pub use sql::SqlOptions;

/// A session. Cheap to clone; all clones are the same session. Its views, uploaded data and options end with it.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    transport: Arc<dyn Transport>,
    tags: Vec<String>,
    result: ResultOptions,
}

impl Session {
    /// A session over a transport: the engine in this process, or a Flight connection made by hand.
    pub fn over(transport: Arc<dyn Transport>) -> Self {
        Self(Arc::new(Inner { transport, tags: Vec::new(), result: ResultOptions { single_stream: true, ..Default::default() } }))
    }

    /// A session that builds plans and runs none: every action answers `UNAVAILABLE`.
    ///
    /// ```
    /// use polybolos_client::{Session, col};
    ///
    /// # fn main() -> polybolos_client::Result<()> {
    /// let plan = Session::detached().table("trips")?.filter(col("fare").gt(0))?.plan()?;
    /// assert_eq!(plan.plan().relations.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn detached() -> Self {
        Self::over(Arc::new(detached::Detached))
    }

    /// The same session; its queries carry these labels in lists of queries.
    #[must_use]
    pub fn with_tags<S: Into<String>>(&self, tags: impl IntoIterator<Item = S>) -> Self {
        let (transport, result) = (Arc::clone(&self.0.transport), self.0.result);
        Self(Arc::new(Inner { transport, tags: tags.into_iter().map(Into::into).collect(), result }))
    }

    /// The same session; its results come in batches of at most so many rows.
    #[must_use]
    pub fn with_batch_rows(&self, rows_max: u64) -> Self {
        let result = ResultOptions { max_batch_rows: Some(rows_max), ..self.0.result };
        Self(Arc::new(Inner { transport: Arc::clone(&self.0.transport), tags: self.0.tags.clone(), result }))
    }

    /// What the session runs on.
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.0.transport
    }

    /// What the other side can do, and its limits.
    pub async fn capabilities(&self) -> Result<Capabilities> {
        self.0.transport.capabilities().await
    }

    /// The caller's queries: those that are queued or running, or with `all_states` also those that ended lately.
    pub async fn queries(&self, all_states: bool) -> Result<Vec<QueryInfo>> {
        self.0.transport.queries(all_states).await
    }

    /// Cancels a query of the caller, by the id that [`QueryResult::query_id`] or [`queries`](Self::queries) gives.
    pub async fn cancel(&self, query_id: &str) -> Result<CancelOutcome> {
        self.0.transport.cancel(query_id).await
    }

    /// All options of the session and their values.
    pub async fn options(&self) -> Result<Vec<(String, String)>> {
        self.0.transport.set_options(Vec::new()).await
    }

    /// Sets one option, such as `time_zone`.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for an unknown option or a value that it does not take.
    pub async fn set_option(&self, key: impl Into<String>, value: impl Into<String>) -> Result<()> {
        self.0.transport.set_options(vec![(key.into(), value.into())]).await.map(drop)
    }

    /// Ends the session: its views and data are gone, its queries are cancelled. A second call does nothing. A session on a
    /// server that nobody closes is closed in the background when its last frame is gone, or ends when it has been idle for
    /// the server's time.
    pub async fn close(&self) -> Result<()> {
        self.0.transport.close().await
    }

    /// Runs a plan that was made elsewhere, with one value for each of its parameters.
    pub async fn run_plan(&self, plan: CheckedPlan, parameters: Vec<ParameterValue>) -> Result<QueryResult> {
        self.start(plan, parameters).await
    }

    /// Starts a plan. Errors are not told at the caller's line yet.
    pub(crate) async fn run(&self, prepared: Prepared) -> Result<QueryResult> {
        let parameters = prepared.parameters()?;
        self.start(prepared.plan, parameters).await
    }

    async fn start(&self, plan: CheckedPlan, parameters: Vec<ParameterValue>) -> Result<QueryResult> {
        let operation_id = uuid::Uuid::new_v4().to_string();
        let request =
            ExecuteRequest { plan, parameters, operation_id: operation_id.clone(), options: self.0.result, tags: self.0.tags.clone() };
        let stream = self.0.transport.execute(request).await?;
        Ok(QueryResult::new(stream, Arc::clone(&self.0.transport), operation_id))
    }

    /// Runs a command that has no rows of a frame.
    pub(crate) async fn command(&self, kind: polybolos_protocol::wire::plan::command::Kind) -> Result<QueryResult> {
        self.run(plan::of_bare_command(kind)?).await
    }

    /// Frames of different sessions cannot meet.
    pub(crate) fn same(&self, other: &Session) -> Result<()> {
        if Arc::ptr_eq(&self.0, &other.0) || Arc::ptr_eq(&self.0.transport, &other.0.transport) {
            return Ok(());
        }
        Err(Error::invalid_argument("the frames belong to different sessions; read both through one session"))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Session").field(&self.0.transport).finish()
    }
}
